//! The memory of a simulated host: what is free of each NUMA node, and in pages of which size.

use super::hardware::Hardware;
use omnivirt_core::{Error, ErrorKind, NumaNodeRange, PageCount, Result};
use std::ops::Range;

/// The sizes of pages that there are: ordinary ones first, then huge ones.
pub(crate) const PAGE_SIZES_KIB: [u32; 3] = [4, 2 << 10, 1 << 20];

/// What the host's own programs keep on each node, in KiB, where there is that much.
const HOST_KEEPS_KIB: u64 = 256 << 10;

/// The pools of huge pages: for each node how many there are of each huge size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    pools: Vec<[u64; PAGE_SIZES_KIB.len() - 1]>,
}

impl Pages {
    pub(crate) fn new(hardware: &Hardware) -> Self {
        Self { pools: vec![Default::default(); hardware.nodes as usize] }
    }

    /// Memory of a node that is kept in huge pages, in KiB.
    fn pooled_kib(&self, node: u32) -> u64 {
        let sizes = PAGE_SIZES_KIB[1..].iter();
        self.pools[node as usize].iter().zip(sizes).map(|(count, size)| count * u64::from(*size)).sum()
    }

    /// Memory of a node that nobody uses, in KiB, where guests use so much of all nodes.
    pub(crate) fn free_kib(&self, hardware: &Hardware, node: u32, guests_kib: u64) -> u64 {
        let all = hardware.node_memory_kib(node);
        let guests = guests_kib / u64::from(hardware.nodes);
        all.saturating_sub(self.pooled_kib(node))
            .saturating_sub(HOST_KEEPS_KIB.min(all / 8))
            .saturating_sub(guests)
    }

    /// How many pages of a size a node has: the huge ones that were made, or what is left in ordinary ones.
    pub(crate) fn count(&self, hardware: &Hardware, node: u32, size_kib: u32) -> u64 {
        match huge(size_kib) {
            Some(index) => self.pools[node as usize][index],
            None => (hardware.node_memory_kib(node) - self.pooled_kib(node)) / u64::from(size_kib),
        }
    }

    /// How many pages of a size are free on a node. Guests are simulated in ordinary pages.
    pub(crate) fn free(&self, hardware: &Hardware, node: u32, size_kib: u32, guests_kib: u64) -> u64 {
        match huge(size_kib) {
            Some(index) => self.pools[node as usize][index],
            None => self.free_kib(hardware, node, guests_kib) / u64::from(size_kib),
        }
    }

    /// Makes or gives back huge pages on these nodes; `set` says that counts are totals. All is done or nothing.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a size of which there are no pools, `System` where a node has not enough free memory.
    pub(crate) fn allocate(
        &mut self,
        hardware: &Hardware,
        guests_kib: u64,
        wanted: &[PageCount],
        nodes: Range<u32>,
        set: bool,
    ) -> Result<u32> {
        let mut pages = self.clone();
        for node in nodes.clone() {
            let before = self.free_kib(hardware, node, guests_kib) + self.pooled_kib(node);
            for pool in wanted {
                let index = huge(pool.page_size_kib).ok_or_else(|| no_pool(pool.page_size_kib))?;
                let count = &mut pages.pools[node as usize][index];
                *count = if set { pool.count } else { count.saturating_add(pool.count) };
                if u128::from(*count) * u128::from(pool.page_size_kib) > u128::from(before) {
                    return Err(too_little(node, before));
                }
            }
            if pages.pooled_kib(node) > before {
                return Err(too_little(node, before));
            }
        }
        *self = pages;
        Ok(nodes.len() as u32)
    }
}

/// The index of a huge page size among the pools.
fn huge(size_kib: u32) -> Option<usize> {
    PAGE_SIZES_KIB[1..].iter().position(|known| *known == size_kib)
}

fn no_pool(size_kib: u32) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("the host has no pools of pages of {size_kib} KiB"))
        .with_hint(format!("it has pools of pages of {} and {} KiB", PAGE_SIZES_KIB[1], PAGE_SIZES_KIB[2]))
}

fn too_little(node: u32, has_kib: u64) -> Error {
    Error::new(
        ErrorKind::System,
        format!("NUMA node {node} has {has_kib} KiB for huge pages, and more were asked for"),
    )
}

/// The nodes that a range means.
///
/// # Errors
///
/// `InvalidArgument` where the host does not have them all.
pub(crate) fn nodes(hardware: &Hardware, range: &NumaNodeRange) -> Result<Range<u32>> {
    let Some(first) = range.first else {
        let count = range.count.unwrap_or(hardware.nodes);
        return nodes(hardware, &NumaNodeRange::default().first(0_u32).count(count));
    };
    let count = range.count.unwrap_or(1);
    match first.checked_add(count) {
        Some(end) if end <= hardware.nodes && count > 0 => Ok(first..end),
        _ => {
            let message = format!(
                "the host has {} NUMA nodes, and {count} from {first} on were asked for",
                hardware.nodes
            );
            Err(Error::new(ErrorKind::InvalidArgument, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(size_kib: u32, count: u64) -> [PageCount; 1] {
        [PageCount::default().page_size_kib(size_kib).count(count)]
    }

    #[test]
    fn huge_pages_are_taken_from_free_memory() {
        let hardware = Hardware::default();
        let mut pages = Pages::new(&hardware);
        let free = pages.free_kib(&hardware, 1, 0);
        assert_eq!(pages.allocate(&hardware, 0, &counts(2048, 10), 1..2, false).unwrap(), 1);
        assert_eq!(pages.allocate(&hardware, 0, &counts(2048, 5), 0..2, false).unwrap(), 2);
        assert_eq!((pages.count(&hardware, 0, 2048), pages.count(&hardware, 1, 2048)), (5, 15));
        assert_eq!(pages.free_kib(&hardware, 1, 0), free - 15 * 2048);
        pages.allocate(&hardware, 0, &counts(2048, 0), 0..2, true).unwrap();
        assert_eq!(pages, Pages::new(&hardware));
    }

    #[test]
    fn more_than_there_is_changes_nothing() {
        let hardware = Hardware::default();
        let mut pages = Pages::new(&hardware);
        let error = pages.allocate(&hardware, 0, &counts(1 << 20, u64::MAX), 0..2, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::System);
        assert_eq!(
            pages.allocate(&hardware, 0, &counts(64, 1), 0..1, false).unwrap_err().kind(),
            ErrorKind::InvalidArgument
        );
        assert_eq!(pages, Pages::new(&hardware));
    }

    #[test]
    fn ranges_of_nodes_are_those_of_the_host() {
        let hardware = Hardware::default();
        let range = NumaNodeRange::default;
        assert_eq!(nodes(&hardware, &range()).unwrap(), 0..2);
        assert_eq!(nodes(&hardware, &range().first(1_u32)).unwrap(), 1..2);
        assert!(nodes(&hardware, &range().first(1_u32).count(2_u32)).is_err());
        assert!(nodes(&hardware, &range().first(u32::MAX).count(2_u32)).is_err());
    }
}
