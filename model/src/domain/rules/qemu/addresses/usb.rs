//! Ports of USB controllers and hubs.

use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::{Address, UsbAddress};
use crate::domain::devices::character_device::SerialTargetType;
use crate::domain::devices::controller::{ControllerBus, UsbModel};
use crate::domain::devices::disk::DiskBus;
use crate::domain::devices::hostdev::{HostdevDevice, HostdevMode};
use crate::domain::devices::hub::HubType;
use crate::domain::devices::input::InputBus;
use crate::domain::devices::sound::SoundModel;
use crate::domain::devices::{Controller, DeviceInfo, Devices, Hub};
use crate::domain::rules::Fault;
use std::collections::BTreeMap;

/// The ports of a hub.
const HUB_PORTS: u32 = 8;
/// The most ports of a controller that are worth counting.
const MOST_PORTS: u32 = 255;
/// How many hubs can stand behind each other, the device included.
const DEPTH: usize = 4;

/// The ports of a controller or a hub.
#[derive(Debug, Default)]
struct Ports {
    count: u32,
    taken: std::collections::BTreeSet<u32>,
    hubs: BTreeMap<u32, Ports>,
}

impl Ports {
    fn new(count: u32) -> Self {
        Self { count: count.min(MOST_PORTS), ..Self::default() }
    }

    /// The ports to which the last number of a path belongs.
    fn parent(&mut self, path: &[u32]) -> Option<&mut Self> {
        match path {
            [] => None,
            [_] => Some(self),
            [hub, rest @ ..] => self.hubs.get_mut(hub)?.parent(rest),
        }
    }

    /// The first port that is free: its own before those of its hubs.
    fn free(&self, depth: usize) -> Option<Vec<u32>> {
        if let Some(port) = (1..=self.count).find(|port| !self.taken.contains(port)) {
            return Some(vec![port]);
        }
        if depth >= DEPTH {
            return None;
        }
        self.hubs.iter().find_map(|(port, hub)| {
            let mut path = hub.free(depth + 1)?;
            path.insert(0, *port);
            Some(path)
        })
    }
}

/// Gives each USB device a port, with hubs where the controllers have too few.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let devices = &mut domain.devices;
    let mut buses = buses(devices);
    check_addresses(devices)?;
    add_hubs(devices, &buses);
    let mut chosen_hubs: Vec<(usize, (u32, Vec<u32>))> =
        devices.hubs.iter().enumerate().filter_map(|(at, hub)| Some((at, chosen(&hub.info)?))).collect();
    chosen_hubs.sort_by_key(|(_, (_, path))| path.len());
    for (position, (bus, path)) in chosen_hubs {
        let at = format!("devices/hub[{}]/address", position + 1);
        take(&mut buses, bus, &path, &at)?;
        add_hub(&mut buses, bus, &path);
    }
    for (path, info) in on_usb(devices) {
        if let Some((bus, port)) = chosen(info) {
            take(&mut buses, bus, &port, &format!("{path}/address"))?;
        }
    }
    for (position, hub) in devices.hubs.iter_mut().enumerate() {
        let at = format!("devices/hub[{}]", position + 1);
        if let Some((bus, port)) = give(&mut buses, &mut hub.info, &at)? {
            add_hub(&mut buses, bus, &port);
        }
    }
    for (path, info) in on_usb(devices) {
        if matches!(info.address, None | Some(Address::Usb(_))) {
            give(&mut buses, info, &path)?;
        }
    }
    Ok(())
}

fn ports(model: Option<UsbModel>, count: Option<u32>) -> u32 {
    match model {
        Some(UsbModel::Piix3Uhci | UsbModel::Piix4Uhci | UsbModel::Vt82c686bUhci) => 2,
        Some(UsbModel::Ehci | UsbModel::Ich9Ehci1) => 6,
        Some(UsbModel::PciOhci) => 3,
        Some(UsbModel::NecXhci | UsbModel::QemuXhci) => count.unwrap_or(4),
        Some(UsbModel::Qusb1 | UsbModel::Qusb2) => count.unwrap_or(8),
        Some(UsbModel::Ich9Uhci1 | UsbModel::Ich9Uhci2 | UsbModel::Ich9Uhci3 | UsbModel::None) | None => 0,
    }
}

/// The buses of the controllers, by number. Those that work together with another have none of their own.
fn buses(devices: &Devices) -> BTreeMap<u32, Ports> {
    let mut buses = BTreeMap::new();
    for controller in &devices.controllers {
        let ControllerBus::Usb(usb) = &controller.bus else { continue };
        if usb.model != Some(UsbModel::None) && controller.info.master.is_none() {
            buses.insert(controller.index.unwrap_or(0), Ports::new(ports(usb.model, usb.ports)));
        }
    }
    buses
}

fn add_hubs(devices: &mut Devices, buses: &BTreeMap<u32, Ports>) {
    if buses.is_empty() {
        return;
    }
    // A hub takes a port itself.
    let gain = HUB_PORTS as usize - 1;
    let ports: usize = buses.values().map(|ports| ports.count as usize).sum();
    let needed = on_usb(devices).len();
    let there = ports + devices.hubs.len() * gain;
    for _ in 0..needed.saturating_sub(there).div_ceil(gain) {
        devices.hubs.push(Hub::new(HubType::Usb));
    }
}

