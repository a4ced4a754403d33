//! `-m`, and what the guest's memory is made of.

use super::arguments::{Arguments, text};
use super::keyed::Keyed;
use super::properties::Properties;
use super::refusal::{missing, unsupported};
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::memory::{
    HugePage, MemoryAccessMode, MemoryAllocationMode, MemoryBacking, MemorySourceType,
};
use omnivirt_core::domain::resources::{NumaMode, NumaTune};
use omnivirt_core::domain::rules::qemu::MachineFamily;
use omnivirt_core::{CpuMap, Result};

/// What one piece of memory is to be like.
#[derive(Debug, Default)]
pub(super) struct Piece<'a> {
    /// The name of the object.
    pub(super) id: String,
    pub(super) bytes: u64,
    /// The guest's NUMA cell.
    pub(super) cell: Option<u32>,
    pub(super) access: Option<MemoryAccessMode>,
    pub(super) discard: Option<bool>,
    /// The size of the pages of the host, in KiB, where the device asks for one.
    pub(super) page: Option<u64>,
    /// The host's NUMA nodes, where the device names them.
    pub(super) nodes: Option<&'a CpuMap>,
    /// A file that is the memory.
    pub(super) file: Option<&'a str>,
    /// Whether it is the machine's first memory, which old guests know by another name.
    pub(super) is_main: bool,
    /// Whether it must not be taken from the host before it is used.
    pub(super) is_sparse: bool,
    /// Whether it is taken from the host at once in any case.
    pub(super) is_preallocated: bool,
    /// Whether it is shared with the host in any case.
    pub(super) is_shared: bool,
    /// Whether the file is on memory that stays without power.
    pub(super) is_persistent: bool,
    /// Whether the guest may not write it.
    pub(super) is_read_only: bool,
    /// The alignment of the file, in KiB.
    pub(super) alignment: Option<u64>,
}

/// The name of the machine's memory; none where NUMA cells bring their own.
pub(super) fn name(arguments: &Arguments<'_>) -> Result<Option<String>> {
    if super::numa::cells(arguments.domain).is_some() {
        return Ok(None);
    }
    let machine = arguments.machine.name;
    if let Some(name) = arguments.context.program.memory_names.get(machine) {
        return Ok(Some(name.clone()));
    }
    let name = match arguments.machine.family {
        MachineFamily::I440fx | MachineFamily::Q35 | MachineFamily::IsaPc => "pc.ram",
        MachineFamily::Microvm => "microvm.ram",
        MachineFamily::ArmVirt => "mach-virt.ram",
        MachineFamily::RiscvVirt => "riscv_virt_board.ram",
        MachineFamily::Pseries => "ppc_spapr.ram",
        MachineFamily::S390Ccw => "s390.ram",
        _ if machine.starts_with("vexpress") => "vexpress.highmem",
        _ => return Ok(None),
    };
    Ok(Some(name.to_owned()))
}

/// Adds the size of the memory, and the object that it is made of.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    let boot = boot_memory(domain)?;
    match &domain.max_memory {
        Some(max) => {
            let size = Keyed::default().with("size", format!("{}k", boot.kib()));
            let size = size.with_some("slots", max.slots);
            arguments.option("-m", size.with("maxmem", format!("{}k", max.size.kib())));
        }
        None => arguments.option("-m", (boot.kib() / 1024).to_string()),
    }
    if let Some(name) = name(arguments)? {
        let piece = Piece { id: name, bytes: boot.kib() << 10, is_main: true, ..Piece::default() };
        add_object(arguments, piece)?;
    }
    let is_locked = domain.memory_backing.as_ref().is_some_and(|backing| backing.is_locked);
    arguments.option("-overcommit", format!("mem-lock={}", if is_locked { "on" } else { "off" }));
    Ok(())
}

