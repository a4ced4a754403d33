//! What the guest's CPUs are like.

mod numa;

use crate::document::text::words;
use crate::document::{OnOff, mapped};

pub use numa::{
    CacheAssociativity, CachePolicy, CacheSize, Interconnects, MemAccess, Numa, NumaBandwidth, NumaCache,
    NumaCell, NumaDistance, NumaLatency, NumaLatencyType,
};

/// What the guest's CPUs are like.
#[mapped]
pub struct Cpu {
    /// What they are derived from.
    #[attribute("mode", error = Unsupported)]
    pub mode: Option<CpuMode>,
    /// How exactly the host's CPUs must be like them.
    #[attribute("match")]
    pub matching: Option<CpuMatch>,
    /// What is checked when the domain starts.
    #[attribute("check")]
    pub check: Option<CpuCheck>,
    /// Whether features that would hinder a migration are left out.
    #[attribute("migratable")]
    pub migratable: Option<OnOff>,
    /// The model.
    #[element("model")]
    pub model: Option<CpuModel>,
    /// The vendor that the host's CPUs must be of.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// How they are grouped.
    #[element("topology")]
    pub topology: Option<CpuTopology>,
    /// Their cache.
    #[element("cache", once = Invalid)]
    pub cache: Option<CpuCache>,
    /// How many bits physical addresses have.
    #[element("maxphysaddr")]
    pub physical_address: Option<PhysicalAddressBits>,
    /// Features beyond the model.
    #[element("feature")]
    pub features: Vec<CpuFeature>,
    /// Their cells and the memory of each.
    #[element("numa")]
    pub numa: Option<Numa>,
}

words! {
    /// What the guest's CPUs are derived from.
    pub enum CpuMode("mode of a CPU", Invalid) {
        /// The model that is named.
        Custom = "custom",
        /// The nearest model to the host's.
        HostModel = "host-model",
        /// The host's CPU.
        HostPassthrough = "host-passthrough",
        /// All that the hypervisor can do.
        Maximum = "maximum",
    }
}

words! {
    /// How exactly the host's CPUs must be like the guest's.
    pub enum CpuMatch("match of a CPU", Invalid) {
        /// They can have more, and the guest gets it.
        Minimum = "minimum",
        /// They can have more, and the guest does not get it.
        Exact = "exact",
        /// They have nothing more.
        Strict = "strict",
    }
}

words! {
    /// What of the guest's CPUs is checked when the domain starts.
    pub enum CpuCheck("check of a CPU", Invalid) {
        /// Nothing.
        None = "none",
        /// What libvirt knows.
        Partial = "partial",
        /// What the hypervisor tells.
        Full = "full",
    }
}

/// A model of CPU.
#[mapped]
pub struct CpuModel {
    /// Whether another model may stand for it.
    #[attribute("fallback", error = Unsupported)]
    pub fallback: Option<CpuFallback>,
    /// The vendor that the guest sees, of 12 characters.
    #[attribute("vendor_id")]
    pub vendor_id: Option<String>,
    /// Its name.
    #[text]
    pub name: String,
}

words! {
    /// Whether another model may stand for a model that the host does not have.
    pub enum CpuFallback("fallback of a CPU model", Unsupported) {
        /// The nearest.
        Allow = "allow",
        /// None.
        Forbid = "forbid",
    }
}

/// How virtual CPUs are grouped.
#[mapped]
pub struct CpuTopology {
    /// How many sockets there are.
    #[attribute("sockets")]
    pub sockets: u32,
    /// How many dies a socket has.
    #[attribute("dies")]
    pub dies: Option<u32>,
    /// How many cores a die has.
    #[attribute("cores")]
    pub cores: u32,
    /// How many threads a core has.
    #[attribute("threads")]
    pub threads: u32,
}

/// The cache of virtual CPUs.
#[mapped]
pub struct CpuCache {
    /// Its level; absent for all.
    #[attribute("level")]
    pub level: Option<u32>,
    /// Where it comes from.
    #[attribute("mode")]
    pub mode: CpuCacheMode,
}

words! {
    /// Where the cache of virtual CPUs comes from.
    pub enum CpuCacheMode("mode of a cache", Invalid) {
        /// It is emulated.
        Emulate = "emulate",
        /// It is the host's.
        Passthrough = "passthrough",
        /// There is none.
        Disable = "disable",
    }
}

/// How many bits physical addresses have.
#[mapped]
pub struct PhysicalAddressBits {
    /// Where the number comes from.
    #[attribute("mode", error = Invalid)]
    pub mode: PhysicalAddressMode,
    /// The number, where it is emulated.
    #[attribute("bits")]
    pub bits: Option<u32>,
}

words! {
    /// Where the number of bits of physical addresses comes from.
    pub enum PhysicalAddressMode("mode of physical addresses", Invalid) {
        /// It is given.
        Emulate = "emulate",
        /// It is the host's.
        Passthrough = "passthrough",
    }
}

/// A feature beyond the model.
#[mapped]
pub struct CpuFeature {
    /// Whether the guest has it.
    #[attribute("policy", error = Unsupported)]
    pub policy: Option<CpuFeaturePolicy>,
    /// Its name.
    #[attribute("name")]
    pub name: String,
}

words! {
    /// Whether the guest has a feature of a CPU.
    pub enum CpuFeaturePolicy("policy of a CPU feature", Invalid) {
        /// In any case.
        Force = "force",
        /// Or the domain does not start.
        Require = "require",
        /// If the host has it.
        Optional = "optional",
        /// Not.
        Disable = "disable",
        /// Not, and the domain does not start where the host has it.
        Forbid = "forbid",
    }
}
