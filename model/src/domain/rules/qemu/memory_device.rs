//! Memory devices of QEMU.

use super::machine::Machine;
use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::document::MemorySize;
use crate::domain::Domain;
use crate::domain::devices::MemoryDevice;
use crate::domain::devices::address::Address;
use crate::domain::devices::memory_device::{MemoryModel, NvdimmTarget};
use crate::domain::rules::{Fault, memory_device};
use std::collections::HashSet;

/// What POWER machines take memory in, in KiB.
const POWER_BLOCK: u64 = 256 << 10;

/// Makes modules of POWER machines as large as these can have them.
pub(super) fn align(domain: &mut Domain) -> Result<(), Fault> {
    if !Machine::of(domain).architecture.is_ppc64() {
        return Ok(());
    }
    for (index, device) in domain.devices.memory_devices.iter_mut().enumerate() {
        let place = || format!("devices/memory[{}]", index + 1);
        match &mut device.model {
            MemoryModel::Dimm(memory) => {
                if let Some(target) = &mut memory.target {
                    let blocks = target.size.kib().div_ceil(POWER_BLOCK);
                    target.size = MemorySize::from_kib(blocks.saturating_mul(POWER_BLOCK));
                }
            }
            MemoryModel::Nvdimm(memory) => {
                memory
                    .target
                    .as_mut()
                    .map_or(Ok(()), align_labelled)
                    .map_err(|fault| fault.within(&place()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is not the label is a whole number of blocks.
fn align_labelled(target: &mut NvdimmTarget) -> Result<(), Fault> {
    let Some(label) = target.label.as_ref().and_then(|label| label.size) else {
        return Err(Fault::new(
            Unsupported,
            "target/label",
            "memory that keeps its content has a label here",
        ));
    };
    let blocks = target.size.kib().saturating_sub(label.kib()) / POWER_BLOCK;
    if blocks == 0 {
        return Err(Fault::new(Invalid, "target/size", "the size is less than 256 MiB and the label"));
    }
    target.size = MemorySize::from_kib((blocks * POWER_BLOCK).saturating_add(label.kib()));
    Ok(())
}

/// Refuses memory devices where there is no room for any.
pub(super) fn check_room(domain: &Domain) -> Result<(), Fault> {
    let needs_room = |device: &MemoryDevice| !matches!(device.model, MemoryModel::SgxEpc(_));
    match domain.devices.memory_devices.iter().position(needs_room) {
        Some(index) if domain.max_memory.is_none() => Err(Fault::new(
            Unsupported,
            format!("devices/memory[{}]", index + 1),
            "there is no room for memory devices",
        )
        .hint("say in <maxMemory> how much memory there can be")),
        _ => Ok(()),
    }
}

/// Refuses memory that QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let mut bases = HashSet::new();
    for (index, device) in domain.devices.memory_devices.iter().enumerate() {
        let place = || format!("devices/memory[{}]", index + 1);
        check_one(domain, device).map_err(|fault| fault.within(&place()))?;
        if let Some(Address::Dimm(address)) = &device.info.address
            && let Some(base) = &address.base
            && base.0 != 0
            && !bases.insert(base.0)
        {
            let path = format!("{}/address/@base", place());
            return Err(Fault::new(Unsupported, path, "another memory device begins at this address"));
        }
    }
    Ok(())
}

fn check_one(domain: &Domain, device: &MemoryDevice) -> Result<(), Fault> {
    let is_x86 = Machine::of(domain).architecture.is_x86();
    match &device.model {
        MemoryModel::SgxEpc(_) => {
            return Err(Fault::new(Unsupported, "@model", "QEMU does not know memory of SGX here"));
        }
        MemoryModel::VirtioPmem(_) if !is_x86 => {
            return Err(Fault::new(Unsupported, "@model", "QEMU has such memory on x86 alone"));
        }
        _ => {}
    }
    let is_on_node = !matches!(device.model, MemoryModel::VirtioPmem(_));
    if is_on_node && memory_device::node(&device.model).is_none() {
        return Err(Fault::new(
            Unsupported,
            "target",
            "it is not said on which node of the guest the memory is",
        ));
    }
    Ok(())
}