/// Memory at boot, in whole mebibytes: what is in devices is not in it.
fn boot_memory(domain: &Domain) -> Result<MemorySize> {
    let all = domain.memory_size().ok_or_else(|| missing("memory"))?;
    let plugged: u64 = domain.devices.memory_devices.iter().map(super::devices::memory_size).sum();
    let boot = all.kib().checked_sub(plugged).ok_or_else(|| {
        unsupported("memory", "the memory devices have more memory than the domain has altogether")
    })?;
    Ok(MemorySize::from_kib(boot.div_ceil(1024) * 1024))
}

/// Adds an object that memory is made of.
pub(super) fn add_object(arguments: &mut Arguments<'_>, piece: Piece<'_>) -> Result<()> {
    let object = object(arguments, &piece)?;
    arguments.json("-object", object);
    Ok(())
}

fn object(arguments: &mut Arguments<'_>, piece: &Piece<'_>) -> Result<Properties> {
    let domain = arguments.domain;
    let none = MemoryBacking::default();
    let backing = domain.memory_backing.as_ref().unwrap_or(&none);
    let page = huge_page(arguments, backing, piece);
    let source = backing.source.as_ref().and_then(|source| source.source_type);
    let access = piece.access.or(backing.access.as_ref().and_then(|access| access.mode));
    let is_shared = (access == Some(MemoryAccessMode::Shared)) || (access.is_none() && piece.is_shared);
    let is_memfd = source == Some(MemorySourceType::Memfd) && piece.file.is_none();
    let mut properties = Properties::default();
    let object_type = if let Some(file) = piece.file {
        properties.push("mem-path", file);
        "memory-backend-file"
    } else if is_memfd {
        if let Some((kib, _)) = page {
            properties.push("hugetlb", true);
            properties.push("hugetlbsize", kib << 10);
        }
        "memory-backend-memfd"
    } else if let Some((_, mount)) = &page {
        let folder = format!("{mount}/libvirt/qemu/{}", arguments.run_name());
        arguments.folder(folder.as_str().into());
        properties.push("mem-path", folder);
        "memory-backend-file"
    } else if source == Some(MemorySourceType::File) || access.is_some() {
        let folder = arguments.context.library.join("ram").join(arguments.run_name());
        properties.push("mem-path", text(&folder.join(&piece.id)));
        arguments.folder(folder);
        "memory-backend-file"
    } else {
        "memory-backend-ram"
    };
    let is_file = object_type == "memory-backend-file";
    let discards = piece.discard.unwrap_or(backing.is_discarded);
    if discards && is_file {
        properties.push("discard-data", true);
    }
    if is_shared || is_memfd || access.is_some() {
        properties.push("share", is_shared || (is_memfd && access.is_none()));
    }
    if piece.is_main && object_type != "memory-backend-ram" {
        properties.push("x-use-canonical-path-for-ramblock-id", false);
    }
    prealloc(arguments, backing, piece, page.is_some(), &mut properties);
    properties.push("size", piece.bytes);
    let properties_of_file = [("pmem", piece.is_persistent), ("readonly", piece.is_read_only)];
    for (name, _) in properties_of_file.into_iter().filter(|(_, is_set)| *is_set) {
        properties.push(name, true);
    }
    if let Some(alignment) = piece.alignment {
        properties.push("align", alignment << 10);
    }
    bind(domain, piece, &mut properties);
    Ok(Properties::object(object_type, piece.id.as_str()).and(properties))
}

