//! The NUMA nodes of a host.

use super::host_cpu::PageSize;
use crate::CpuMap;
use crate::document::text::words;
use crate::document::{MemorySize, mapped};

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
    pub distances: Vec<CellDistance>,
    /// The caches of its memory.
    #[element("cache")]
    pub caches: Vec<MemorySideCache>,
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

/// How far another node is.
#[mapped]
pub struct CellDistance {
    /// The other's number.
    #[attribute("id")]
    pub id: u32,
    /// How far, where 10 is the node itself.
    #[attribute("value")]
    pub value: u32,
}

/// A cache between CPUs and the memory of a node.
#[mapped]
pub struct MemorySideCache {
    /// Its level.
    #[attribute("level")]
    pub level: u32,
    /// What of memory can be where in it.
    #[attribute("associativity")]
    pub associativity: CacheAssociativity,
    /// What becomes of what is written.
    #[attribute("policy")]
    pub policy: CacheWritePolicy,
    /// Its size.
    #[element("size")]
    pub size: CacheAmount,
    /// The size of a line.
    #[element("line")]
    pub line: CacheAmount,
}

words! {
    /// What of memory can be where in a cache.
    pub enum CacheAssociativity("associativity of a cache", Invalid) {
        /// That is not told.
        None = "none",
        /// Each in one place.
        Direct = "direct",
        /// Each in every place.
        Full = "full",
    }
}

words! {
    /// What becomes of what is written to a cache.
    pub enum CacheWritePolicy("policy of a cache", Invalid) {
        /// That is not told.
        None = "none",
        /// It goes to memory later.
        WriteBack = "writeback",
        /// It goes to memory at once.
        WriteThrough = "writethrough",
    }
}

/// A size of a cache or of a line.
#[mapped]
pub struct CacheAmount {
    /// The amount, in `unit`.
    #[attribute("value")]
    pub value: u32,
    /// The unit.
    #[attribute("unit")]
    pub unit: String,
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

/// How fast nodes reach each other's memory.
#[mapped]
pub struct Interconnects {
    /// How long it takes.
    #[element("latency")]
    pub latencies: Vec<Latency>,
    /// How much goes through.
    #[element("bandwidth")]
    pub bandwidths: Vec<InterconnectBandwidth>,
}

/// Which memory is reached from where, and how.
#[mapped]
pub struct Access {
    /// The node that reaches.
    #[attribute("initiator")]
    pub initiator: u32,
    /// The node whose memory it is.
    #[attribute("target")]
    pub target: u32,
    /// The level of the cache that is meant; absent for the memory itself.
    #[attribute("cache")]
    pub cache: Option<u32>,
    /// What is done; libvirt always says it.
    #[attribute("type")]
    pub access_type: Option<AccessType>,
}

words! {
    /// What is done with memory.
    pub enum AccessType("type of access", Invalid) {
        /// Reading and writing.
        Access = "access",
        /// Reading.
        Read = "read",
        /// Writing.
        Write = "write",
    }
}

/// How long it takes to reach memory.
#[mapped]
pub struct Latency {
    /// Which memory, and how.
    #[flatten]
    pub access: Access,
    /// How long, in nanoseconds.
    #[attribute("value")]
    pub value: u32,
}

/// How much goes through to memory.
#[mapped]
pub struct InterconnectBandwidth {
    /// Which memory, and how.
    #[flatten]
    pub access: Access,
    /// How much in a second, in `unit`.
    #[attribute("value")]
    pub value: u32,
    /// The unit.
    #[attribute("unit")]
    pub unit: String,
}
