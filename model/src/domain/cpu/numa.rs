//! The cells of a NUMA machine: a guest's, and of a host what is the same.

use crate::CpuMap;
use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// The cells of a guest's NUMA machine.
#[mapped]
pub struct Numa {
    /// The cells.
    #[element("cell")]
    pub cells: Vec<NumaCell>,
    /// How fast the cells' memory is.
    #[element("interconnects")]
    pub interconnects: Option<Interconnects>,
}

/// A cell: virtual CPUs and memory.
#[mapped]
pub struct NumaCell {
    /// Its number; absent for its place among the others.
    #[attribute("id")]
    pub id: Option<u32>,
    /// Its virtual CPUs; absent for none.
    #[attribute("cpus")]
    pub cpus: Option<CpuMap>,
    /// How much memory it has.
    #[attribute("memory")]
    pub memory: String,
    /// The unit of the memory; absent for KiB.
    #[attribute("unit")]
    pub unit: Option<String>,
    /// Whether other processes can have its memory too.
    #[attribute("memAccess")]
    pub memory_access: Option<MemAccess>,
    /// Whether its memory is thrown away when the domain ends.
    #[attribute("discard")]
    pub discard: Option<YesNo>,
    /// How far other cells are.
    #[list("distances", "sibling")]
    pub distances: Vec<NumaDistance>,
    /// Its caches.
    #[element("cache")]
    pub caches: Vec<NumaCache>,
}

words! {
    /// Whether other processes can have memory too.
    pub enum MemAccess("access mode of memory", Invalid) {
        /// They can.
        Shared = "shared",
        /// They cannot.
        Private = "private",
    }
}

/// How far a cell is.
#[mapped]
pub struct NumaDistance {
    /// The other cell.
    #[attribute("id")]
    pub id: u32,
    /// The distance; 10 is that of a cell to itself.
    #[attribute("value")]
    pub value: u32,
}

/// A cache of a cell's memory.
#[mapped]
pub struct NumaCache {
    /// Its level.
    #[attribute("level")]
    pub level: u32,
    /// Where in it a piece of memory can be.
    #[attribute("associativity")]
    pub associativity: CacheAssociativity,
    /// When changes get to memory.
    #[attribute("policy")]
    pub policy: CachePolicy,
    /// How large it is.
    #[element("size")]
    pub size: CacheSize,
    /// How large a piece of it is.
    #[element("line")]
    pub line: CacheSize,
}

words! {
    /// Where in a cache a piece of memory can be.
    pub enum CacheAssociativity("associativity of a cache", Invalid) {
        /// Nothing is known.
        None = "none",
        /// In one place.
        Direct = "direct",
        /// In any place.
        Full = "full",
    }
}

words! {
    /// When changes of a cache get to memory.
    pub enum CachePolicy("policy of a cache", Invalid) {
        /// Nothing is known.
        None = "none",
        /// Later.
        WriteBack = "writeback",
        /// At once.
        WriteThrough = "writethrough",
    }
}

/// A size in a cache.
#[mapped]
pub struct CacheSize {
    /// The number.
    #[attribute("value")]
    pub value: String,
    /// The unit; absent for bytes.
    #[attribute("unit")]
    pub unit: Option<String>,
}

/// How fast the cells' memory is.
#[mapped]
pub struct Interconnects {
    /// How long it takes to reach.
    #[element("latency")]
    pub latencies: Vec<NumaLatency>,
    /// How much goes through.
    #[element("bandwidth")]
    pub bandwidths: Vec<NumaBandwidth>,
}

/// How long it takes to reach a cell's memory.
#[mapped]
pub struct NumaLatency {
    /// The cell that reaches for it.
    #[attribute("initiator")]
    pub initiator: u32,
    /// The cell that has it.
    #[attribute("target")]
    pub target: u32,
    /// The level of the cache that is meant; absent for memory.
    #[attribute("cache")]
    pub cache: Option<u32>,
    /// What is done with it.
    #[attribute("type")]
    pub access: NumaLatencyType,
    /// The time, in nanoseconds.
    #[attribute("value")]
    pub value: u64,
}

/// How much goes from and to a cell's memory.
#[mapped]
pub struct NumaBandwidth {
    /// The cell that reaches for it.
    #[attribute("initiator")]
    pub initiator: u32,
    /// The cell that has it.
    #[attribute("target")]
    pub target: u32,
    /// The level of the cache that is meant; absent for memory.
    #[attribute("cache")]
    pub cache: Option<u32>,
    /// What is done with it.
    #[attribute("type")]
    pub access: NumaLatencyType,
    /// How much per second.
    #[attribute("value")]
    pub value: String,
    /// The unit; absent for KiB.
    #[attribute("unit")]
    pub unit: Option<String>,
}

words! {
    /// What is done with a cell's memory.
    pub enum NumaLatencyType("type of access", Invalid) {
        /// Reading and writing.
        Access = "access",
        /// Reading.
        Read = "read",
        /// Writing.
        Write = "write",
    }
}
