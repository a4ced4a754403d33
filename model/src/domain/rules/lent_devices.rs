//! What a client or another process lends a guest: USB devices, smart cards, leases and shared memory.

use super::Fault;
use super::character_devices::{complete_log, complete_source};
use crate::document::DocumentErrorKind::{Invalid, Malformed, Unsupported};
use crate::document::MebibyteSize;
use crate::domain::Domain;
use crate::domain::devices::address::{Address, CcidAddress};
use crate::domain::devices::controller::{ControllerBus, UsbModel};
use crate::domain::devices::redirected_device::RedirectionBus;
use crate::domain::devices::redirection_filter::FilteredDevice;
use crate::domain::devices::shared_memory::{
    SharedMemory, SharedMemoryModel, SharedMemoryModelName, SharedMemoryRole,
};
use crate::domain::devices::smartcard::{Smartcard, SmartcardSource};
use crate::domain::devices::{Controller, Devices, Lease};
use crate::xml::quoted;
use std::collections::HashSet;

/// Completes each by itself.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    // libvirt 9.0.0 does not know them yet.
    devices.cryptos.clear();
    let place = |kind: &str, index: usize| format!("devices/{kind}[{}]", index + 1);
    for (index, lease) in devices.leases.iter_mut().enumerate() {
        complete_lease(lease).map_err(|fault| fault.within(&place("lease", index)))?;
    }
    for (index, memory) in devices.shared_memories.iter_mut().enumerate() {
        complete_memory(memory).map_err(|fault| fault.within(&place("shmem", index)))?;
    }
    for (index, device) in devices.redirected_devices.iter_mut().enumerate() {
        device.bus.get_or_insert(RedirectionBus::Usb);
        if device.info.address.as_ref().is_some_and(|address| !matches!(address, Address::Usb(_))) {
            let place = format!("{}/address/@type", place("redirdev", index));
            return Err(Fault::new(Invalid, place, "a USB device stands on a USB bus"));
        }
        let Some(source) = &mut device.source else {
            return Err(Fault::new(Malformed, place("redirdev", index), "the way to the client is missing"));
        };
        complete_source(source).map_err(|fault| fault.within(&place("redirdev", index)))?;
        complete_log(&mut device.log);
    }
    devices.redirection_filter.take_if(|filter| filter.devices.is_empty());
    if let Some(filter) = &mut devices.redirection_filter {
        for (index, device) in filter.devices.iter_mut().enumerate() {
            let place = || format!("devices/redirfilter/usbdev[{}]", index + 1);
            complete_filtered(device).map_err(|fault| fault.within(&place()))?;
        }
    }
    for (index, card) in devices.smartcards.iter_mut().enumerate() {
        complete_card(card).map_err(|fault| fault.within(&place("smartcard", index)))?;
    }
    assign_slots(&mut devices.smartcards);
    Ok(())
}

/// Refuses USB devices of a client where the guest has no USB.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let is_usb = |controller: &Controller| matches!(&controller.bus, ControllerBus::Usb(usb) if usb.model != Some(UsbModel::None));
    if !domain.devices.redirected_devices.is_empty() && !domain.devices.controllers.iter().any(is_usb) {
        return Err(Fault::new(Unsupported, "devices/redirdev", "the guest has no USB controller"));
    }
    Ok(())
}

fn complete_lease(lease: &mut Lease) -> Result<(), Fault> {
    if lease.key.is_none() {
        return Err(Fault::new(Invalid, "", "the lease has no key"));
    }
    if lease.lock_space.is_none() {
        return Err(Fault::new(Malformed, "", "the lease has no space of locks"));
    }
    if lease.target.as_ref().is_none_or(|target| target.path.is_none()) {
        return Err(Fault::new(Invalid, "", "it is not said where the lease is kept"));
    }
    Ok(())
}

