//! Memory devices: what is filled in and refused whatever the hypervisor is.

use super::Fault;
use crate::document::DocumentErrorKind::{Invalid, Syntax, Unsupported};
use crate::document::MemorySize;
use crate::domain::Domain;
use crate::domain::devices::MemoryDevice;
use crate::domain::devices::memory_device::{MemoryAccess, MemoryModel, NvdimmTarget, VirtioMemTarget};

/// The least that a label takes, in KiB.
const LEAST_LABEL: u64 = 128;

/// Completes each memory device.
pub(super) fn complete(devices: &mut [MemoryDevice]) -> Result<(), Fault> {
    for (index, device) in devices.iter_mut().enumerate() {
        complete_one(device).map_err(|fault| fault.within(&format!("devices/memory[{}]", index + 1)))?;
    }
    Ok(())
}

fn complete_one(device: &mut MemoryDevice) -> Result<(), Fault> {
    if size(&device.model).is_none() {
        return Err(Fault::new(Invalid, "", "it is not said how much memory it is")
            .hint("write it as <target><size unit='MiB'>512</size></target>"));
    }
    match &mut device.model {
        MemoryModel::Nvdimm(memory) => {
            check_path(memory.source.as_ref().and_then(|source| source.path.as_deref()))?;
            memory.target.as_mut().map_or(Ok(()), complete_label)
        }
        MemoryModel::VirtioPmem(memory) => {
            check_path(memory.source.as_ref().and_then(|source| source.path.as_deref()))?;
            device.access.get_or_insert(MemoryAccess::Shared);
            if memory.target.as_ref().is_some_and(|target| target.node.is_some()) {
                return Err(Fault::new(Unsupported, "target/node", "such memory is on no node of the guest"));
            }
            Ok(())
        }
        MemoryModel::VirtioMem(memory) => memory.target.as_mut().map_or(Ok(()), complete_resizable),
        MemoryModel::Dimm(_) | MemoryModel::SgxEpc(_) => Ok(()),
    }
}

fn check_path(path: Option<&str>) -> Result<(), Fault> {
    match path {
        Some(_) => Ok(()),
        None => Err(Fault::new(Syntax, "source", "it is not said where the memory is kept")
            .hint("write it as <source><path>/path</path></source>")),
    }
}

fn complete_label(target: &mut NvdimmTarget) -> Result<(), Fault> {
    target.label.take_if(|label| label.size.is_none());
    match target.label.as_ref().and_then(|label| label.size) {
        Some(size) if size.kib() < LEAST_LABEL => {
            Err(Fault::new(Invalid, "target/label/size", format!("a label takes {LEAST_LABEL} KiB at least")))
        }
        _ => Ok(()),
    }
}

fn complete_resizable(target: &mut VirtioMemTarget) -> Result<(), Fault> {
    target.current = None;
    let block = target.block.map_or(0, MemorySize::kib);
    let requested = target.requested.map_or(0, MemorySize::kib);
    if !block.is_power_of_two() {
        return Err(Fault::new(Syntax, "target/block", "the size of the steps is no power of two"));
    }
    if requested > target.size.kib() {
        return Err(Fault::new(Syntax, "target/requested", "more is asked for than there is"));
    }
    if requested % block != 0 {
        return Err(Fault::new(Syntax, "target/requested", "what is asked for is no number of whole steps"));
    }
    Ok(())
}

/// How much memory a device has at most.
fn size(model: &MemoryModel) -> Option<MemorySize> {
    match model {
        MemoryModel::Dimm(memory) => memory.target.as_ref().map(|target| target.size),
        MemoryModel::Nvdimm(memory) => memory.target.as_ref().map(|target| target.size),
        MemoryModel::VirtioPmem(memory) => memory.target.as_ref().map(|target| target.size),
        MemoryModel::VirtioMem(memory) => memory.target.as_ref().map(|target| target.size),
        MemoryModel::SgxEpc(memory) => memory.target.as_ref().map(|target| target.size),
    }
}

/// The node of the guest that a device is on.
pub(super) fn node(model: &MemoryModel) -> Option<u32> {
    match model {
        MemoryModel::Dimm(memory) => memory.target.as_ref()?.node,
        MemoryModel::Nvdimm(memory) => memory.target.as_ref()?.node,
        MemoryModel::VirtioPmem(memory) => memory.target.as_ref()?.node,
        MemoryModel::VirtioMem(memory) => memory.target.as_ref()?.node,
        MemoryModel::SgxEpc(memory) => memory.target.as_ref()?.node,
    }
}

/// Refuses devices on nodes that the guest does not have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let numa = domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref());
    let nodes = numa.map_or(0, |numa| numa.cells.len());
    for (index, device) in domain.devices.memory_devices.iter().enumerate() {
        if node(&device.model).is_some_and(|node| node as usize >= nodes) {
            let message = format!("the guest has {nodes} nodes, and the memory is on none of them");
            return Err(Fault::new(Syntax, format!("devices/memory[{}]/target/node", index + 1), message));
        }
    }
    Ok(())
}
