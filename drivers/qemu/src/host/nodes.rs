//! The host's NUMA nodes, as the kernel tells of them. A host without has one node: itself.

use super::failed;
use omnivirt_core::{CpuMap, Error, ErrorKind, NumaNodeRange, Result};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

const NODES: &str = "/sys/devices/system/node";

/// A NUMA node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) number: u32,
}

/// The nodes that are on line.
pub(super) fn all() -> Vec<Node> {
    // A list of nodes is written as one of CPUs.
    let online: Option<CpuMap> =
        read_to_string(format!("{NODES}/online")).ok().and_then(|text| text.trim().parse().ok());
    match online {
        Some(nodes) if !nodes.is_empty() => nodes.iter().map(|number| Node { number }).collect(),
        _ => vec![Node { number: 0 }],
    }
}

/// The node of that number.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn find(number: u32) -> Result<Node> {
    all()
        .into_iter()
        .find(|node| node.number == number)
        .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, format!("the host has no NUMA node {number}")))
}

/// The nodes of a range: all where it names none.
///
/// # Errors
///
/// `InvalidArgument` if the host does not have the first.
pub(super) fn of_range(range: &NumaNodeRange) -> Result<Vec<Node>> {
    let Some(first) = range.first else { return Ok(all()) };
    find(first)?;
    let end = first.saturating_add(range.count.unwrap_or(1));
    Ok(all().into_iter().filter(|node| (first..end).contains(&node.number)).collect())
}

impl Node {
    fn folder(self) -> PathBuf {
        Path::new(NODES).join(format!("node{}", self.number))
    }

    /// What its memory is used for; none where the kernel knows no nodes.
    pub(super) fn meminfo(self) -> Option<MemoryInfo> {
        read_to_string(self.folder().join("meminfo")).ok().map(MemoryInfo)
    }

    /// How many pages of a size are free.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a size of which the host has no pages.
    pub(super) fn free_pages(self, size_kib: u32) -> Result<u64> {
        let ordinary = u64::try_from(rustix::param::page_size() / 1024).unwrap_or(4);
        if u64::from(size_kib) == ordinary {
            let info = self.meminfo().map_or_else(meminfo, Ok)?;
            return Ok(info.kib("MemFree").unwrap_or(0) / ordinary);
        }
        let pool = format!("hugepages/hugepages-{size_kib}kB/free_hugepages");
        let of_host = Path::new("/sys/kernel/mm").join(&pool);
        let text = read_to_string(self.folder().join(&pool)).or_else(|_| read_to_string(of_host));
        text.ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
            Error::new(ErrorKind::InvalidArgument, format!("the host has no pages of {size_kib} KiB"))
        })
    }
}

/// The contents of a file `meminfo`.
#[derive(Debug, Clone)]
pub(super) struct MemoryInfo(String);

/// What the host's memory is used for.
///
/// # Errors
///
/// `System`.
pub(super) fn meminfo() -> Result<MemoryInfo> {
    let path = Path::new("/proc/meminfo");
    read_to_string(path).map(MemoryInfo).map_err(|error| failed("read", path, error))
}

impl MemoryInfo {
    /// An amount, in KiB. Lines of nodes begin with the node.
    pub(super) fn kib(&self, name: &str) -> Option<u64> {
        let amount = |line: &str| {
            let (before, after) = line.split_once(':')?;
            let is_meant = before.split_ascii_whitespace().next_back() == Some(name);
            if is_meant { after.split_ascii_whitespace().next()?.parse().ok() } else { None }
        };
        self.0.lines().find_map(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_host_and_of_nodes_are_read_alike() {
        let host = MemoryInfo("MemTotal:       16 kB\nMemFree:        7 kB\n".to_owned());
        assert_eq!(
            (host.kib("MemTotal"), host.kib("MemFree"), host.kib("Cached")),
            (Some(16), Some(7), None)
        );
        let node = MemoryInfo("Node 0 MemTotal:  8 kB\nNode 0 FilePages:  3 kB\n".to_owned());
        assert_eq!((node.kib("MemTotal"), node.kib("FilePages")), (Some(8), Some(3)));
    }

    #[test]
    fn there_is_no_node_beyond_the_last() {
        assert!(find(u32::MAX).is_err());
        assert!(!of_range(&NumaNodeRange::default()).unwrap().is_empty());
        assert!(all()[0].free_pages(3).is_err());
    }
}