fn complete_memory(memory: &mut SharedMemory) -> Result<(), Fault> {
    if memory.name.0.contains('/') {
        return Err(Fault::new(Unsupported, "@name", "the name has a / in it"));
    }
    if matches!(memory.name.0.as_str(), "." | "..") {
        return Err(Fault::new(Unsupported, "@name", "the name is that of a directory"));
    }
    memory.size.take_if(|size| *size == MebibyteSize::from_mebibytes(0));
    if let Some(interrupts) = &mut memory.interrupts {
        interrupts.vectors.take_if(|vectors| *vectors == 0);
    }
    let model = memory.model.get_or_insert_with(SharedMemoryModel::default);
    model.model.get_or_insert(SharedMemoryModelName::Ivshmem);
    memory.role.take_if(|role| *role == SharedMemoryRole::Default);
    if memory.interrupts.is_some() && memory.server.is_none() {
        return Err(Fault::new(Invalid, "msi", "guests wake each other only through a server"));
    }
    Ok(())
}

fn complete_filtered(device: &mut FilteredDevice) -> Result<(), Fault> {
    complete_number("@class", &mut device.class, 2)?;
    complete_number("@vendor", &mut device.vendor, 4)?;
    complete_number("@product", &mut device.product, 4)?;
    let Some(version) = device.version.take().filter(|version| version != "-1") else { return Ok(()) };
    let number = |text: &str| {
        text.parse::<u8>()
            .ok()
            .filter(|_| text.len() <= 2 && text.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let parts = version
        .split_once('.')
        .and_then(|(major, minor)| Some((number(major)?, number(minor)?, minor.len())));
    let Some((major, minor, digits)) = parts else {
        let message = format!("{} is no version of a USB device", quoted(&version));
        return Err(Fault::new(Invalid, "@version", message).hint("write it as 2.56"));
    };
    let minor = if digits == 1 { minor * 10 } else { minor };
    device.version = Some(format!("{major}.{minor:02}"));
    Ok(())
}

/// A number, written with so many hexadecimal digits at least; -1 is any. A class has no more of them.
fn complete_number(path: &str, number: &mut Option<String>, digits: usize) -> Result<(), Fault> {
    let Some(text) = number else { return Ok(()) };
    let is_class = digits == 2;
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hexadecimal) => i32::from_str_radix(hexadecimal, 16),
        None => text.parse(),
    };
    match value {
        Ok(-1) => *number = None,
        Ok(value) if is_class && !(0..=0xff).contains(&value) => {
            return Err(Fault::new(Malformed, path, format!("{} has more than two digits", quoted(text))));
        }
        Ok(value) if value < 0 => *number = None,
        Ok(value) => *text = format!("0x{:0digits$X}", value as u32),
        Err(_) => return Err(Fault::new(Invalid, path, format!("{} is no number", quoted(text)))),
    }
    Ok(())
}

fn complete_card(card: &mut Smartcard) -> Result<(), Fault> {
    match &mut card.card {
        SmartcardSource::Host => Ok(()),
        SmartcardSource::Certificates(certificates) => {
            if certificates.certificates.len() != 3 {
                return Err(Fault::new(Invalid, "", "a smart card has three certificates"));
            }
            match &certificates.database {
                Some(path) if !path.starts_with('/') => {
                    Err(Fault::new(Invalid, "database", format!("{} is no absolute path", quoted(path))))
                }
                _ => Ok(()),
            }
        }
        SmartcardSource::Passthrough(passthrough) => match &mut passthrough.source {
            Some(source) => {
                complete_log(&mut passthrough.log);
                complete_source(source)
            }
            None => Err(Fault::new(Invalid, "@type", "it is not said where the card is")),
        },
    }
}

/// Readers without an address get the first slot that is free.
fn assign_slots(cards: &mut [Smartcard]) {
    let taken: HashSet<u32> = cards
        .iter()
        .filter_map(|card| match &card.info.address {
            Some(Address::Ccid(address)) if address.controller.unwrap_or_default() == 0 => {
                Some(address.slot.unwrap_or_default())
            }
            _ => None,
        })
        .collect();
    let mut free = (0..).filter(|slot| !taken.contains(slot));
    for card in cards.iter_mut().filter(|card| card.info.address.is_none()) {
        let mut address = CcidAddress::default();
        address.controller = Some(0);
        address.slot = free.next();
        card.info.address = Some(Address::Ccid(address));
    }
}
