//! Devices of the host: what is filled in and refused whatever the hypervisor is.

use super::Fault;
use super::disk::source::{check_reference, complete_hosts, complete_initiator};
use super::disk::{numbers, scsi_addresses};
use crate::document::DocumentErrorKind::{Invalid, Malformed, Unsupported};
use crate::document::{Hexadecimal, YesNo};
use crate::domain::devices::address::{Address, DriveAddress, PciAddress};
use crate::domain::devices::disk::ScsiCommands;
use crate::domain::devices::hostdev::{
    CapabilityHostdev, FibreSource, Hostdev, HostdevDevice, HostdevMode, IscsiHostdevSource, MediatedModel,
    ScsiHostdevSource, SubsystemHostdev, UsbHostdevSource, UsbId,
};
use crate::domain::devices::interface::{Teaming, TeamingType};
use crate::domain::devices::{Devices, Rom};
use crate::xml::quoted;
use std::collections::HashSet;

/// Completes each device of the host, and gives SCSI units addresses.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    let mut known = KnownDevices::default();
    for (index, hostdev) in devices.hostdevs.iter_mut().enumerate() {
        let place = || format!("devices/hostdev[{}]", index + 1);
        complete_one(hostdev).map_err(|fault| fault.within(&place()))?;
        if known.has(hostdev) {
            return Err(Fault::new(Invalid, place(), "the domain has this device of the host already"));
        }
    }
    assign_units(devices);
    Ok(())
}

fn complete_one(hostdev: &mut Hostdev) -> Result<(), Fault> {
    match &mut hostdev.mode {
        HostdevMode::Subsystem(subsystem) => {
            subsystem.managed.get_or_insert(YesNo::No);
            let is_scsi = matches!(subsystem.device, HostdevDevice::Scsi(_));
            if subsystem.scsi_commands == Some(ScsiCommands::Unfiltered) && is_scsi {
                return Err(Fault::new(Unsupported, "@sgio", "commands are always filtered"));
            }
            hostdev.is_read_only &= is_scsi;
            hostdev.is_shareable &= is_scsi;
            if !is_scsi && (subsystem.scsi_commands.is_some() || subsystem.raw_io.is_some()) {
                return Err(Fault::new(Invalid, "", "only a SCSI unit has sgio and rawio"));
            }
            complete_subsystem(subsystem)?;
            check_address(&subsystem.device, hostdev.info.address.as_ref())?;
            check_rom(hostdev.info.rom.as_ref())
        }
        HostdevMode::Capabilities(capability) => check_capability(capability),
    }
}

/// Refuses an address on another bus than the guest has the device on.
fn check_address(device: &HostdevDevice, address: Option<&Address>) -> Result<(), Fault> {
    let Some(address) = address else { return Ok(()) };
    let (kind, fits) = match device {
        HostdevDevice::Usb(_) => (Unsupported, matches!(address, Address::Usb(_))),
        HostdevDevice::Pci(_) => (Malformed, matches!(address, Address::Pci(_) | Address::Unassigned)),
        HostdevDevice::Scsi(_) => (Unsupported, matches!(address, Address::Drive(_))),
        HostdevDevice::ScsiHost(_) => (Unsupported, matches!(address, Address::Pci(_) | Address::Ccw(_))),
        HostdevDevice::Mediated(mediated) => match mediated.model {
            MediatedModel::VfioPci => (Invalid, matches!(address, Address::Pci(_))),
            MediatedModel::VfioCcw => (Invalid, matches!(address, Address::Ccw(_))),
            MediatedModel::VfioAp => return Ok(()),
        },
    };
    if fits {
        return Ok(());
    }
    let message = format!("such a device has no address of type {}", quoted(address.as_str()));
    Err(Fault::new(kind, "address/@type", message))
}

/// Refuses a program for the firmware where it would not be run.
fn check_rom(rom: Option<&Rom>) -> Result<(), Fault> {
    match rom {
        Some(rom) if rom.enabled == Some(YesNo::No) && (rom.bar.is_some() || rom.file.is_some()) => {
            Err(Fault::new(Unsupported, "rom", "the firmware is to see no such program"))
        }
        _ => Ok(()),
    }
}

fn missing_source() -> Fault {
    Fault::new(Invalid, "source", "it is not said which device of the host")
}

