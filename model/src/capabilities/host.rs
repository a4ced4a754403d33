//! What a host is.

use super::host_cpu::HostCpu;
use super::topology::HostTopology;
use crate::CpuMap;
use crate::document::text::words;
use crate::document::{YesNo, mapped};
use uuid::Uuid;

/// A host.
#[mapped]
pub struct Host {
    /// What identifies it.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// Its CPUs.
    #[element("cpu")]
    pub cpu: Option<HostCpu>,
    /// How it can sleep.
    #[element("power_management")]
    pub power_management: Option<PowerManagement>,
    /// Whether devices can be given to guests.
    #[element("iommu")]
    pub iommu: Option<IommuSupport>,
    /// How guests can be moved to other hosts.
    #[element("migration_features")]
    pub migration: Option<MigrationFeatures>,
    /// Its NUMA nodes.
    #[element("topology")]
    pub topology: Option<HostTopology>,
    /// The caches of its CPUs.
    #[element("cache")]
    pub cache: Option<HostCache>,
    /// How throughput of memory can be shared out.
    #[element("memory_bandwidth")]
    pub memory_bandwidth: Option<MemoryBandwidth>,
    /// What keeps guests apart.
    #[element("secmodel")]
    pub security_models: Vec<SecurityModel>,
}

/// How a host can sleep.
#[mapped]
pub struct PowerManagement {
    /// Whether memory can stay on.
    #[flag("suspend_mem")]
    pub suspend_to_memory: bool,
    /// Whether memory can be kept on a disk.
    #[flag("suspend_disk")]
    pub suspend_to_disk: bool,
    /// Whether memory can stay on and be kept on a disk too.
    #[flag("suspend_hybrid")]
    pub suspend_hybrid: bool,
}

/// Whether devices can be given to guests.
#[mapped]
pub struct IommuSupport {
    /// Whether they can.
    #[attribute("support")]
    pub support: Option<YesNo>,
}

/// How guests can be moved to other hosts.
#[mapped]
pub struct MigrationFeatures {
    /// Whether they can run on meanwhile.
    #[flag("live")]
    pub live: bool,
    /// The ways, as the first parts of URIs.
    #[list("uri_transports", "uri_transport")]
    pub transports: Vec<String>,
}

/// The caches of a host's CPUs.
#[mapped]
pub struct HostCache {
    /// The caches.
    #[element("bank")]
    pub banks: Vec<CacheBank>,
    /// What can be watched.
    #[element("monitor")]
    pub monitor: Option<ResourceMonitor>,
}

/// A cache.
#[mapped]
pub struct CacheBank {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// Its level.
    #[attribute("level")]
    pub level: u32,
    /// What it holds.
    #[attribute("type")]
    pub cache_type: CacheType,
    /// Its size, in `unit`.
    #[attribute("size")]
    pub size: u32,
    /// The unit of its size.
    #[attribute("unit")]
    pub unit: String,
    /// The CPUs that share it.
    #[attribute("cpus")]
    pub cpus: CpuMap,
    /// How it can be shared out.
    #[element("control")]
    pub controls: Vec<CacheControl>,
}

words! {
    /// What a cache holds.
    pub enum CacheType("type of cache", Invalid) {
        /// All.
        Both = "both",
        /// Instructions.
        Code = "code",
        /// Data.
        Data = "data",
    }
}

/// How a cache can be shared out.
#[mapped]
pub struct CacheControl {
    /// The smallest step, in `unit`.
    #[attribute("granularity")]
    pub granularity: u32,
    /// The least that somebody can get, in `unit`; absent for a step.
    #[attribute("min")]
    pub least: Option<u32>,
    /// The unit.
    #[attribute("unit")]
    pub unit: String,
    /// What of it is shared out.
    #[attribute("type")]
    pub cache_type: CacheType,
    /// Into how many parts it can be shared out.
    #[attribute("maxAllocs")]
    pub most_parts: u32,
}

/// How throughput of memory can be shared out.
#[mapped]
pub struct MemoryBandwidth {
    /// Where.
    #[element("node")]
    pub nodes: Vec<BandwidthNode>,
    /// What can be watched.
    #[element("monitor")]
    pub monitor: Option<ResourceMonitor>,
}

/// CPUs that share throughput of memory.
#[mapped]
pub struct BandwidthNode {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// The CPUs.
    #[attribute("cpus")]
    pub cpus: CpuMap,
    /// How it can be shared out.
    #[element("control")]
    pub controls: Vec<BandwidthControl>,
}

/// How throughput can be shared out.
#[mapped]
pub struct BandwidthControl {
    /// The smallest step, in percent.
    #[attribute("granularity")]
    pub granularity: u32,
    /// The least that somebody can get, in percent.
    #[attribute("min")]
    pub least: Option<u32>,
    /// Into how many parts it can be shared out.
    #[attribute("maxAllocs")]
    pub most_parts: u32,
}

/// What of a cache or of memory can be watched.
#[mapped]
pub struct ResourceMonitor {
    /// The level of the cache.
    #[attribute("level")]
    pub level: Option<u32>,
    /// Below how many bytes a monitor can be used again.
    #[attribute("reuseThreshold")]
    pub reuse_threshold: Option<u32>,
    /// How many monitors there can be.
    #[attribute("maxMonitors")]
    pub most_monitors: u32,
    /// What each can watch.
    #[element("feature")]
    pub features: Vec<NamedFeature>,
}

/// Something with a name that there is.
#[mapped]
pub struct NamedFeature {
    /// Its name.
    #[attribute("name")]
    pub name: String,
}

/// What keeps guests apart.
#[mapped]
pub struct SecurityModel {
    /// Its name.
    #[element("model")]
    pub model: String,
    /// In which sense labels are meant.
    #[element("doi")]
    pub interpretation: Option<String>,
    /// The labels that guests get where their documents say none.
    #[element("baselabel")]
    pub base_labels: Vec<BaseLabel>,
}

/// The label that guests of a type get.
#[mapped]
pub struct BaseLabel {
    /// The type of domain.
    #[attribute("type")]
    pub domain_type: String,
    /// The label.
    #[text]
    pub label: String,
}
