//! Addresses of devices, as far as they are the same for every hypervisor.

use super::Fault;
use crate::document::{DocumentErrorKind, TextValue};
use crate::domain::Domain;
use crate::domain::devices::address::{Address, CcidAddress, CcwAddress, PciAddress};
use crate::domain::devices::input::InputBus;
use crate::domain::devices::{DeviceInfo, Devices};
use std::collections::HashSet;

/// Checks the addresses as they are written, and fills in what each leaves open by itself.
///
/// # Errors
///
/// One is impossible.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    for (kind, position, info) in infos_mut(&mut domain.devices) {
        let path = || format!("devices/{kind}[{}]", position + 1);
        if let Some(address) = &mut info.address {
            check(address).map_err(|(kind, text)| Fault::new(kind, format!("{}/address", path()), text))?;
            fill(address);
        }
    }
    check_usb_devices(&domain.devices)?;
    give_smart_cards_slots(&mut domain.devices)
}

/// Devices that are there for USB alone can stand nowhere else.
fn check_usb_devices(devices: &Devices) -> Result<(), Fault> {
    let inputs = devices.inputs.iter().enumerate().filter(|(_, input)| input.bus == Some(InputBus::Usb));
    let inputs = inputs.map(|(position, input)| ("input", position, &input.info));
    let redirected = devices.redirected_devices.iter().enumerate();
    let redirected = redirected.map(|(position, device)| ("redirdev", position, &device.info));
    for (kind, position, info) in inputs.chain(redirected) {
        if !matches!(info.address, None | Some(Address::Usb(_))) {
            let path = format!("devices/{kind}[{}]/address/@type", position + 1);
            let message = "a USB device stands on a USB bus";
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message).hint("use the type usb"));
        }
    }
    Ok(())
}

fn check(address: &Address) -> Result<(), (DocumentErrorKind, String)> {
    match address {
        Address::Pci(pci) => check_pci(pci),
        Address::Ccw(ccw) => check_ccw(ccw),
        Address::Usb(usb) => check_usb_port(usb.port.as_deref()),
        Address::Isa(isa) => {
            let wide = [isa.io_base, isa.interrupt].into_iter().flatten();
            match wide.map(|value| value.0).find(|value| u32::try_from(*value).is_err()) {
                Some(value) => Err((DocumentErrorKind::Invalid, format!("{value:#x} has more than 32 bits"))),
                None => Ok(()),
            }
        }
        Address::Dimm(dimm) if dimm.slot.is_none() => {
            Err((DocumentErrorKind::Invalid, "a slot for memory has no number".into()))
        }
        _ => Ok(()),
    }
}

fn check_pci(pci: &PciAddress) -> Result<(), (DocumentErrorKind, String)> {
    let user = pci.zpci.as_ref().and_then(|zpci| zpci.uid);
    if user.is_some_and(|user| user.0 == 0 || user.0 > 0xffff) {
        return Err((DocumentErrorKind::Invalid, "a uid goes from 1 to 0xffff".into()));
    }
    let limits = [
        ("bus", pci.bus.map(|value| value.0), 0xff),
        ("slot", pci.slot.map(|value| value.0), 0x1f),
        ("function", pci.function.map(|value| value.0), 7),
        ("domain", pci.domain.map(|value| value.0), u64::from(u32::MAX)),
    ];
    for (name, value, limit) in limits {
        if let Some(value) = value.filter(|value| *value > limit) {
            let message = format!("a PCI {name} goes to {limit:#x}, and {value:#x} is wanted");
            return Err((DocumentErrorKind::Invalid, message));
        }
    }
    Ok(())
}

fn check_ccw(ccw: &CcwAddress) -> Result<(), (DocumentErrorKind, String)> {
    let parts = [
        ccw.subsystem.map(|value| value.0),
        ccw.subchannel_set.map(|value| value.0),
        ccw.device_number.map(|value| value.0),
    ];
    match parts {
        [None, None, None] => Ok(()),
        [Some(subsystem), Some(set), Some(device)] if subsystem <= 0xfe && set <= 3 && device <= 0xffff => {
            Ok(())
        }
        [Some(_), Some(_), Some(_)] => {
            Err((DocumentErrorKind::Malformed, "a part of the channel address is too large".into()))
        }
        _ => Err((
            DocumentErrorKind::Malformed,
            "a channel address has cssid, ssid and devno, or none of them".into(),
        )),
    }
}

