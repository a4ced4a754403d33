//! What single hypervisors do for their guests.

use super::hyperv::Enlightenment;
use crate::document::text::words;
use crate::document::{MemorySize, OnOff, mapped};

/// Features of KVM.
#[mapped(collected)]
pub struct KvmFeatures {
    /// Whether the guest is not told that it runs on KVM.
    #[element("hidden")]
    pub hidden: Option<Enlightenment>,
    /// Whether the guest is told that it has CPUs for itself.
    #[element("hint-dedicated")]
    pub dedicated_hint: Option<Enlightenment>,
    /// Whether the guest says how it waits.
    #[element("poll-control")]
    pub poll_control: Option<Enlightenment>,
    /// Interrupts between virtual CPUs.
    #[element("pv-ipi")]
    pub interprocessor_interrupts: Option<Enlightenment>,
    /// How changed pages are found.
    #[element("dirty-ring")]
    pub dirty_ring: Option<DirtyRing>,
}

/// A ring in which the host notes changed pages.
#[mapped]
pub struct DirtyRing {
    /// Whether there is one.
    #[attribute("state")]
    pub state: OnOff,
    /// How many it holds, a power of two from 1024 to 65536.
    #[attribute("size")]
    pub size: Option<u32>,
}

/// Features of Xen.
#[mapped(collected)]
pub struct XenFeatures {
    /// Whether the guest sees the host's map of memory.
    #[element("e820_host")]
    pub host_memory_map: Option<Enlightenment>,
    /// Whether devices of the host can be passed through.
    #[element("passthrough")]
    pub passthrough: Option<XenPassthrough>,
}

/// Whether devices of the host can be passed through.
#[mapped]
pub struct XenPassthrough {
    /// Whether they can.
    #[attribute("state")]
    pub state: OnOff,
    /// How page tables are used.
    #[attribute("mode")]
    pub mode: Option<XenPassthroughMode>,
}

words! {
    /// How page tables are used.
    pub enum XenPassthroughMode("mode of passthrough", Invalid) {
        /// They are kept alike.
        Sync = "sync_pt",
        /// They are shared.
        Share = "share_pt",
    }
}

/// Features of emulation.
#[mapped(omit_empty)]
pub struct TcgFeatures {
    /// How much memory translated code takes.
    #[element("tb-cache")]
    pub translation_cache: Option<MemorySize>,
}
