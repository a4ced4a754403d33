//! `-numa`: the guest's NUMA cells.

use super::arguments::Arguments;
use super::keyed::Keyed;
use super::memory::Piece;
use super::refusal::unsupported;
use omnivirt_core::CpuMap;
use omnivirt_core::Result;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::cpu::{
    CacheAssociativity, CachePolicy, CacheSize, Interconnects, MemAccess, Numa, NumaCell, NumaLatencyType,
};
use omnivirt_core::domain::memory::MemoryAccessMode;
use omnivirt_core::domain::{Domain, YesNo};

/// The guest's cells, if it has any.
pub(super) fn cells(domain: &Domain) -> Option<&Numa> {
    domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()).filter(|numa| !numa.cells.is_empty())
}

/// Whether the guest is told how fast its memory is.
pub(super) fn has_heterogeneous_memory(domain: &Domain) -> bool {
    cells(domain).is_some_and(|numa| {
        numa.interconnects.is_some() || numa.cells.iter().any(|cell| !cell.caches.is_empty())
    })
}

/// Adds the cells, their distances, and how fast their memory is.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let Some(numa) = cells(arguments.domain) else { return Ok(()) };
    let has_speeds = has_heterogeneous_memory(arguments.domain);
    for (index, cell) in numa.cells.iter().enumerate() {
        add_cell(arguments, number(cell, index), cell, has_speeds)?;
    }
    add_distances(arguments, numa);
    if let Some(interconnects) = &numa.interconnects {
        add_speeds(arguments, interconnects)?;
    }
    for (index, cell) in numa.cells.iter().enumerate() {
        for cache in &cell.caches {
            let associativity = match cache.associativity {
                CacheAssociativity::Full => "complex",
                other => other.as_str(),
            };
            let policy = match cache.policy {
                CachePolicy::WriteBack => "write-back",
                CachePolicy::WriteThrough => "write-through",
                other => other.as_str(),
            };
            let option = Keyed::new("hmat-cache")
                .with("node-id", number(cell, index))
                .with("size", format!("{}K", size(&cache.size, "cpu/numa/cell/cache/size")?.div_ceil(1024)))
                .with("level", cache.level)
                .with("associativity", associativity)
                .with("policy", policy);
            arguments.option("-numa", option.with("line", size(&cache.line, "cpu/numa/cell/cache/line")?));
        }
    }
    Ok(())
}

/// How far cells are from each other where the document does not say so, as QEMU has it.
fn usual_distance(from: u32, to: u32) -> u32 {
    if from == to { 10 } else { 20 }
}

/// Adds all distances where one is not the usual one.
fn add_distances(arguments: &mut Arguments<'_>, numa: &Numa) {
    let cells: Vec<_> =
        numa.cells.iter().enumerate().map(|(index, cell)| (number(cell, index), cell)).collect();
    let distance = |from: u32, cell: &NumaCell, to: u32| {
        let given = cell.distances.iter().find(|distance| distance.id == to);
        given.map_or_else(|| usual_distance(from, to), |distance| distance.value)
    };
    let is_usual = |(from, cell): &(u32, &NumaCell)| {
        cell.distances.iter().all(|distance| distance.value == usual_distance(*from, distance.id))
    };
    if cells.iter().all(is_usual) {
        return;
    }
    for (from, cell) in &cells {
        for (to, _) in &cells {
            let option = Keyed::new("dist").with("src", from).with("dst", to);
            arguments.option("-numa", option.with("val", distance(*from, cell, *to)));
        }
    }
}

fn number(cell: &NumaCell, index: usize) -> u32 {
    cell.id.unwrap_or(u32::try_from(index).unwrap_or(u32::MAX))
}

fn add_cell(arguments: &mut Arguments<'_>, number: u32, cell: &NumaCell, has_speeds: bool) -> Result<()> {
    let memory = MemorySize::parse(&cell.memory, cell.unit.as_deref().unwrap_or("KiB"))
        .map_err(|_| no_size("cpu/numa/cell", &cell.memory))?;
    let memory_name = format!("ram-node{number}");
    let access = cell.memory_access.map(|access| match access {
        MemAccess::Shared => MemoryAccessMode::Shared,
        _ => MemoryAccessMode::Private,
    });
    let piece = Piece {
        id: memory_name.clone(),
        bytes: memory.kib().div_ceil(1024) << 20,
        cell: Some(number),
        access,
        discard: cell.discard.map(|discard| discard == YesNo::Yes),
        ..Piece::default()
    };
    // QEMU has no memory of no size; a cell without memory has none.
    let has_memory = piece.bytes > 0;
    if has_memory {
        super::memory::add_object(arguments, piece)?;
    }
    let mut option = Keyed::new("node").with("nodeid", number);
    for range in cell.cpus.iter().flat_map(ranges) {
        option.push("cpus", range);
    }
    if has_speeds && cell.cpus.as_ref().is_some_and(|cpus| !cpus.is_empty()) {
        option.push("initiator", number);
    }
    arguments.option("-numa", option.with_some("memdev", has_memory.then_some(memory_name)));
    Ok(())
}

/// A set of numbers as ranges.
pub(super) fn ranges(set: &CpuMap) -> Vec<String> {
    set.to_string().split(',').filter(|range| !range.is_empty()).map(str::to_owned).collect()
}

fn add_speeds(arguments: &mut Arguments<'_>, interconnects: &Interconnects) -> Result<()> {
    let hierarchy = |cache: Option<u32>| match cache {
        None | Some(0) => Ok("memory"),
        Some(1) => Ok("first-level"),
        Some(2) => Ok("second-level"),
        Some(3) => Ok("third-level"),
        Some(level) => {
            let why = format!("QEMU tells guests of three levels of caches, not of level {level}");
            Err(unsupported("cpu/numa/interconnects", why))
        }
    };
    let lb = |initiator, target, cache| {
        let option = Keyed::new("hmat-lb").with("initiator", initiator).with("target", target);
        hierarchy(cache).map(|level| option.with("hierarchy", level))
    };
    for latency in &interconnects.latencies {
        let option = lb(latency.initiator, latency.target, latency.cache)?;
        let option = option.with("data-type", format!("{}-latency", kind(latency.access)));
        arguments.option("-numa", option.with("latency", latency.value));
    }
    for bandwidth in &interconnects.bandwidths {
        let size = MemorySize::parse(&bandwidth.value, bandwidth.unit.as_deref().unwrap_or("KiB"))
            .map_err(|_| no_size("cpu/numa/interconnects/bandwidth", &bandwidth.value))?;
        let option = lb(bandwidth.initiator, bandwidth.target, bandwidth.cache)?;
        let option = option.with("data-type", format!("{}-bandwidth", kind(bandwidth.access)));
        arguments.option("-numa", option.with("bandwidth", format!("{}K", size.kib())));
    }
    Ok(())
}

fn kind(access: NumaLatencyType) -> &'static str {
    access.as_str()
}

fn size(size: &CacheSize, path: &str) -> Result<u64> {
    let unit = size.unit.as_deref().unwrap_or("KiB");
    let parsed = omnivirt_core::document::ByteSize::parse(&size.value, unit);
    parsed.map(omnivirt_core::document::ByteSize::bytes).map_err(|_| no_size(path, &size.value))
}

fn no_size(path: &str, text: &str) -> omnivirt_core::Error {
    unsupported(path, format!("'{text}' is no size"))
}
