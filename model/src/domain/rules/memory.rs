//! Memory: amounts that follow from others, and those that contradict each other.

use super::Fault;
use crate::document::{ByteSize, DocumentErrorKind, MemorySize};
use crate::domain::Domain;
use crate::domain::memory::{HugePage, Memory, MemoryBacking, MemoryTune};

/// From here on an amount is no limit, in KiB.
const NO_LIMIT: u64 = (i64::MAX as u64) >> 10;

/// Fills in how much memory there is, and drops what says nothing.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let cells = cells(domain);
    let size = domain.memory_size().filter(|size| size.kib() > 0).or(cells);
    let Some(size) = size else {
        let message = "the domain has no memory";
        return Err(Fault::new(DocumentErrorKind::Invalid, "memory", message)
            .hint("write it as <memory unit='MiB'>1024</memory>"));
    };
    domain.memory.get_or_insert_with(|| Memory::new(size)).size = size;
    if let Some(max) = &domain.max_memory {
        if max.size.kib() == 0 || max.slots.unwrap_or_default() == 0 {
            let message = "memory that can grow needs both a size and slots";
            return Err(Fault::new(DocumentErrorKind::Invalid, "maxMemory", message));
        }
        if max.size < size {
            let message = "there is more memory at boot than there can be";
            return Err(Fault::new(DocumentErrorKind::Invalid, "maxMemory", message));
        }
    }
    domain.memory_tune =
        domain.memory_tune.take().map(without_endless).filter(|tune| *tune != MemoryTune::default());
    let has_cells = domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()).map_or(0, |numa| numa.cells.len());
    if let Some(backing) = &mut domain.memory_backing {
        complete_backing(backing, has_cells)?;
    }
    domain.memory_backing =
        domain.memory_backing.take().filter(|backing| *backing != MemoryBacking::default());
    Ok(())
}

/// The guest has all memory that there is, unless less is said.
pub(super) fn complete_current(domain: &mut Domain) {
    let Some(size) = domain.memory_size() else { return };
    let current = domain.current_memory.filter(|current| current.kib() > 0 && *current <= size);
    domain.current_memory = Some(current.unwrap_or(size));
}

/// The memory of all cells.
pub(super) fn cells(domain: &Domain) -> Option<MemorySize> {
    let numa = domain.cpu.as_ref()?.numa.as_ref()?;
    let sizes = numa
        .cells
        .iter()
        .filter_map(|cell| MemorySize::parse(&cell.memory, cell.unit.as_deref().unwrap_or_default()).ok());
    let sum = sizes.fold(0_u64, |sum, size| sum.saturating_add(size.kib()));
    Some(MemorySize::from_kib(sum)).filter(|size| size.kib() > 0)
}

fn without_endless(tune: MemoryTune) -> MemoryTune {
    let limit = |size: Option<MemorySize>| size.filter(|size| size.kib() < NO_LIMIT);
    let mut kept = MemoryTune::default();
    kept.hard_limit = limit(tune.hard_limit);
    kept.soft_limit = limit(tune.soft_limit);
    kept.minimum_guarantee = tune.minimum_guarantee.filter(|size| size.kib() > 0);
    kept.swap_hard_limit = limit(tune.swap_hard_limit);
    kept
}

fn complete_backing(backing: &mut MemoryBacking, cells: usize) -> Result<(), Fault> {
    backing.source = backing.source.take().filter(|source| source.source_type.is_some());
    backing.access = backing.access.take().filter(|access| access.mode.is_some());
    if let Some(allocation) = &mut backing.allocation {
        allocation.threads = allocation.threads.filter(|threads| *threads > 0);
    }
    backing.allocation = backing
        .allocation
        .take()
        .filter(|allocation| allocation.mode.is_some() || allocation.threads.is_some());
    let Some(huge) = &mut backing.huge_pages else { return Ok(()) };
    for (index, page) in huge.pages.iter_mut().enumerate() {
        complete_page(page).map_err(|message| message.at(index))?;
    }
    check_pages(&huge.pages, cells)
}

/// A size of pages that cannot be, of which it is not said yet which one.
struct BadPage(DocumentErrorKind, String);

impl BadPage {
    fn at(self, index: usize) -> Fault {
        Fault::new(self.0, format!("memoryBacking/hugepages/page[{}]", index + 1), self.1)
    }
}

fn complete_page(page: &mut HugePage) -> Result<(), BadPage> {
    let unit = page.unit.as_deref().unwrap_or("KiB");
    let size = MemorySize::parse(&page.size.to_string(), unit)
        .map_err(|problem| BadPage(problem.kind, problem.message))?;
    if size.kib() == 0 {
        return Err(BadPage(DocumentErrorKind::Syntax, "a page has no size".into()));
    }
    (page.size, page.unit) = (size.kib(), Some("KiB".into()));
    Ok(())
}

/// One size may be for all cells, and each cell has one.
fn check_pages(pages: &[HugePage], cells: usize) -> Result<(), Fault> {
    let cells = cells.max(1) as u32;
    let fault =
        |index: usize, message: &str| BadPage(DocumentErrorKind::Syntax, message.to_owned()).at(index);
    let mut for_all = None;
    let mut taken = std::collections::BTreeSet::new();
    for (index, page) in pages.iter().enumerate() {
        let Some(nodes) = &page.nodes else {
            if for_all.replace(index).is_some() {
                return Err(fault(index, "two sizes of pages are for all cells"));
            }
            continue;
        };
        for node in nodes.iter() {
            if node >= cells {
                return Err(fault(index, "there is no such cell"));
            }
            if !taken.insert(node) {
                return Err(fault(index, "a cell has two sizes of pages"));
            }
        }
    }
    Ok(())
}

/// An amount of bytes in the largest unit in which it is a whole number.
pub(super) fn in_largest_unit(bytes: ByteSize) -> (u64, &'static str) {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut amount = bytes.bytes();
    let mut power = 0;
    while amount > 0 && amount.is_multiple_of(1024) && power + 1 < UNITS.len() {
        amount /= 1024;
        power += 1;
    }
    (amount, UNITS[power])
}
