//! The cells of a guest's NUMA machine.

use super::Fault;
use super::memory::in_largest_unit;
use crate::document::{ByteSize, DocumentErrorKind, MemorySize};
use crate::domain::Domain;
use crate::domain::cpu::{CacheSize, Numa, NumaCell, NumaDistance};

/// The most cells whose distances are kept, each to each.
const MOST_WITH_DISTANCES: usize = 1024;

/// Brings the cells into order and fills in what they leave open.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
    let Some(numa) = domain.cpu.as_mut().and_then(|cpu| cpu.numa.as_mut()) else { return Ok(()) };
    if numa.cells.is_empty() {
        return Err(fault("", "there is no cell").hint("leave <numa> out"));
    }
    number(numa)?;
    for (index, cell) in numa.cells.iter_mut().enumerate() {
        complete_cell(cell, index)?;
    }
    check_vcpus(numa, vcpus)?;
    complete_distances(numa)?;
    complete_interconnects(numa)
}

fn fault(path: &str, message: impl Into<String>) -> Fault {
    let separator = if path.is_empty() { "" } else { "/" };
    Fault::new(DocumentErrorKind::Invalid, format!("cpu/numa{separator}{path}"), message)
}

/// A cell without a number has its place for one. Numbers are used once each, from 0 on.
fn number(numa: &mut Numa) -> Result<(), Fault> {
    let count = numa.cells.len();
    let mut taken = vec![false; count];
    for (index, cell) in numa.cells.iter_mut().enumerate() {
        let id = *cell.id.get_or_insert(index as u32);
        match taken.get_mut(id as usize) {
            None => {
                let message = format!("cell {id} is there, but there are only {count} cells");
                return Err(fault(&format!("cell[{}]/@id", index + 1), message).hint("count them from 0 on"));
            }
            Some(true) => {
                return Err(fault(&format!("cell[{}]/@id", index + 1), format!("cell {id} is there twice")));
            }
            Some(free) => *free = true,
        }
    }
    numa.cells.sort_by_key(|cell| cell.id);
    Ok(())
}

