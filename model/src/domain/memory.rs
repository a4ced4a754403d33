//! How much memory the guest has, and what it is made of.

use crate::document::mapped;
use crate::document::text::words;
use crate::document::{MemorySize, OnOff};

/// How far memory can grow.
#[mapped]
pub struct MaxMemory {
    /// How many memory devices can be plugged in.
    #[attribute("slots")]
    pub slots: Option<u32>,
    /// How much memory there can be.
    #[text]
    pub size: MemorySize,
}

/// Memory at boot.
#[mapped]
pub struct Memory {
    /// Whether a dump of the guest's crash has its memory in it; absent for the driver's choice.
    #[attribute("dumpCore")]
    pub dump_core: Option<OnOff>,
    /// How much it is.
    #[text]
    pub size: MemorySize,
}

impl From<MemorySize> for Memory {
    fn from(size: MemorySize) -> Self {
        Self::new(size)
    }
}

/// Limits of the memory that a domain takes on the host; absent ones are none.
#[mapped(omit_empty, collected)]
pub struct MemoryTune {
    /// The most that it can take.
    #[element("hard_limit")]
    pub hard_limit: Option<MemorySize>,
    /// The most when memory is short.
    #[element("soft_limit")]
    pub soft_limit: Option<MemorySize>,
    /// The least that it can have.
    #[element("min_guarantee")]
    pub minimum_guarantee: Option<MemorySize>,
    /// The most of memory and swap space together.
    #[element("swap_hard_limit")]
    pub swap_hard_limit: Option<MemorySize>,
}

/// What the guest's memory is made of on the host.
#[mapped(omit_empty, collected)]
pub struct MemoryBacking {
    /// Large pages.
    #[element("hugepages")]
    pub huge_pages: Option<HugePages>,
    /// Whether the host may not merge pages that are equal.
    #[flag("nosharepages")]
    pub is_never_merged: bool,
    /// Whether it is never swapped out.
    #[flag("locked")]
    pub is_locked: bool,
    /// Where it comes from.
    #[element("source")]
    pub source: Option<MemorySource>,
    /// Whether other processes can have it too.
    #[element("access")]
    pub access: Option<MemoryAccess>,
    /// When it is taken.
    #[element("allocation")]
    pub allocation: Option<MemoryAllocation>,
    /// Whether its contents are thrown away when the domain ends.
    #[flag("discard")]
    pub is_discarded: bool,
}

/// Large pages for the guest's memory.
#[mapped(collected)]
pub struct HugePages {
    /// The sizes of pages; none for the host's default.
    #[element("page")]
    pub pages: Vec<HugePage>,
}

/// A size of pages, and for which cells.
#[mapped]
pub struct HugePage {
    /// The size.
    #[attribute("size")]
    pub size: u64,
    /// The unit of the size; absent for KiB.
    #[attribute("unit")]
    pub unit: Option<String>,
    /// The guest's NUMA cells; absent for all that no other page size names.
    #[attribute("nodeset")]
    pub nodes: Option<crate::CpuMap>,
}

/// Where memory comes from.
#[mapped]
pub struct MemorySource {
    /// From what.
    #[attribute("type")]
    pub source_type: Option<MemorySourceType>,
}

words! {
    /// What memory comes from.
    pub enum MemorySourceType("source of memory", Unsupported) {
        /// A file.
        File = "file",
        /// The process.
        Anonymous = "anonymous",
        /// A file without a name.
        Memfd = "memfd",
    }
}

/// Whether other processes can have the memory too.
#[mapped]
pub struct MemoryAccess {
    /// Whether they can.
    #[attribute("mode")]
    pub mode: Option<MemoryAccessMode>,
}

words! {
    /// Whether memory is shared with other processes.
    pub enum MemoryAccessMode("access mode of memory", Unsupported) {
        /// It is shared.
        Shared = "shared",
        /// It is not.
        Private = "private",
    }
}

/// When memory is taken.
#[mapped]
pub struct MemoryAllocation {
    /// When.
    #[attribute("mode")]
    pub mode: Option<MemoryAllocationMode>,
    /// How many threads take it.
    #[attribute("threads")]
    pub threads: Option<u32>,
}

words! {
    /// When memory is taken.
    pub enum MemoryAllocationMode("time to allocate memory", Unsupported) {
        /// When the domain starts.
        Immediate = "immediate",
        /// When the guest first uses it.
        OnDemand = "ondemand",
    }
}