/// Up to four numbers with points between.
fn check_usb_port(port: Option<&str>) -> Result<(), (DocumentErrorKind, String)> {
    let Some(port) = port else { return Ok(()) };
    if port.split('.').count() <= 4 && port.split('.').all(|number| u32::from_text(number).is_ok()) {
        Ok(())
    } else {
        let message = format!("{} is no USB port, such as 1 or 1.2", crate::xml::quoted(port));
        Err((DocumentErrorKind::Malformed, message))
    }
}

/// Fills in the zeros of addresses that are chosen by the user as a whole.
fn fill(address: &mut Address) {
    match address {
        Address::Drive(drive) => {
            for part in [&mut drive.controller, &mut drive.bus, &mut drive.target, &mut drive.unit] {
                part.get_or_insert(0);
            }
        }
        Address::VirtioSerial(port) => {
            for part in [&mut port.controller, &mut port.bus, &mut port.port] {
                part.get_or_insert(0);
            }
        }
        Address::Ccid(ccid) => {
            ccid.controller.get_or_insert(0);
            ccid.slot.get_or_insert(0);
        }
        Address::Usb(usb) => {
            usb.bus.get_or_insert(0);
            let simple = |port: &str| {
                port.split('.')
                    .filter_map(|part| u32::from_text(part).ok())
                    .map(|part| part.to_string())
                    .collect::<Vec<_>>()
                    .join(".")
            };
            usb.port = usb.port.take().map(|port| simple(&port));
        }
        _ => {}
    }
}

fn give_smart_cards_slots(devices: &mut Devices) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for (position, smartcard) in devices.smartcards.iter().enumerate() {
        match &smartcard.info.address {
            Some(Address::Ccid(ccid)) => {
                taken.insert((ccid.controller.unwrap_or(0), ccid.slot.unwrap_or(0)));
            }
            Some(_) => {
                let path = format!("devices/smartcard[{}]/address/@type", position + 1);
                let message = "a smart card stands in a slot of a smart card controller";
                return Err(
                    Fault::new(DocumentErrorKind::Unsupported, path, message).hint("use the type ccid")
                );
            }
            None => {}
        }
    }
    let mut next = 0;
    for smartcard in devices.smartcards.iter_mut().filter(|smartcard| smartcard.info.address.is_none()) {
        while !taken.insert((0, next)) {
            next += 1;
        }
        let mut ccid = CcidAddress::default();
        ccid.controller = Some(0);
        ccid.slot = Some(next);
        smartcard.info.address = Some(Address::Ccid(ccid));
    }
    Ok(())
}

/// Only a device of the host can be left out of the guest.
///
/// # Errors
///
/// Another one is.
pub(super) fn check_unassigned(devices: &Devices) -> Result<(), Fault> {
    for (kind, position, info) in infos(devices) {
        if matches!(info.address, Some(Address::Unassigned)) && kind != "hostdev" {
            let path = format!("devices/{kind}[{}]/address/@type", position + 1);
            let message = "only a device of the host can be left out of the guest";
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
        }
    }
    Ok(())
}

/// Calls a macro with the kinds of devices and their elements' names.
macro_rules! with_kinds {
    ($each:ident) => {
        $each!(
            disks "disk", interfaces "interface", sounds "sound", hostdevs "hostdev", videos "video",
            controllers "controller", smartcards "smartcard", serials "serial", parallels "parallel",
            channels "channel", consoles "console", inputs "input", filesystems "filesystem", watchdogs "watchdog",
            memory_balloons "memballoon", random_generators "rng", nvram "nvram", hubs "hub",
            shared_memories "shmem", tpms "tpm", panics "panic", redirected_devices "redirdev",
            memory_devices "memory", iommu "iommu", vsocks "vsock", cryptos "crypto"
        )
    };
}

/// What all devices have in common, with each one's kind and number among its kind.
pub(super) fn infos(devices: &Devices) -> Vec<(&'static str, usize, &DeviceInfo)> {
    let mut all = Vec::new();
    macro_rules! each {
        ($($field:ident $name:literal),*) => {$(
            all.extend(devices.$field.iter().enumerate().map(|(index, device)| ($name, index, &device.info)));
        )*};
    }
    with_kinds!(each);
    all
}

/// The same to change it.
pub(super) fn infos_mut(devices: &mut Devices) -> Vec<(&'static str, usize, &mut DeviceInfo)> {
    let mut all = Vec::new();
    macro_rules! each {
        ($($field:ident $name:literal),*) => {$(
            let same_kind = devices.$field.iter_mut().enumerate();
            all.extend(same_kind.map(|(index, device)| ($name, index, &mut device.info)));
        )*};
    }
    with_kinds!(each);
    all
}
