//! `<memory>`: memory that is plugged in.

use crate::command::address::{alias, placed, virtio};
use crate::command::arguments::Arguments;
use crate::command::memory::{Piece, add_object};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::MemoryDevice;
use omnivirt_core::domain::devices::memory_device::{MemoryAccess, MemoryModel, MemoryPages};
use omnivirt_core::domain::memory::MemoryAccessMode;
use omnivirt_core::{CpuMap, Result};

/// How much of the domain's memory is in a device, in KiB.
pub(in crate::command) fn size(memory: &MemoryDevice) -> u64 {
    let size = match &memory.model {
        MemoryModel::Dimm(dimm) => dimm.target.as_ref().map(|target| target.size),
        MemoryModel::Nvdimm(nvdimm) => nvdimm.target.as_ref().map(|target| target.size),
        MemoryModel::VirtioPmem(pmem) => pmem.target.as_ref().map(|target| target.size),
        MemoryModel::VirtioMem(memory) => memory.target.as_ref().map(|target| target.size),
        MemoryModel::SgxEpc(epc) => epc.target.as_ref().map(|target| target.size),
        _ => None,
    };
    size.map_or(0, MemorySize::kib)
}

/// Adds the memory devices, each with what it is made of.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for memory in &arguments.domain.devices.memory_devices {
        let name = alias(&memory.info, "memory")?;
        let object = format!("mem{name}");
        let mut piece = Piece {
            id: object.clone(),
            bytes: size(memory) << 10,
            access: memory.access.map(|access| match access {
                MemoryAccess::Shared => MemoryAccessMode::Shared,
                _ => MemoryAccessMode::Private,
            }),
            discard: memory.discard.map(|discard| discard == YesNo::Yes),
            ..Piece::default()
        };
        let device = device(memory, &mut piece)?;
        let place = placed(arguments.domain, &memory.info)?;
        add_object(arguments, piece)?;
        arguments.device(name, device.with("memdev", object).with("id", name).and(place));
    }
    Ok(())
}

/// The device, and what it says of its memory.
fn device<'a>(memory: &'a MemoryDevice, piece: &mut Piece<'a>) -> Result<Properties> {
    Ok(match &memory.model {
        MemoryModel::Dimm(dimm) => {
            let node = dimm.target.as_ref().and_then(|target| target.node);
            (piece.page, piece.nodes) = pages(dimm.source.as_ref());
            piece.cell = node;
            Properties::driver("pc-dimm").with_some("node", node)
        }
        MemoryModel::Nvdimm(nvdimm) => {
            let source = nvdimm.source.as_ref();
            piece.file = Some(path(source.and_then(|source| source.path.as_deref()))?);
            (piece.is_shared, piece.is_preallocated) = (true, true);
            piece.is_persistent = source.is_some_and(|source| source.is_persistent);
            piece.alignment = source.and_then(|source| source.alignment).map(MemorySize::kib);
            let target = nvdimm.target.as_ref();
            piece.cell = target.and_then(|target| target.node);
            piece.is_read_only = target.is_some_and(|target| target.is_read_only);
            let label = target.and_then(|target| target.label.as_ref()).and_then(|label| label.size);
            Properties::driver("nvdimm")
                .with_some("node", piece.cell)
                .with_some("label-size", label.map(|label| label.kib() << 10))
                .with_some("uuid", memory.uuid.map(|uuid| uuid.hyphenated().to_string()))
                .with_some("unarmed", piece.is_read_only.then_some("on"))
        }
        MemoryModel::VirtioPmem(pmem) => {
            piece.file = Some(path(pmem.source.as_ref().and_then(|source| source.path.as_deref()))?);
            piece.is_shared = true;
            Properties::driver(virtio("virtio-pmem", &memory.info, None)?)
        }
        MemoryModel::VirtioMem(plugged) => {
            let target = plugged.target.as_ref();
            let size = |size: Option<MemorySize>| size.map(|size| size.kib() << 10);
            (piece.page, piece.nodes) = pages(plugged.source.as_ref());
            piece.cell = target.and_then(|target| target.node);
            piece.is_sparse = true;
            Properties::driver(virtio("virtio-mem", &memory.info, None)?)
                .with_some("node", piece.cell)
                .with_some("block-size", size(target.and_then(|target| target.block)))
                .with_some("requested-size", size(target.and_then(|target| target.requested)))
                .with_some("prealloc", piece.page.map(|_| true))
        }
        _ => return Err(unsupported("memory/@model", "enclaves of SGX cannot be had")),
    })
}

fn pages(source: Option<&MemoryPages>) -> (Option<u64>, Option<&CpuMap>) {
    let page = source.and_then(|source| source.page_size).map(MemorySize::kib);
    (page, source.and_then(|source| source.nodes.as_ref()))
}

fn path(path: Option<&str>) -> Result<&str> {
    path.ok_or_else(|| unsupported("memory/source", "it is not said which file keeps the memory"))
}
