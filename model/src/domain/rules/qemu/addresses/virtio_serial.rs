//! Ports of virtio-serial controllers.

use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::{Address, PortAddress};
use crate::domain::devices::character_device::{ChannelTarget, ConsoleTargetType};
use crate::domain::devices::controller::{ControllerBus, VirtioSerialController};
use crate::domain::devices::{Controller, DeviceInfo, Devices};
use crate::domain::rules::Fault;
use crate::domain::rules::addresses::infos;
use std::collections::{BTreeMap, HashSet};

/// The ports of a controller that does not say how many it has.
const USUAL_PORTS: u32 = 31;

/// The controllers, by number.
struct Ports {
    controllers: BTreeMap<u32, (u32, HashSet<u32>)>,
}

/// Gives each channel a port. The first port of a controller is for a console.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let devices = &mut domain.devices;
    let mut ports = Ports::of(devices);
    for (kind, position, info) in infos(devices) {
        if !matches!(kind, "console" | "channel") {
            ports.take_chosen(info, false, &format!("devices/{kind}[{}]", position + 1))?;
        }
    }
    for (position, console) in devices.consoles.iter().enumerate() {
        let target = console.target.as_ref().and_then(|target| target.target_type);
        if target == Some(ConsoleTargetType::Virtio) {
            ports.take_chosen(&console.info, true, &format!("devices/console[{}]", position + 1))?;
        }
    }
    let is_virtio = |target: &ChannelTarget| matches!(target, ChannelTarget::Virtio(_));
    for (position, channel) in devices.channels.iter().enumerate() {
        if is_virtio(&channel.target) {
            ports.take_chosen(&channel.info, false, &format!("devices/channel[{}]", position + 1))?;
        }
    }
    for channel in devices.channels.iter_mut().filter(|channel| is_virtio(&channel.target)) {
        let (wanted, bus) = match &channel.info.address {
            Some(Address::VirtioSerial(address)) if address.port.unwrap_or(0) > 0 => continue,
            Some(Address::VirtioSerial(address)) => (address.controller, address.bus.unwrap_or(0)),
            _ => (None, 0),
        };
        let (controller, port) = ports.free(wanted).unwrap_or_else(|| {
            let number = ports.add();
            let bus = ControllerBus::VirtioSerial(VirtioSerialController::default());
            devices.controllers.push(Controller::of(bus, number));
            (number, 1)
        });
        ports.take(controller, port);
        let mut address = PortAddress::default();
        address.controller = Some(controller);
        address.bus = Some(bus);
        address.port = Some(port);
        channel.info.address = Some(Address::VirtioSerial(address));
    }
    Ok(())
}

impl Ports {
    fn of(devices: &Devices) -> Self {
        let controllers = devices.controllers.iter().filter_map(|controller| match &controller.bus {
            ControllerBus::VirtioSerial(serial) => {
                Some((controller.index.unwrap_or(0), (serial.ports.unwrap_or(USUAL_PORTS), HashSet::new())))
            }
            _ => None,
        });
        Self { controllers: controllers.collect() }
    }

    fn take_chosen(&mut self, info: &DeviceInfo, is_console: bool, path: &str) -> Result<(), Fault> {
        let Some(Address::VirtioSerial(address)) = &info.address else { return Ok(()) };
        let (number, port) = (address.controller.unwrap_or(0), address.port.unwrap_or(0));
        if port == 0 && !is_console {
            return Ok(());
        }
        let fault =
            |message: String| Err(Fault::new(DocumentErrorKind::Invalid, format!("{path}/address"), message));
        let Some((ports, taken)) = self.controllers.get_mut(&number) else {
            return fault(format!("there is no virtio-serial controller {number}"));
        };
        if port >= *ports {
            return fault(format!("virtio-serial controller {number} has no port {port}"));
        }
        if !taken.insert(port) {
            return fault(format!("another device has port {port} of virtio-serial controller {number}"));
        }
        Ok(())
    }

    /// The first port that is free, on that controller or on any.
    fn free(&self, wanted: Option<u32>) -> Option<(u32, u32)> {
        let candidates =
            self.controllers.iter().filter(|(number, _)| wanted.is_none_or(|wanted| wanted == **number));
        candidates
            .filter_map(|(number, (ports, taken))| {
                let port = (1..*ports).find(|port| !taken.contains(port))?;
                Some((*number, port))
            })
            .next()
    }

    fn take(&mut self, controller: u32, port: u32) {
        if let Some((_, taken)) = self.controllers.get_mut(&controller) {
            taken.insert(port);
        }
    }

    /// Adds a controller with the first number that is free.
    fn add(&mut self) -> u32 {
        let number = (0..).find(|number| !self.controllers.contains_key(number)).unwrap_or(0);
        self.controllers.insert(number, (USUAL_PORTS, HashSet::new()));
        number
    }
}