fn complete_subsystem(subsystem: &mut SubsystemHostdev) -> Result<(), Fault> {
    match &mut subsystem.device {
        HostdevDevice::Usb(usb) => {
            let source = usb.source.as_mut().ok_or_else(missing_source)?;
            check_usb(source)?;
            source.address.take_if(|address| address.bus.0 == 0 && address.device.0 == 0);
            usb.source.take_if(|source| *source == UsbHostdevSource::default());
            Ok(())
        }
        HostdevDevice::Pci(pci) => {
            let source = pci.source.as_mut().ok_or_else(missing_source)?;
            if source.startup_policy.is_some() {
                let message = "only a USB device can be missing";
                return Err(Fault::new(Unsupported, "source/@startupPolicy", message));
            }
            check_teaming(pci.teaming.as_ref())?;
            complete_pci(source.address.get_or_insert_with(PciAddress::default))
        }
        HostdevDevice::Scsi(scsi) => match scsi.source.as_mut().ok_or_else(missing_source)? {
            ScsiHostdevSource::Adapter(unit) => {
                let Some(address) = &mut unit.address else {
                    return Err(Fault::new(Invalid, "source", "the unit has no address on the adapter"));
                };
                let is_named = unit.adapter.as_ref().is_some_and(|adapter| adapter.name.is_some());
                if !is_named {
                    return Err(Fault::new(Invalid, "source/adapter", "the adapter has no name"));
                }
                if address.bus.is_none() || address.target.is_none() || address.unit.is_none() {
                    return Err(Fault::new(
                        Invalid,
                        "source/address",
                        "the unit's bus, target and unit are needed",
                    ));
                }
                Ok(())
            }
            ScsiHostdevSource::Iscsi(source) => complete_iscsi(source),
        },
        HostdevDevice::ScsiHost(host) => check_fibre(host.source.as_ref().ok_or_else(missing_source)?),
        HostdevDevice::Mediated(mediated) => {
            let source = mediated.source.as_ref().ok_or_else(missing_source)?;
            match &source.address {
                Some(address) if address.uuid.is_some() => Ok(()),
                Some(_) => Err(Fault::new(Unsupported, "source/address", "the address has no UUID")),
                None => Err(Fault::new(Unsupported, "source", "the device has no address")),
            }
        }
    }
}

/// A device of the host is the part of a team that can be taken away.
fn check_teaming(teaming: Option<&Teaming>) -> Result<(), Fault> {
    let Some(teaming) = teaming else { return Ok(()) };
    if teaming.teaming_type != Some(TeamingType::Transient) {
        return Err(Fault::new(
            Unsupported,
            "teaming/@type",
            "a device of the host is the transient part of a team",
        ));
    }
    if teaming.persistent.is_none() {
        return Err(Fault::new(Unsupported, "teaming", "the other part of the team is not named"));
    }
    Ok(())
}

fn check_usb(source: &UsbHostdevSource) -> Result<(), Fault> {
    let ids = [("vendor", &source.vendor), ("product", &source.product)];
    for (element, id) in ids {
        let Some(id) = id else { continue };
        if id.id.is_none_or(|id| id.0 == 0) {
            return Err(Fault::new(Invalid, format!("source/{element}/@id"), "the number is from 1 on"));
        }
    }
    if source.vendor.is_some() != source.product.is_some() {
        return Err(Fault::new(Malformed, "source", "a vendor and a product are named together"));
    }
    Ok(())
}

/// Writes the whole address, and refuses one that no PCI device has.
fn complete_pci(address: &mut PciAddress) -> Result<(), Fault> {
    let domain = address.domain.get_or_insert(Hexadecimal(0)).0;
    let bus = address.bus.get_or_insert(Hexadecimal(0)).0;
    let slot = address.slot.get_or_insert(Hexadecimal(0)).0;
    let function = address.function.get_or_insert(Hexadecimal(0)).0;
    address.multifunction = None;
    address.zpci = None;
    if domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7 {
        return Err(Fault::new(Invalid, "source/address", "there is no such place on a PCI bus"));
    }
    Ok(())
}

fn complete_iscsi(source: &mut IscsiHostdevSource) -> Result<(), Fault> {
    let Some(name) = &mut source.name else {
        return Err(Fault::new(Invalid, "source/@name", "the unit has no name"));
    };
    if !name.contains('/') {
        name.push_str("/0");
    }
    if source.hosts.is_empty() {
        return Err(Fault::new(Invalid, "source", "the unit has no server"));
    }
    complete_hosts(&mut source.hosts, None)?;
    complete_initiator(&mut source.initiator);
    let Some(authentication) = &source.authentication else { return Ok(()) };
    check_reference(&authentication.secret).map_err(|fault| fault.within("source/auth"))?;
    if authentication.secret.usage_type.as_deref() != Some("iscsi") {
        return Err(Fault::new(Malformed, "source/auth/secret/@type", "the secret is not of the type iscsi"));
    }
    Ok(())
}

fn check_fibre(source: &FibreSource) -> Result<(), Fault> {
    if source.protocol.is_none() {
        return Err(Fault::new(Invalid, "source/@protocol", "the way to the adapter is missing"));
    }
    let digits = source.port_name.as_deref().and_then(|name| name.strip_prefix("naa."));
    match digits {
        Some(digits) if digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => Ok(()),
        _ => Err(Fault::new(Invalid, "source/@wwpn", "the port has no World Wide Port Name")
            .hint("write naa. and 16 hexadecimal digits")),
    }
}

