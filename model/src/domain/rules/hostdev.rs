//! Devices of the host: what is filled in and refused whatever the hypervisor is.

use super::Fault;
use super::disk::source::{check_reference, complete_hosts, complete_initiator};
use super::disk::{numbers, scsi_addresses};
use crate::document::DocumentErrorKind::{Invalid, Malformed, Unsupported};
use crate::document::{Hexadecimal, YesNo};
use crate::domain::devices::Devices;
use crate::domain::devices::address::{Address, DriveAddress, PciAddress};
use crate::domain::devices::hostdev::{
    CapabilityHostdev, FibreSource, Hostdev, HostdevDevice, HostdevMode, IscsiHostdevSource, ScsiHostdevSource,
    SubsystemHostdev, UsbHostdevSource,
};
use std::collections::HashSet;

/// Completes each device of the host, and gives SCSI units addresses.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    let mut known = HashSet::new();
    for (index, hostdev) in devices.hostdevs.iter_mut().enumerate() {
        let place = || format!("devices/hostdev[{}]", index + 1);
        complete_one(hostdev).map_err(|fault| fault.within(&place()))?;
        if identity(hostdev).is_some_and(|identity| !known.insert(identity)) {
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
            if !is_scsi && (subsystem.scsi_commands.is_some() || subsystem.raw_io.is_some()) {
                return Err(Fault::new(Invalid, "", "only a SCSI unit has sgio and rawio"));
            }
            complete_subsystem(subsystem)?;
            check_address(&subsystem.device, hostdev.info.address.as_ref())
        }
        HostdevMode::Capabilities(capability) => check_capability(capability),
    }
}

/// Each sort of device stands on its own sort of bus.
fn check_address(device: &HostdevDevice, address: Option<&Address>) -> Result<(), Fault> {
    let Some(address) = address else { return Ok(()) };
    let (fits, kind, message) = match device {
        HostdevDevice::Usb(_) => {
            (matches!(address, Address::Usb(_)), Unsupported, "a USB device has an address of type usb")
        }
        HostdevDevice::Pci(_) => (
            matches!(address, Address::Pci(_) | Address::Unassigned),
            Malformed,
            "a PCI device has an address of type pci or unassigned",
        ),
        HostdevDevice::ScsiHost(_) => (
            matches!(address, Address::Pci(_) | Address::Ccw(_)),
            Unsupported,
            "a SCSI host has an address of type pci or ccw",
        ),
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(Fault::new(kind, "address/@type", message)) }
}

fn missing_source() -> Fault {
    Fault::new(Invalid, "source", "it is not said which device of the host")
}

fn complete_subsystem(subsystem: &mut SubsystemHostdev) -> Result<(), Fault> {
    match &mut subsystem.device {
        HostdevDevice::Usb(usb) => {
            let source = usb.source.as_mut().ok_or_else(missing_source)?;
            check_usb(source)?;
            usb.source.take_if(|source| *source == UsbHostdevSource::default());
            Ok(())
        }
        HostdevDevice::Pci(pci) => {
            let source = pci.source.as_mut().ok_or_else(missing_source)?;
            if source.startup_policy.is_some() {
                let message = "only a USB device can be missing";
                return Err(Fault::new(Unsupported, "source/@startupPolicy", message));
            }
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
                    return Err(Fault::new(Invalid, "source/address", "the unit's bus, target and unit are needed"));
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
                Some(_) => Err(Fault::new(Malformed, "source/address", "the address has no UUID")),
                None => Err(Fault::new(Unsupported, "source", "the device has no address")),
            }
        }
    }
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
        CapabilityHostdev::Character(device) => device.source.as_ref().is_some_and(|source| source.path.is_some()),
        CapabilityHostdev::Interface(interface) => {
            interface.source.as_ref().is_some_and(|source| source.name.is_some())
        }
    };
    if is_named { Ok(()) } else { Err(missing_source()) }
}

/// What no two devices of a domain have in common.
fn identity(hostdev: &Hostdev) -> Option<String> {
    let HostdevMode::Subsystem(subsystem) = &hostdev.mode else { return None };
    match &subsystem.device {
        HostdevDevice::Pci(pci) => {
            let address = pci.source.as_ref()?.address.as_ref()?;
            let part = |number: Option<u64>| number.unwrap_or_default();
            Some(format!(
                "pci {:x}:{:x}:{:x}.{:x}",
                part(address.domain.map(|number| number.0)),
                part(address.bus.map(|number| number.0)),
                part(address.slot.map(|number| number.0)),
                part(address.function.map(|number| number.0)),
            ))
        }
        HostdevDevice::Mediated(mediated) => {
            mediated.source.as_ref()?.address.as_ref()?.uuid.map(|uuid| format!("mdev {uuid}"))
        }
        HostdevDevice::Usb(usb) => {
            let address = usb.source.as_ref()?.address.as_ref()?;
            Some(format!("usb {}.{}", address.bus.0, address.device.0))
        }
        _ => None,
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
