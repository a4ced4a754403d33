//! Controllers: their order and their numbers, and those that other devices need.

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::{Address, DriveAddress};
use crate::domain::devices::character_device::{ChannelTarget, ConsoleTargetType};
use crate::domain::devices::controller::{
    ControllerBus, ModellessController, PciModel, ScsiController, ScsiModel, UsbModel, VirtioSerialController,
};
use crate::domain::devices::disk::DiskBus;
use crate::domain::devices::hostdev::{HostdevDevice, HostdevMode};
use crate::domain::devices::{Controller, DeviceInfo, Devices, Disk, Hostdev, MasterPort};
use crate::xml::quoted;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The most controllers that are added because a device names a large number.
const MOST_ADDED: u32 = 1 << 12;
/// The largest number of a PCI bus.
const LAST_PCI_BUS: u32 = 255;
/// The units of a SCSI controller.
const SCSI_UNITS: u32 = 7;

/// Puts controllers of a type together in the order of their numbers, and numbers those that have none.
///
/// # Errors
///
/// Two have the same number, or a USB controller that works together with another has none to work with.
pub(super) fn number(domain: &mut Domain) -> Result<(), Fault> {
    let controllers = &mut domain.devices.controllers;
    for (position, controller) in controllers.iter().enumerate() {
        check_one(controller)
            .map_err(|fault| fault.within(&format!("devices/controller[{}]", position + 1)))?;
    }
    *controllers = sorted(std::mem::take(controllers));
    number_those_without(controllers);
    controllers.iter_mut().for_each(complete_master);
    check_numbers(controllers)?;
    check_targets(controllers)?;
    place_scsi_hostdevs(&mut domain.devices);
    Ok(())
}

/// Refuses what is wrong with a controller by itself.
fn check_one(controller: &Controller) -> Result<(), Fault> {
    if controller.index.is_some_and(|index| index > i32::MAX as u32) {
        return Err(Fault::new(
            DocumentErrorKind::Invalid,
            "@index",
            "the number of a controller is too large",
        ));
    }
    let model = match &controller.bus {
        ControllerBus::Floppy(plain)
        | ControllerBus::Sata(plain)
        | ControllerBus::Ccid(plain)
        | ControllerBus::Isa(plain) => plain.model.as_deref(),
        ControllerBus::XenBus(xen) => xen.model.as_deref(),
        _ => None,
    };
    if let Some(model) = model {
        let message = format!(
            "there are no models of {} controllers, such as {}",
            controller.bus.as_str(),
            quoted(model)
        );
        return Err(Fault::new(DocumentErrorKind::Unsupported, "@model", message).hint("leave the model out"));
    }
    if controller.pci().is_some() && controller.index.is_some_and(|index| index > LAST_PCI_BUS) {
        return Err(Fault::new(DocumentErrorKind::Unsupported, "@index", "the last PCI bus is 255"));
    }
    let thread = controller.driver.as_ref().and_then(|driver| driver.io_thread);
    if thread.is_some() && !is_virtio_scsi(controller) {
        let message = "only a virtio-scsi controller can have an I/O thread";
        return Err(Fault::new(DocumentErrorKind::Invalid, "driver/@iothread", message));
    }
    Ok(())
}

/// Whether it is a SCSI controller of virtio.
pub(super) fn is_virtio_scsi(controller: &Controller) -> bool {
    use ScsiModel::{VirtioNonTransitional, VirtioScsi, VirtioTransitional};
    matches!(&controller.bus, ControllerBus::Scsi(scsi)
        if matches!(scsi.model, Some(VirtioScsi | VirtioTransitional | VirtioNonTransitional)))
}

/// Gives each SCSI device of the host a place, with a controller where none is free.
fn place_scsi_hostdevs(devices: &mut Devices) {
    let place = |info: &DeviceInfo| match &info.address {
        Some(Address::Drive(drive)) => Some((drive.controller.unwrap_or(0), drive.unit.unwrap_or(0))),
        _ => None,
    };
    let is_scsi_disk = |disk: &&Disk| {
        disk.target
            .as_ref()
            .is_some_and(|target| target.bus == Some(DiskBus::Scsi) || target.name.starts_with("sd"))
    };
    let mut taken: HashSet<(u32, u32)> =
        devices.disks.iter().filter(is_scsi_disk).filter_map(|disk| place(&disk.info)).collect();
    taken.extend(
        devices.hostdevs.iter().filter(|hostdev| is_scsi(hostdev)).filter_map(|hostdev| place(&hostdev.info)),
    );
    let mut next = 0;
    for index in 0..devices.hostdevs.len() {
        let hostdev = &devices.hostdevs[index];
        if !is_scsi(hostdev) || hostdev.info.address.is_some() {
            continue;
        }
        while !taken.insert((next / SCSI_UNITS, next % SCSI_UNITS)) {
            next += 1;
        }
        let mut drive = DriveAddress::default();
        drive.controller = Some(next / SCSI_UNITS);
        (drive.bus, drive.target) = (Some(0), Some(0));
        drive.unit = Some(next % SCSI_UNITS);
        devices.hostdevs[index].info.address = Some(Address::Drive(drive));
        add(devices, next / SCSI_UNITS, ControllerBus::Scsi(ScsiController::default()));
    }
}

