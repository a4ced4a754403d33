//! Memory devices: what is filled in and refused whatever the hypervisor is.

use super::Fault;
use crate::document::DocumentErrorKind::{Invalid, Syntax, Unsupported};
use crate::document::{MemorySize, YesNo};
use crate::domain::Domain;
use crate::domain::devices::MemoryDevice;
use crate::domain::devices::memory_device::{
    MemoryAccess, MemoryModel, MemoryPages, NvdimmTarget, VirtioMemTarget,
};

/// The least that a label takes, in KiB.
const LEAST_LABEL: u64 = 128;

/// The least in which memory is resized, in KiB: the host's large pages.
const LEAST_BLOCK: u64 = 2048;

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
        MemoryModel::Nvdimm(memory) => memory.target.as_mut().map_or(Ok(()), complete_label),
        MemoryModel::VirtioPmem(_) => {
            device.access.get_or_insert(MemoryAccess::Shared);
            Ok(())
        }
        MemoryModel::VirtioMem(memory) => {
            complete_pages(&mut memory.source);
            if let Some(target) = &mut memory.target {
                target.requested.get_or_insert(MemorySize::from_kib(0));
                target.current = None;
            }
            Ok(())
        }
        MemoryModel::Dimm(memory) => {
            complete_pages(&mut memory.source);
            Ok(())
        }
        MemoryModel::SgxEpc(_) => Ok(()),
    }
}

fn complete_pages(pages: &mut Option<MemoryPages>) {
    if let Some(pages) = pages {
        pages.page_size.take_if(|size| size.kib() == 0);
    }
    pages.take_if(|pages| *pages == MemoryPages::default());
}

/// Refuses devices with more memory than the domain has.
pub(super) fn check_total(domain: &Domain) -> Result<(), Fault> {
    let Some(size) = domain.memory_size() else { return Ok(()) };
    if !domain.devices.memory_devices.is_empty() && total(&domain.devices.memory_devices) >= size {
        return Err(Fault::new(Invalid, "devices/memory", "the devices have all of the domain's memory")
            .hint("count them in <memory>, too"));
    }
    if domain.max_memory.as_ref().is_some_and(|max| max.size < size) {
        return Err(Fault::new(Invalid, "maxMemory", "there is more memory than there can be"));
    }
    Ok(())
}

/// The memory of all devices.
pub(super) fn total(devices: &[MemoryDevice]) -> MemorySize {
    let sizes = devices.iter().filter_map(|device| size(&device.model));
    MemorySize::from_kib(sizes.fold(0_u64, |sum, size| sum.saturating_add(size.kib())))
}

fn check_path(path: Option<&str>) -> Result<(), Fault> {
    match path {
        Some(_) => Ok(()),
        None => Err(Fault::new(Syntax, "source", "it is not said where the memory is kept")
            .hint("write it as <source><path>/path</path></source>")),
    }
}

fn complete_label(target: &mut NvdimmTarget) -> Result<(), Fault> {
    target.label.take_if(|label| label.size.is_none_or(|size| size.kib() == 0));
    match target.label.as_ref().and_then(|label| label.size) {
        Some(size) if size.kib() < LEAST_LABEL => {
            Err(Fault::new(Invalid, "target/label/size", format!("a label takes {LEAST_LABEL} KiB at least")))
        }
        Some(size) if size >= target.size => {
            Err(Fault::new(Invalid, "target/label/size", "the label takes all of the memory"))
        }
        _ => Ok(()),
    }
}

fn check_resizable(target: &VirtioMemTarget) -> Result<(), Fault> {
    let block = target.block.map_or(0, MemorySize::kib);
    let requested = target.requested.map_or(0, MemorySize::kib);
    if !block.is_power_of_two() {
        return Err(Fault::new(Syntax, "target/block", "the size of the steps is no power of two"));
    }
    if block < LEAST_BLOCK {
        let message = format!("a step is {LEAST_BLOCK} KiB at least");
        return Err(Fault::new(Syntax, "target/block", message));
    }
    if requested > target.size.kib() {
        return Err(Fault::new(Syntax, "target/requested", "more is asked for than there is"));
    }
    if !requested.is_multiple_of(block) {
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

/// Refuses devices on nodes that the guest does not have, and those that contradict themselves.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let numa = domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref());
    let os_type = domain.os.as_ref().and_then(|os| os.os_type.as_ref());
    let is_power = os_type.and_then(|os| os.arch.as_deref()).is_some_and(|arch| arch.starts_with("ppc64"));
    let nodes = numa.map_or(0, |numa| numa.cells.len());
    for (index, device) in domain.devices.memory_devices.iter().enumerate() {
        if node(&device.model).is_some_and(|node| node as usize >= nodes) {
            let message = format!("the guest has {nodes} nodes, and the memory is on none of them");
            return Err(Fault::new(Syntax, format!("devices/memory[{}]/target/node", index + 1), message));
        }
        if device.uuid.is_some() && !is_power && matches!(device.model, MemoryModel::Nvdimm(_)) {
            let place = format!("devices/memory[{}]/uuid", index + 1);
            return Err(Fault::new(
                Unsupported,
                place,
                "only POWER machines name memory that keeps its content",
            ));
        }
        check_one(device).map_err(|fault| fault.within(&format!("devices/memory[{}]", index + 1)))?;
    }
    Ok(())
}

fn check_one(device: &MemoryDevice) -> Result<(), Fault> {
    match &device.model {
        MemoryModel::Nvdimm(memory) => {
            check_path(memory.source.as_ref().and_then(|source| source.path.as_deref()))?;
            if device.discard == Some(YesNo::Yes) {
                return Err(Fault::new(
                    Unsupported,
                    "@discard",
                    "memory that keeps its content is not discarded",
                ));
            }
            Ok(())
        }
        MemoryModel::VirtioPmem(memory) => {
            check_path(memory.source.as_ref().and_then(|source| source.path.as_deref()))?;
            if memory.target.as_ref().is_some_and(|target| target.node.is_some()) {
                return Err(Fault::new(Unsupported, "target/node", "such memory is on no node of the guest"));
            }
            if device.access != Some(MemoryAccess::Shared) {
                return Err(Fault::new(Unsupported, "@access", "the host writes such memory, too")
                    .hint("write shared"));
            }
            Ok(())
        }
        MemoryModel::VirtioMem(memory) => memory.target.as_ref().map_or(Ok(()), check_resizable),
        MemoryModel::Dimm(_) | MemoryModel::SgxEpc(_) => Ok(()),
    }
}