/// Takes memory from the host before the guest runs, where that is asked for.
fn prealloc(
    arguments: &mut Arguments<'_>,
    backing: &MemoryBacking,
    piece: &Piece<'_>,
    is_huge: bool,
    properties: &mut Properties,
) {
    let allocation = backing.allocation.as_ref();
    let is_immediate = allocation.and_then(|one| one.mode) == Some(MemoryAllocationMode::Immediate);
    if piece.is_sparse {
        properties.push("reserve", false);
        return;
    }
    if !is_huge && !is_immediate && !piece.is_preallocated {
        return;
    }
    properties.push("prealloc", true);
    let threads = allocation.and_then(|allocation| allocation.threads);
    if let Some(threads) = threads {
        properties.push("prealloc-threads", threads);
    }
    if let Some(nodes) =
        piece.nodes.or_else(|| tuned(arguments.domain, piece.cell).and_then(|(_, nodes)| nodes))
    {
        // The threads that touch the memory run where it is to be.
        let context = format!("tc-{}", piece.id);
        let affinity: Vec<u32> = nodes.iter().collect();
        let object = Properties::object("thread-context", context.as_str()).with("node-affinity", affinity);
        arguments.json("-object", object);
        properties.push("prealloc-context", context);
    }
}

/// Says on which nodes of the host memory is to be.
fn bind(domain: &Domain, piece: &Piece<'_>, properties: &mut Properties) {
    let tuned = tuned(domain, piece.cell);
    let mode = tuned.map_or(NumaMode::Strict, |(mode, _)| mode);
    let Some(nodes) = piece.nodes.or_else(|| tuned.and_then(|(_, nodes)| nodes)) else { return };
    let policy = match mode {
        NumaMode::Strict => "bind",
        NumaMode::Preferred => "preferred",
        NumaMode::Interleave => "interleave",
        // The control group says it.
        _ => return,
    };
    properties.push("host-nodes", nodes.iter().collect::<Vec<_>>());
    properties.push("policy", policy);
}

/// How the memory of a cell, or of a guest without, is tuned.
fn tuned(domain: &Domain, cell: Option<u32>) -> Option<(NumaMode, Option<&CpuMap>)> {
    let NumaTune { memory, cells, .. } = domain.numa_tune.as_ref()?;
    let own = cell.and_then(|cell| cells.iter().find(|one| one.cell == cell));
    match (own, memory) {
        (Some(own), _) => Some((own.mode.unwrap_or(NumaMode::Strict), own.nodes.as_ref())),
        (None, Some(memory)) => Some((memory.mode.unwrap_or(NumaMode::Strict), memory.nodes.as_ref())),
        (None, None) => None,
    }
}

/// The size of the huge pages of a piece, in KiB, and where they are mounted.
fn huge_page(arguments: &Arguments<'_>, backing: &MemoryBacking, piece: &Piece<'_>) -> Option<(u64, String)> {
    let mounts = &arguments.context.program.huge_pages;
    let size = match piece.page {
        Some(page) => Some(page),
        None => {
            let pages = &backing.huge_pages.as_ref()?.pages;
            if pages.is_empty() {
                return mounts.first().cloned();
            }
            let cell = piece.cell.unwrap_or(0);
            let own = pages.iter().find(|page| page.nodes.as_ref().is_some_and(|nodes| nodes.contains(cell)));
            own.or_else(|| pages.iter().find(|page| page.nodes.is_none())).map(page_kib)
        }
    }?;
    // A size that is not mounted is the host's ordinary one.
    mounts.iter().find(|(kib, _)| *kib == size).cloned()
}

/// The size of a page in KiB.
fn page_kib(page: &HugePage) -> u64 {
    let unit = page.unit.as_deref().unwrap_or("KiB");
    MemorySize::parse(&page.size.to_string(), unit).map_or(page.size, MemorySize::kib)
}

/// Whether guests share their memory with other processes.
pub(super) fn is_shared(domain: &Domain) -> bool {
    let backing = domain.memory_backing.as_ref();
    backing.is_some_and(|backing| {
        backing.access.as_ref().and_then(|access| access.mode) == Some(MemoryAccessMode::Shared)
            || backing.source.as_ref().and_then(|source| source.source_type) == Some(MemorySourceType::Memfd)
    }) || domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()).is_some_and(|numa| {
        let shared = omnivirt_core::domain::cpu::MemAccess::Shared;
        !numa.cells.is_empty() && numa.cells.iter().all(|cell| cell.memory_access == Some(shared))
    })
}