/// Refuses numbers of PCI controllers that their registers cannot hold.
fn check_targets(controllers: &[Controller]) -> Result<(), Fault> {
    for (position, controller) in controllers.iter().enumerate() {
        let Some(pci) = controller.pci() else { continue };
        let path = format!("devices/controller[{}]", position + 1);
        let is_root = matches!(pci.model, Some(PciModel::PciRoot | PciModel::PcieRoot));
        if is_root && controller.info.address.is_some() {
            let message = "a root of PCI has no address";
            return Err(Fault::new(DocumentErrorKind::Unsupported, format!("{path}/address"), message));
        }
        let Some(target) = &pci.target else { continue };
        let limits = [
            ("chassisNr", target.chassis_number, 1, 255),
            ("chassis", target.chassis, 0, 255),
            ("port", target.port.map(|port| u32::try_from(port.0).unwrap_or(u32::MAX)), 0, 255),
            ("busNr", target.bus_number, 1, 254),
            ("index", target.index, 0, 30),
        ];
        for (name, value, least, most) in limits {
            if value.is_some_and(|value| value < least || value > most) {
                let message = format!("{name} goes from {least} to {most}");
                return Err(Fault::new(
                    DocumentErrorKind::Unsupported,
                    format!("{path}/target/@{name}"),
                    message,
                ));
            }
        }
    }
    Ok(())
}

/// Each goes behind those of its type that have a smaller number, or none; the first of a type behind all.
fn sorted(controllers: Vec<Controller>) -> Vec<Controller> {
    let mut types: Vec<(&'static str, Vec<Controller>)> = Vec::new();
    for controller in controllers {
        let name = controller.bus.as_str();
        let place = types.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            types.push((name, Vec::new()));
            types.len() - 1
        });
        let same = &mut types[place].1;
        let last = same.iter().rposition(|other| !comes_before(&controller, other));
        same.insert(last.map_or(0, |last| last + 1), controller);
    }
    types.into_iter().flat_map(|(_, controllers)| controllers).collect()
}

fn comes_before(new: &Controller, there: &Controller) -> bool {
    match (new.index, there.index) {
        (Some(new_index), Some(index)) if new_index == index => {
            new.info.master.is_none() && there.info.master.is_some()
        }
        (Some(new), Some(there)) => new < there,
        _ => false,
    }
}

fn companion_port(model: Option<UsbModel>) -> Option<u32> {
    match model? {
        UsbModel::Ich9Uhci1 => Some(0),
        UsbModel::Ich9Uhci2 => Some(2),
        UsbModel::Ich9Uhci3 => Some(4),
        _ => None,
    }
}

fn usb_model(controller: &Controller) -> Option<UsbModel> {
    match &controller.bus {
        ControllerBus::Usb(usb) => usb.model,
        _ => None,
    }
}

/// Gives the first number that is free; to a USB controller that works together with another, that one's.
fn number_those_without(controllers: &mut [Controller]) {
    let mut taken: HashMap<&'static str, HashSet<u32>> = HashMap::new();
    for controller in controllers.iter() {
        taken.entry(controller.bus.as_str()).or_default().extend(controller.index);
    }
    let mut next: HashMap<&'static str, u32> = HashMap::new();
    let mut master = None;
    for controller in controllers {
        let is_companion = companion_port(usb_model(controller)).is_some();
        if controller.index.is_none() {
            let name = controller.bus.as_str();
            controller.index = master.filter(|_| is_companion).or_else(|| {
                let taken = taken.entry(name).or_default();
                let first = next.entry(name).or_default();
                let free = (*first..).find(|index| !taken.contains(index))?;
                *first = free + 1;
                taken.insert(free);
                Some(free)
            });
        }
        if usb_model(controller) == Some(UsbModel::Ich9Ehci1) {
            master = controller.index;
        }
    }
}

fn complete_master(controller: &mut Controller) {
    if let Some(port) = companion_port(usb_model(controller)).filter(|_| controller.info.master.is_none()) {
        let mut master = MasterPort::default();
        master.start_port = Some(port);
        controller.info.master = Some(master);
    }
    if let Some(master) = &mut controller.info.master {
        master.start_port.get_or_insert(0);
    }
}

fn check_numbers(controllers: &[Controller]) -> Result<(), Fault> {
    let mut masters = HashSet::new();
    for controller in controllers.iter().filter(|controller| controller.info.master.is_none()) {
        if !masters.insert((controller.bus.as_str(), controller.index)) {
            let message = format!(
                "two {} controllers have the index {}",
                controller.bus.as_str(),
                controller.index.unwrap_or_default()
            );
            return Err(Fault::new(DocumentErrorKind::Invalid, "devices/controller", message));
        }
    }
    let is_usb = |controller: &&Controller| matches!(controller.bus, ControllerBus::Usb(_));
    let usb: Vec<&Controller> = controllers.iter().filter(is_usb).collect();
    if usb.iter().any(|controller| usb_model(controller) == Some(UsbModel::None)) && usb.len() > 1 {
        let message = "the guest has no USB, and another USB controller";
        return Err(Fault::new(DocumentErrorKind::Syntax, "devices/controller", message));
    }
    if !usb.is_empty() && usb.iter().all(|controller| controller.info.master.is_some()) {
        let message = "a USB controller works together with another that is not there";
        return Err(Fault::new(DocumentErrorKind::Syntax, "devices/controller", message)
            .hint("add the controller ich9-ehci1 with the same index"));
    }
    Ok(())
}