fn check_addresses(devices: &Devices) -> Result<(), Fault> {
    let inputs = devices.inputs.iter().enumerate().filter(|(_, input)| input.bus == Some(InputBus::Usb));
    for (position, input) in inputs {
        if !matches!(input.info.address, None | Some(Address::Usb(_))) {
            let path = format!("devices/input[{}]/address/@type", position + 1);
            let message = "a USB device stands on a USB bus";
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
    }
    Ok(())
}

/// The bus and the port that the document chose; port 0 means any.
fn chosen(info: &DeviceInfo) -> Option<(u32, Vec<u32>)> {
    let Some(Address::Usb(address)) = &info.address else { return None };
    let path: Vec<u32> =
        address.port.as_deref()?.split('.').map(|port| port.parse().ok()).collect::<Option<_>>()?;
    (path.first() != Some(&0)).then(|| (address.bus.unwrap_or(0), path))
}

fn name(path: &[u32]) -> String {
    path.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

fn take(buses: &mut BTreeMap<u32, Ports>, bus: u32, path: &[u32], at: &str) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::new(DocumentErrorKind::Invalid, at, message));
    let Some(ports) = buses.get_mut(&bus) else {
        return fault(format!("there is no USB bus {bus}"));
    };
    let Some(parent) = ports.parent(path) else {
        return fault(format!("there is no hub on USB bus {bus} for port {}", name(path)));
    };
    let port = path.last().copied().unwrap_or(0);
    if port == 0 || port > parent.count {
        return fault(format!("USB bus {bus} has no port {}", name(path)));
    }
    if !parent.taken.insert(port) {
        return fault(format!("another device has port {} of USB bus {bus}", name(path)));
    }
    Ok(())
}

fn add_hub(buses: &mut BTreeMap<u32, Ports>, bus: u32, path: &[u32]) {
    let parent = buses.get_mut(&bus).and_then(|ports| ports.parent(path));
    if let (Some(parent), Some(port)) = (parent, path.last()) {
        parent.hubs.insert(*port, Ports::new(HUB_PORTS));
    }
}

/// Gives a device that has no port the first that is free, on its bus where it names one.
fn give(
    buses: &mut BTreeMap<u32, Ports>,
    info: &mut DeviceInfo,
    at: &str,
) -> Result<Option<(u32, Vec<u32>)>, Fault> {
    if chosen(info).is_some() {
        return Ok(None);
    }
    let wanted = match &info.address {
        Some(Address::Usb(address)) => Some(address.bus.unwrap_or(0)),
        _ => None,
    };
    let candidates = buses.iter().filter(|(bus, _)| wanted.is_none_or(|wanted| wanted == **bus));
    let free = candidates.filter_map(|(bus, ports)| Some((*bus, ports.free(1)?))).next();
    if buses.is_empty() {
        return Err(Fault::new(DocumentErrorKind::Unsupported, at, "the guest has no USB")
            .hint("add a USB controller"));
    }
    let Some((bus, path)) = free else {
        return Err(Fault::new(DocumentErrorKind::Invalid, at, "no USB port is left for it")
            .hint("add a USB controller or a hub"));
    };
    take(buses, bus, &path, at)?;
    let mut address = UsbAddress::default();
    address.bus = Some(bus);
    address.port = Some(name(&path));
    info.address = Some(Address::Usb(address));
    Ok(Some((bus, path)))
}

/// The devices that stand on USB, but for hubs, in the order in which they get their ports.
fn on_usb(devices: &mut Devices) -> Vec<(String, &mut DeviceInfo)> {
    let mut all = Vec::new();
    macro_rules! each {
        ($field:ident, $name:literal, $is_usb:expr) => {
            for (index, device) in devices.$field.iter_mut().enumerate() {
                if $is_usb(&*device) {
                    all.push((format!("devices/{}[{}]", $name, index + 1), &mut device.info));
                }
            }
        };
    }
    each!(disks, "disk", |disk: &crate::domain::devices::Disk| {
        disk.target.as_ref().and_then(|target| target.bus) == Some(DiskBus::Usb)
    });
    each!(sounds, "sound", |sound: &crate::domain::devices::Sound| sound.model == SoundModel::Usb);
    each!(hostdevs, "hostdev", |hostdev: &crate::domain::devices::Hostdev| {
        matches!(&hostdev.mode, HostdevMode::Subsystem(host) if matches!(host.device, HostdevDevice::Usb(_)))
    });
    each!(controllers, "controller", |controller: &Controller| matches!(
        controller.bus,
        ControllerBus::Ccid(_)
    ));
    each!(serials, "serial", |serial: &crate::domain::devices::character_device::Serial| {
        serial.target.as_ref().and_then(|target| target.target_type) == Some(SerialTargetType::UsbSerial)
    });
    each!(inputs, "input", |input: &crate::domain::devices::Input| input.bus == Some(InputBus::Usb));
    each!(redirected_devices, "redirdev", |_: &crate::domain::devices::RedirectedDevice| true);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubs_are_used_when_the_controller_is_full() {
        let mut buses = BTreeMap::from([(0, Ports::new(2))]);
        take(&mut buses, 0, &[1], "hub").unwrap();
        add_hub(&mut buses, 0, &[1]);
        for expected in ["2", "1.1", "1.2"] {
            let path = buses[&0].free(1).unwrap();
            assert_eq!(name(&path), expected);
            take(&mut buses, 0, &path, "device").unwrap();
        }
        assert!(take(&mut buses, 0, &[1, 1], "device").is_err());
        assert!(take(&mut buses, 0, &[1, 9], "device").is_err());
        assert!(take(&mut buses, 0, &[2, 1], "device").is_err());
        assert!(take(&mut buses, 1, &[1], "device").is_err());
    }
}