fn complete_cell(cell: &mut NumaCell, index: usize) -> Result<(), Fault> {
    let path = format!("cpu/numa/cell[{}]", index + 1);
    let size = MemorySize::parse(&cell.memory, cell.unit.as_deref().unwrap_or_default())
        .map_err(|problem| Fault::of(problem, path.as_str()))?;
    (cell.memory, cell.unit) = (size.kib().to_string(), Some("KiB".into()));
    let mut levels = std::collections::BTreeSet::new();
    for cache in &mut cell.caches {
        if !levels.insert(cache.level) {
            let message = format!("the cell has two caches of level {}", cache.level);
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
        if cache.level == 0 {
            return Err(Fault::new(DocumentErrorKind::Invalid, path, "levels of caches start at 1"));
        }
        for (size, unit) in [(&mut cache.size, "KiB"), (&mut cache.line, "B")] {
            complete_size(size, unit).map_err(|problem| Fault::of(problem, path.as_str()))?;
        }
    }
    Ok(())
}

fn complete_size(size: &mut CacheSize, default: &str) -> Result<(), crate::document::Problem> {
    let unit = size.unit.as_deref().unwrap_or(default);
    let (amount, unit) = in_largest_unit(ByteSize::parse(&size.value, unit)?);
    (size.value, size.unit) = (amount.to_string(), Some(unit.into()));
    Ok(())
}

fn check_vcpus(numa: &Numa, vcpus: u32) -> Result<(), Fault> {
    let mut taken = std::collections::BTreeSet::new();
    for (index, cell) in numa.cells.iter().enumerate() {
        for vcpu in cell.cpus.iter().flat_map(|cpus| cpus.iter()) {
            let path = || format!("cpu/numa/cell[{}]/@cpus", index + 1);
            if !taken.insert(vcpu) {
                let message = format!("virtual CPU {vcpu} is in two cells");
                return Err(Fault::new(DocumentErrorKind::Unsupported, path(), message));
            }
        }
    }
    match taken.last() {
        Some(last) if *last >= vcpus => {
            let message = format!("virtual CPU {last} is in a cell, but there are only {vcpus}");
            Err(Fault::new(DocumentErrorKind::Malformed, "cpu/numa", message))
        }
        _ => Ok(()),
    }
}

/// The distance of a cell to itself, and of another one that is not given.
const LOCAL: u32 = 10;
const REMOTE: u32 = 20;

/// Where distances are given, each cell gets one to each.
fn complete_distances(numa: &mut Numa) -> Result<(), Fault> {
    if numa.cells.iter().all(|cell| cell.distances.is_empty()) {
        return Ok(());
    }
    let count = numa.cells.len();
    if count > MOST_WITH_DISTANCES {
        return Err(fault("", format!("distances are for up to {MOST_WITH_DISTANCES} cells")));
    }
    let mut table = vec![None; count * count];
    let mut has_row = vec![false; count];
    for (from, cell) in numa.cells.iter().enumerate() {
        for sibling in &cell.distances {
            let to = sibling.id as usize;
            let bad = to >= count
                || !(LOCAL..=255).contains(&sibling.value)
                || (to == from) != (sibling.value == LOCAL);
            if bad {
                let message = format!("the distance to cell {} cannot be {}", sibling.id, sibling.value);
                return Err(fault(&format!("cell[{}]/distances", from + 1), message));
            }
            table[from * count + to] = Some(sibling.value);
            (has_row[from], has_row[to]) = (true, true);
        }
    }
    for (from, cell) in numa.cells.iter_mut().enumerate().filter(|(from, _)| has_row[*from]) {
        let distance = |to: usize| {
            let given = table[from * count + to].or(table[to * count + from]);
            given.unwrap_or(if from == to { LOCAL } else { REMOTE })
        };
        cell.distances = (0..count).map(|to| NumaDistance::new(to as u32, distance(to))).collect();
    }
    Ok(())
}

fn complete_interconnects(numa: &mut Numa) -> Result<(), Fault> {
    let count = numa.cells.len() as u32;
    let Some(links) = &mut numa.interconnects else { return Ok(()) };
    for cache in links.latencies.iter_mut().map(|link| &mut link.cache) {
        cache.take_if(|level| *level == 0);
    }
    for cache in links.bandwidths.iter_mut().map(|link| &mut link.cache) {
        cache.take_if(|level| *level == 0);
    }
    let ends = links.latencies.iter().map(|link| (link.initiator, link.target));
    let mut ends = ends.chain(links.bandwidths.iter().map(|link| (link.initiator, link.target)));
    if ends.any(|(initiator, target)| initiator >= count || target >= count) {
        return Err(fault("interconnects", "there is no such cell"));
    }
    let caches = links.latencies.iter().map(|link| (link.target, link.cache));
    let mut caches = caches.chain(links.bandwidths.iter().map(|link| (link.target, link.cache)));
    let has = |target: u32, level: u32| {
        numa.cells
            .get(target as usize)
            .is_some_and(|cell| cell.caches.iter().any(|cache| cache.level == level))
    };
    if caches.any(|(target, cache)| cache.is_some_and(|level| !has(target, level))) {
        return Err(fault("interconnects", "the cell has no cache of that level"));
    }
    let mut seen = std::collections::BTreeSet::new();
    let latencies = links
        .latencies
        .iter()
        .map(|link| (false, link.initiator, link.target, link.cache, link.access.as_str()));
    let bandwidths = links
        .bandwidths
        .iter()
        .map(|link| (true, link.initiator, link.target, link.cache, link.access.as_str()));
    if latencies.chain(bandwidths).any(|link| !seen.insert(link)) {
        return Err(fault("interconnects", "something is said twice of the same cells"));
    }
    for link in &mut links.bandwidths {
        let size = MemorySize::parse(&link.value, link.unit.as_deref().unwrap_or_default())
            .map_err(|problem| Fault::of(problem, "cpu/numa/interconnects/bandwidth"))?;
        (link.value, link.unit) = (size.kib().to_string(), Some("KiB".into()));
    }
    if links.latencies.is_empty() && links.bandwidths.is_empty() {
        numa.interconnects = None;
    }
    Ok(())
}