/// Adds the controllers that the addresses of disks, channels and smart cards name.
///
/// # Errors
///
/// One has too large a number.
pub(super) fn add_needed(domain: &mut Domain) -> Result<(), Fault> {
    let devices = &mut domain.devices;
    let last = last_of_disks(devices);
    add_up_to(devices, last.get("scsi"), || ControllerBus::Scsi(ScsiController::default()))?;
    add_up_to(devices, last.get("fdc"), || ControllerBus::Floppy(ModellessController::default()))?;
    add_up_to(devices, last.get("ide"), ControllerBus::default)?;
    add_up_to(devices, last.get("sata"), || ControllerBus::Sata(ModellessController::default()))?;
    for number in of_serial_ports(devices) {
        add(devices, number, ControllerBus::VirtioSerial(VirtioSerialController::default()));
    }
    for number in of_smart_cards(devices) {
        add(devices, number, ControllerBus::Ccid(ModellessController::default()));
    }
    Ok(())
}

fn last_of_disks(devices: &Devices) -> BTreeMap<&'static str, u32> {
    let mut last: BTreeMap<&'static str, u32> = BTreeMap::new();
    for disk in &devices.disks {
        let Some(bus) = disk.target.as_ref().and_then(|target| target.bus) else { continue };
        if !matches!(bus, DiskBus::Ide | DiskBus::Fdc | DiskBus::Scsi | DiskBus::Sata) {
            continue;
        }
        if let Some(Address::Drive(drive)) = &disk.info.address {
            let number = drive.controller.unwrap_or(0);
            let most = last.entry(bus.as_str()).or_insert(number);
            *most = number.max(*most);
        }
    }
    let scsi = devices.hostdevs.iter().filter(|hostdev| is_scsi(hostdev));
    for hostdev in scsi {
        let number = match &hostdev.info.address {
            Some(Address::Drive(drive)) => drive.controller.unwrap_or(0),
            _ => 0,
        };
        let most = last.entry("scsi").or_insert(number);
        *most = number.max(*most);
    }
    last
}

fn is_scsi(hostdev: &Hostdev) -> bool {
    matches!(&hostdev.mode, HostdevMode::Subsystem(host) if matches!(host.device, HostdevDevice::Scsi(_)))
}

fn add_up_to(
    devices: &mut Devices,
    last: Option<&u32>,
    bus: impl Fn() -> ControllerBus,
) -> Result<(), Fault> {
    let Some(last) = last.copied() else { return Ok(()) };
    if last > MOST_ADDED {
        let message = format!("so many controllers as up to number {last} cannot be");
        return Err(Fault::new(DocumentErrorKind::Malformed, "devices", message));
    }
    let name = bus().as_str();
    let known: HashSet<u32> = devices
        .controllers
        .iter()
        .filter(|controller| controller.bus.as_str() == name)
        .filter_map(|controller| controller.index)
        .collect();
    let missing = (0..=last).filter(|number| !known.contains(number));
    devices.controllers.extend(missing.map(|number| Controller::of(bus(), number)));
    Ok(())
}

/// Adds a controller unless there is one of the type and the number.
fn add(devices: &mut Devices, number: u32, bus: ControllerBus) {
    let same =
        |controller: &Controller| controller.bus.as_str() == bus.as_str() && controller.index == Some(number);
    if !devices.controllers.iter().any(same) {
        devices.controllers.push(Controller::of(bus, number));
    }
}

/// The virtio-serial controllers that channels and consoles name, in that order.
fn of_serial_ports(devices: &Devices) -> Vec<u32> {
    let number = |info: &DeviceInfo| match &info.address {
        Some(Address::VirtioSerial(port)) => port.controller.unwrap_or(0),
        _ => 0,
    };
    let channels =
        devices.channels.iter().filter(|channel| matches!(channel.target, ChannelTarget::Virtio(_)));
    let consoles = devices.consoles.iter().filter(|console| {
        console.target.as_ref().and_then(|target| target.target_type) == Some(ConsoleTargetType::Virtio)
    });
    let numbers =
        channels.map(|channel| number(&channel.info)).chain(consoles.map(|console| number(&console.info)));
    distinct(numbers)
}

fn of_smart_cards(devices: &Devices) -> Vec<u32> {
    let number = |info: &DeviceInfo| match &info.address {
        Some(Address::Ccid(ccid)) => Some(ccid.controller.unwrap_or(0)),
        _ => None,
    };
    distinct(devices.smartcards.iter().filter_map(|smartcard| number(&smartcard.info)))
}

fn distinct(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut seen = HashSet::new();
    numbers.filter(|number| seen.insert(*number)).collect()
}
