//! The host: who it is, its CPUs' time and its memory.

use super::{CallCx, RemoteDriver, Result};
use crate::values::{from_wire, to_wire};
use omnivirt_core::{
    AllocPagesOptions, FreeMemory, FreePages, NodeCpuStats, NodeFreeMemory, NodeMemoryStats, NumaNodeRange,
    PageCount, VersionInfo,
};
use omnivirt_wire::convert::Flags;
use omnivirt_wire::remote;

/// The most nodes that an answer has.
const NODES: i32 = 1024;

/// "All of them", where a number of one is meant.
const ALL: i32 = -1;

pub(crate) async fn connection_version(driver: &RemoteDriver, cx: &CallCx) -> Result<VersionInfo> {
    let (hypervisor, version, library) = tokio::join!(
        driver.client.call::<remote::ConnectGetType>(cx, &()),
        driver.client.call::<remote::ConnectGetVersion>(cx, &()),
        driver.client.call::<remote::ConnectGetLibVersion>(cx, &()),
    );
    Ok(VersionInfo::default()
        .hypervisor(hypervisor?.r#type)
        .hypervisor_version(from_wire(version?.hv_ver)?)
        .library_version(from_wire(library?.lib_ver)?))
}

pub(crate) async fn connection_node_cpu_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    cpu: Option<u32>,
) -> Result<NodeCpuStats> {
    let mut args = remote::NodeGetCpuStatsArgs { cpu_num: to_wire(cpu)?, nparams: 0, flags: 0 };
    args.nparams = driver.client.call::<remote::NodeGetCpuStats>(cx, &args).await?.nparams;
    from_wire(driver.client.call::<remote::NodeGetCpuStats>(cx, &args).await?.params)
}

pub(crate) async fn connection_node_memory_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    node: Option<u32>,
) -> Result<NodeMemoryStats> {
    let mut args = remote::NodeGetMemoryStatsArgs { nparams: 0, cell_num: to_wire(node)?, flags: 0 };
    args.nparams = driver.client.call::<remote::NodeGetMemoryStats>(cx, &args).await?.nparams;
    from_wire(driver.client.call::<remote::NodeGetMemoryStats>(cx, &args).await?.params)
}

pub(crate) async fn connection_free_memory(driver: &RemoteDriver, cx: &CallCx) -> Result<FreeMemory> {
    let cells = remote::NodeGetCellsFreeMemoryArgs { start_cell: 0, maxcells: NODES };
    let (total, cells) = tokio::join!(
        driver.client.call::<remote::NodeGetFreeMemory>(cx, &()),
        driver.client.call::<remote::NodeGetCellsFreeMemory>(cx, &cells),
    );
    let nodes = (0..).zip(cells?.cells);
    let nodes = nodes.map(|(node, free)| NodeFreeMemory::default().node(node).free_bytes(free));
    Ok(FreeMemory::default().total_bytes(total?.free_mem).nodes(nodes.collect::<Vec<_>>()))
}

/// The first node and how many, as the wire has them.
fn cells(nodes: &NumaNodeRange) -> Result<(i32, u32)> {
    Ok((nodes.first.map_or(Ok(ALL), to_wire)?, nodes.count.unwrap_or(1)))
}

/// The counts stand in the order of the nodes, and for each node in that of the sizes.
pub(crate) async fn connection_free_pages(
    driver: &RemoteDriver,
    cx: &CallCx,
    page_sizes_kib: &[u32],
    nodes: &NumaNodeRange,
) -> Result<Vec<FreePages>> {
    let (start_cell, cell_count) = cells(nodes)?;
    let args =
        remote::NodeGetFreePagesArgs { pages: page_sizes_kib.to_vec(), start_cell, cell_count, flags: 0 };
    let counts = driver.client.call::<remote::NodeGetFreePages>(cx, &args).await?.counts;
    let of_node = (nodes.first.unwrap_or(0)..).zip(counts.chunks(page_sizes_kib.len().max(1)));
    Ok(of_node
        .flat_map(|(node, counts)| {
            page_sizes_kib
                .iter()
                .zip(counts)
                .map(move |(size, count)| FreePages::default().node(node).page_size_kib(*size).count(*count))
        })
        .collect())
}

pub(crate) async fn connection_alloc_pages(
    driver: &RemoteDriver,
    cx: &CallCx,
    pages: &[PageCount],
    nodes: &NumaNodeRange,
    options: &AllocPagesOptions,
) -> Result<u32> {
    let (start_cell, cell_count) = cells(nodes)?;
    let args = remote::NodeAllocPagesArgs {
        page_sizes: pages.iter().map(|page| page.page_size_kib).collect(),
        page_counts: pages.iter().map(|page| page.count).collect(),
        start_cell,
        cell_count,
        flags: options.bits(),
    };
    from_wire(driver.client.call::<remote::NodeAllocPages>(cx, &args).await?.ret)
}
