//! The host: its CPUs' time and its memory.

use super::prelude::*;
use crate::request::room;

pub(crate) fn node_get_cpu_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeGetCpuStats>()?;
        no_flags(args.flags, "virNodeGetCPUStats")?;
        let cpu = u32::try_from(args.cpu_num).ok();
        let mut params: Vec<structs::NodeCpuStat> =
            request.connection()?.node_cpu_stats(cpu).await?.into_wire()?;
        let nparams = told(&mut params, args.nparams);
        request.reply::<remote::NodeGetCpuStats>(&remote::NodeGetCpuStatsRet { params, nparams })
    })
}

pub(crate) fn node_get_memory_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeGetMemoryStats>()?;
        no_flags(args.flags, "virNodeGetMemoryStats")?;
        let node = u32::try_from(args.cell_num).ok();
        let found = request.connection()?.node_memory_stats(node).await?;
        let mut params: Vec<structs::NodeMemoryStat> = found.into_wire()?;
        let nparams = told(&mut params, args.nparams);
        request.reply::<remote::NodeGetMemoryStats>(&remote::NodeGetMemoryStatsRet { params, nparams })
    })
}

/// Without room, only how many there are is told; else no more than there is room for.
fn told<T>(params: &mut Vec<T>, room: i32) -> i32 {
    match usize::try_from(room) {
        Ok(0) | Err(_) => {
            let count = i32::try_from(params.len()).unwrap_or(i32::MAX);
            params.clear();
            count
        }
        Ok(room) => {
            params.truncate(room);
            0
        }
    }
}

pub(crate) fn node_get_cells_free_memory(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeGetCellsFreeMemory>()?;
        let room = room::<remote::NodeGetCellsFreeMemory>(args.maxcells)?;
        let first: u32 = FromWire::from_wire(args.start_cell)?;
        let free = request.connection()?.free_memory().await?;
        let nodes = free.nodes.iter().filter(|node| node.node >= first).take(room);
        let cells: Vec<u64> = nodes.map(|node| node.free_bytes).collect();
        if cells.is_empty() {
            let message = format!("no NUMA node has number {first} or above");
            return Err(Error::new(ErrorKind::InvalidArgument, message).into());
        }
        request.reply::<remote::NodeGetCellsFreeMemory>(&remote::NodeGetCellsFreeMemoryRet { cells })
    })
}

/// Nodes from a number on. A negative number means all of them.
fn nodes(first: i32, count: u32) -> NumaNodeRange {
    let mut nodes = NumaNodeRange::default();
    nodes.first = u32::try_from(first).ok();
    nodes.count = Some(count);
    nodes
}

/// The counts stand in the order of the nodes, and for each node in that of the sizes.
pub(crate) fn node_get_free_pages(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeGetFreePages>()?;
        no_flags(args.flags, "virNodeGetFreePages")?;
        let nodes = nodes(args.start_cell, args.cell_count);
        let found = request.connection()?.free_pages(&args.pages, nodes).await?;
        let counts = found.iter().map(|pages| pages.count).collect();
        request.reply::<remote::NodeGetFreePages>(&remote::NodeGetFreePagesRet { counts })
    })
}

pub(crate) fn node_alloc_pages(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeAllocPages>()?;
        let options: AllocPagesOptions = flags(args.flags, "virNodeAllocPages")?;
        let wanted = args.page_sizes.iter().zip(&args.page_counts);
        let wanted: Vec<PageCount> =
            wanted.map(|(size, count)| PageCount::default().page_size_kib(*size).count(*count)).collect();
        let nodes = nodes(args.start_cell, args.cell_count);
        let done = request.connection()?.alloc_pages(&wanted, nodes, options).await?;
        request.reply::<remote::NodeAllocPages>(&remote::NodeAllocPagesRet { ret: done.into_wire()? })
    })
}