fn check_capability(capability: &CapabilityHostdev) -> Result<(), Fault> {
    let is_named = match capability {
        CapabilityHostdev::Block(block) => block.source.as_ref().is_some_and(|source| source.path.is_some()),
        CapabilityHostdev::Character(device) => {
            device.source.as_ref().is_some_and(|source| source.path.is_some())
        }
        CapabilityHostdev::Interface(interface) => {
            interface.source.as_ref().is_some_and(|source| source.name.is_some())
        }
    };
    if is_named { Ok(()) } else { Err(missing_source()) }
}

/// The devices that a domain has already.
#[derive(Default)]
struct KnownDevices {
    others: HashSet<String>,
    usb_places: HashSet<[u64; 2]>,
    /// Vendor and product of all that have these, and of those of which no place is known.
    usb_products: HashSet<[u64; 2]>,
    usb_without_place: HashSet<[u64; 2]>,
}

impl KnownDevices {
    /// Whether a device is among them; from now on it is.
    fn has(&mut self, hostdev: &Hostdev) -> bool {
        let HostdevMode::Subsystem(subsystem) = &hostdev.mode else { return false };
        match &subsystem.device {
            HostdevDevice::Usb(usb) => usb.source.as_ref().is_some_and(|source| self.has_usb(source)),
            other => identity(other).is_some_and(|identity| !self.others.insert(identity)),
        }
    }

    /// USB devices are the same in one place, or where a place is not known, of one vendor and product.
    fn has_usb(&mut self, source: &UsbHostdevSource) -> bool {
        let number = |id: &Option<UsbId>| id.as_ref()?.id.map(|id| id.0);
        let product =
            number(&source.vendor).zip(number(&source.product)).map(|(vendor, product)| [vendor, product]);
        let is_known = match &source.address {
            Some(address) => {
                !self.usb_places.insert([address.bus.0, address.device.0])
                    || product.is_some_and(|product| self.usb_without_place.contains(&product))
            }
            None => product.is_some_and(|product| self.usb_products.contains(&product)),
        };
        self.usb_products.extend(product);
        self.usb_without_place.extend(product.filter(|_| source.address.is_none()));
        is_known
    }
}

/// What no two devices of a domain have in common.
fn identity(device: &HostdevDevice) -> Option<String> {
    match device {
        HostdevDevice::Pci(pci) => {
            let address = pci.source.as_ref()?.address.as_ref()?;
            let part = |number: Option<Hexadecimal<2>>| number.map_or(0, |number| number.0);
            Some(format!(
                "pci {:x}:{:x}:{:x}.{:x}",
                address.domain.map_or(0, |number| number.0),
                part(address.bus),
                part(address.slot),
                address.function.map_or(0, |number| number.0),
            ))
        }
        HostdevDevice::Scsi(scsi) => match scsi.source.as_ref()? {
            ScsiHostdevSource::Adapter(unit) => {
                let (adapter, address) = (unit.adapter.as_ref()?.name.as_ref()?, unit.address.as_ref()?);
                Some(format!("scsi {:?} {:?} {:?} {adapter}", address.bus, address.target, address.unit))
            }
            ScsiHostdevSource::Iscsi(source) => {
                let host = source.hosts.first()?;
                Some(format!("iscsi {:?} {:?} {:?}", host.name, host.port, source.name))
            }
        },
        HostdevDevice::ScsiHost(host) => {
            host.source.as_ref()?.port_name.as_ref().map(|name| format!("wwpn {name}"))
        }
        HostdevDevice::Mediated(mediated) => {
            mediated.source.as_ref()?.address.as_ref()?.uuid.map(|uuid| format!("mdev {uuid}"))
        }
        HostdevDevice::Usb(_) => None,
    }
}

/// SCSI units without an address get the first that is free.
fn assign_units(devices: &mut Devices) {
    const UNITS: u32 = 7;
    let mut taken: HashSet<[u32; 4]> = scsi_addresses(&devices.disks).collect();
    taken.extend(devices.hostdevs.iter().filter_map(|hostdev| match &hostdev.info.address {
        Some(Address::Drive(drive)) => Some(numbers(drive)),
        _ => None,
    }));
    let mut next = 0;
    for hostdev in devices.hostdevs.iter_mut().filter(|hostdev| hostdev.info.address.is_none()) {
        let HostdevMode::Subsystem(subsystem) = &hostdev.mode else { continue };
        if !matches!(subsystem.device, HostdevDevice::Scsi(_)) {
            continue;
        }
        while taken.contains(&[next / UNITS, 0, 0, next % UNITS]) {
            next += 1;
        }
        let mut address = DriveAddress::default();
        (address.controller, address.bus) = (Some(next / UNITS), Some(0));
        (address.target, address.unit) = (Some(0), Some(next % UNITS));
        hostdev.info.address = Some(Address::Drive(address));
        next += 1;
    }
}
