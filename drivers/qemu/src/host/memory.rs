//! The host's memory: what is free of it, and in pages of which size; what it is used for; the sharing of equal pages.

use super::nodes::{self, Node};
use crate::connection::QemuDriver;
use omnivirt_core::*;
use std::fs::read_to_string;

#[driver_ops]
impl HostMemoryOps for QemuDriver {
    async fn free_memory(&self, _: &CallCx) -> Result<FreeMemory> {
        crate::blocking(|| {
            let total = nodes::meminfo()?.kib("MemFree").unwrap_or(0);
            let nodes = nodes::all();
            let free = |node: &Node| {
                let free = node.meminfo().and_then(|info| info.kib("MemFree")).unwrap_or(0);
                NodeFreeMemory::default().node(node.number).free_bytes(free << 10)
            };
            let each = if nodes.len() > 1 { nodes.iter().map(free).collect() } else { Vec::new() };
            Ok(FreeMemory::default().total_bytes(total << 10).nodes(each))
        })
        .await
    }

    async fn free_pages(
        &self,
        _: &CallCx,
        page_sizes_kib: &[u32],
        range: &NumaNodeRange,
    ) -> Result<Vec<FreePages>> {
        let (sizes, range) = (page_sizes_kib.to_vec(), range.clone());
        crate::blocking(move || {
            let mut free = Vec::new();
            for node in nodes::of_range(&range)? {
                for size in &sizes {
                    let count = node.free_pages(*size)?;
                    free.push(FreePages::default().node(node.number).page_size_kib(*size).count(count));
                }
            }
            Ok(free)
        })
        .await
    }

    async fn node_memory_stats(&self, _: &CallCx, node: Option<u32>) -> Result<NodeMemoryStats> {
        crate::blocking(move || {
            let info = match node {
                None => nodes::meminfo()?,
                Some(number) => {
                    let node = nodes::find(number)?;
                    // Without NUMA the host is its only node.
                    node.meminfo().map_or_else(nodes::meminfo, Ok)?
                }
            };
            let mut stats = NodeMemoryStats::default();
            stats.total_kib = info.kib("MemTotal");
            stats.free_kib = info.kib("MemFree");
            stats.buffers_kib = info.kib("Buffers");
            // A node tells no more than which of its pages hold contents of files.
            stats.cached_kib = info.kib("Cached").or_else(|| info.kib("FilePages"));
            Ok(stats)
        })
        .await
    }

    async fn node_memory_parameters(&self, _: &CallCx) -> Result<NodeMemoryParameters> {
        let run = "/sys/kernel/mm/ksm/run";
        crate::blocking(move || {
            if let Err(error) = read_to_string(run) {
                let message = "the host's kernel does not look for equal pages to share";
                return Err(Error::new(ErrorKind::OperationUnsupported, message).with_source(error));
            }
            let mut parameters = NodeMemoryParameters::default();
            parameters.pages_to_scan = sharing("pages_to_scan");
            parameters.sleep_ms = sharing("sleep_millisecs");
            parameters.pages_shared = sharing("pages_shared");
            parameters.pages_sharing = sharing("pages_sharing");
            parameters.pages_unshared = sharing("pages_unshared");
            parameters.pages_volatile = sharing("pages_volatile");
            parameters.full_scans = sharing("full_scans");
            parameters.merge_across_nodes = sharing("merge_across_nodes");
            Ok(parameters)
        })
        .await
    }
}

/// A number of the kernel's about the sharing of pages.
fn sharing<T: std::str::FromStr>(name: &str) -> Option<T> {
    read_to_string(format!("/sys/kernel/mm/ksm/{name}")).ok()?.trim().parse().ok()
}
