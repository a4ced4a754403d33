//! The NUMA nodes of a host.

use super::host_cpu::PageSize;
use crate::CpuMap;
use crate::document::{MemorySize, mapped};
use crate::domain::cpu::{Interconnects, NumaCache, NumaDistance};

/// The NUMA nodes of a host.
#[mapped]
pub struct HostTopology {
    /// The nodes.
    #[element("cells")]
    pub cells: HostCells,
    /// How fast they reach each other's memory.
    #[element("interconnects")]
    pub interconnects: Option<Interconnects>,
}

/// NUMA nodes.
#[mapped]
pub struct HostCells {
    /// How many there are.
    #[attribute("num")]
    pub number: u32,
    /// The nodes.
    #[element("cell")]
    pub cells: Vec<HostCell>,
}

/// A NUMA node.
#[mapped]
pub struct HostCell {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// Its memory.
    #[element("memory")]
    pub memory: Option<MemorySize>,
    /// Its pages of each size.
    #[element("pages")]
    pub pages: Vec<CellPages>,
    /// How far the nodes are.
    #[list("distances", "sibling")]
    pub distances: Vec<NumaDistance>,
    /// The caches of its memory.
    #[element("cache")]
    pub caches: Vec<NumaCache>,
    /// Its CPUs.
    #[element("cpus")]
    pub cpus: Option<CellCpus>,
}

/// Pages of a size.
#[mapped]
pub struct CellPages {
    /// The size.
    #[flatten]
    pub size: PageSize,
    /// How many there are.
    #[text]
    pub number: u64,
}

/// The CPUs of a node.
#[mapped]
pub struct CellCpus {
    /// How many there are.
    #[attribute("num")]
    pub number: u32,
    /// The CPUs.
    #[element("cpu")]
    pub cpus: Vec<CellCpu>,
}

/// A CPU of a host.
#[mapped]
pub struct CellCpu {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// The socket in which it is.
    #[attribute("socket_id")]
    pub socket: Option<u32>,
    /// The die on which it is.
    #[attribute("die_id")]
    pub die: Option<u32>,
    /// The core of which it is a thread.
    #[attribute("core_id")]
    pub core: Option<u32>,
    /// The CPUs of the same core.
    #[attribute("siblings")]
    pub siblings: Option<CpuMap>,
}
