//! Slots for memory.

use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::{Address, DimmAddress};
use crate::domain::devices::memory_device::MemoryModel;
use crate::domain::rules::Fault;
use std::collections::HashSet;

/// Gives each memory module a slot.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let slots = domain.max_memory.as_ref().and_then(|memory| memory.slots).unwrap_or(0);
    let has_room = domain.max_memory.is_some();
    let mut taken = HashSet::new();
    let mut next = 0;
    let devices = &mut domain.devices.memory_devices;
    let dimms = |device: &MemoryModel| matches!(device, MemoryModel::Dimm(_) | MemoryModel::Nvdimm(_));
    for (position, device) in devices.iter().enumerate().filter(|(_, device)| dimms(&device.model)) {
        let Some(Address::Dimm(address)) = &device.info.address else { continue };
        let Some(slot) = address.slot else { continue };
        let path = format!("devices/memory[{}]/address/@slot", position + 1);
        if slot >= slots {
            let message = format!("the machine has slots for memory up to {}", slots.saturating_sub(1));
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message)
                .hint("raise the attribute slots of <maxMemory>"));
        }
        if !taken.insert(slot) {
            let message = format!("another device has the slot {slot}");
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
        }
    }
    for (position, device) in devices.iter_mut().enumerate().filter(|(_, device)| dimms(&device.model)) {
        if matches!(&device.info.address, Some(Address::Dimm(address)) if address.slot.is_some()) {
            continue;
        }
        while !taken.insert(next) {
            next += 1;
        }
        if next >= slots {
            let path = format!("devices/memory[{}]", position + 1);
            let kind = if has_room { DocumentErrorKind::Malformed } else { DocumentErrorKind::Unsupported };
            return Err(Fault::new(kind, path, "no slot for memory is left")
                .hint("raise the attribute slots of <maxMemory>"));
        }
        let mut address = match device.info.address.take() {
            Some(Address::Dimm(address)) => address,
            _ => DimmAddress::default(),
        };
        address.slot = Some(next);
        device.info.address = Some(Address::Dimm(address));
    }
    Ok(())
}
