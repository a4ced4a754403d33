//! Calls about the simulated host's memory.

use super::page_sharing::cached_kib;
use super::pages::nodes;
use crate::connection::TestDriver;
use omnivirt_core::*;

#[driver_ops]
impl HostMemoryOps for TestDriver {
    async fn free_memory(&self, _: &CallCx) -> Result<FreeMemory> {
        let machine = &self.host.machine;
        let guests_kib = self.host.guests_memory_kib();
        let pages = machine.pages.lock();
        let nodes: Vec<NodeFreeMemory> = (0..machine.hardware.nodes)
            .map(|node| {
                let free_kib = pages.free_kib(&machine.hardware, node, guests_kib);
                NodeFreeMemory::default().node(node).free_bytes(free_kib << 10)
            })
            .collect();
        let total: u64 = nodes.iter().map(|node| node.free_bytes).sum();
        Ok(FreeMemory::default().total_bytes(total).nodes(if nodes.len() > 1 { nodes } else { Vec::new() }))
    }

    async fn free_pages(
        &self,
        _: &CallCx,
        page_sizes_kib: &[u32],
        range: &NumaNodeRange,
    ) -> Result<Vec<FreePages>> {
        let machine = &self.host.machine;
        let range = nodes(&machine.hardware, range)?;
        if let Some(unknown) = page_sizes_kib.iter().find(|size| !super::pages::PAGE_SIZES_KIB.contains(size))
        {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the host has no pages of {unknown} KiB"),
            ));
        }
        let guests_kib = self.host.guests_memory_kib();
        let pages = machine.pages.lock();
        let of = |node, size| {
            let count = pages.free(&machine.hardware, node, size, guests_kib);
            FreePages::default().node(node).page_size_kib(size).count(count)
        };
        Ok(range
            .flat_map(|node| page_sizes_kib.iter().map(move |size| (node, *size)))
            .map(|(node, size)| of(node, size))
            .collect())
    }

    async fn alloc_pages(
        &self,
        _: &CallCx,
        wanted: &[PageCount],
        range: &NumaNodeRange,
        options: &AllocPagesOptions,
    ) -> Result<u32> {
        let machine = &self.host.machine;
        let range = nodes(&machine.hardware, range)?;
        let guests_kib = self.host.guests_memory_kib();
        machine.pages.lock().allocate(&machine.hardware, guests_kib, wanted, range, options.set)
    }

    async fn node_memory_stats(&self, _: &CallCx, node: Option<u32>) -> Result<NodeMemoryStats> {
        let machine = &self.host.machine;
        let range = node.map_or_else(NumaNodeRange::default, |node| NumaNodeRange::default().first(node));
        let range = nodes(&machine.hardware, &range)?;
        let guests_kib = self.host.guests_memory_kib();
        let uptime = machine.uptime(self.host.clock.now());
        let pages = machine.pages.lock();
        let (mut total, mut free, mut cached) = (0, 0, 0);
        for node in range {
            let unused = pages.free_kib(&machine.hardware, node, guests_kib);
            let caches = cached_kib(&machine.hardware, node, unused, uptime);
            total += machine.hardware.node_memory_kib(node);
            free += unused - caches;
            cached += caches;
        }
        Ok(NodeMemoryStats::default()
            .total_kib(total)
            .free_kib(free)
            .buffers_kib(cached / 8)
            .cached_kib(cached - cached / 8))
    }

    async fn node_memory_parameters(&self, _: &CallCx) -> Result<NodeMemoryParameters> {
        let machine = &self.host.machine;
        let guests_kib = self.host.guests_memory_kib();
        Ok(machine.page_sharing.lock().show(machine.uptime(self.host.clock.now()), guests_kib))
    }

    async fn set_node_memory_parameters(&self, _: &CallCx, parameters: &NodeMemoryParameters) -> Result<()> {
        self.host.machine.page_sharing.lock().set(parameters)
    }
}
