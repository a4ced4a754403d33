//! How much of the host's CPUs a domain gets, and which.

use crate::CpuMap;
use crate::document::mapped;
use crate::document::text::words;

/// How much of the host's CPUs a domain gets, and which. Times are in microseconds.
#[mapped(omit_empty, collected)]
pub struct CpuTune {
    /// Its weight against other domains.
    #[element("shares")]
    pub shares: Option<u64>,
    /// The time in which a virtual CPU gets `quota`.
    #[element("period")]
    pub period: Option<u64>,
    /// The most a virtual CPU runs in `period`; negative for no limit.
    #[element("quota")]
    pub quota: Option<i64>,
    /// The time in which the whole domain gets `global_quota`.
    #[element("global_period")]
    pub global_period: Option<u64>,
    /// The most the whole domain runs in `global_period`.
    #[element("global_quota")]
    pub global_quota: Option<i64>,
    /// The time in which the emulator gets `emulator_quota`.
    #[element("emulator_period")]
    pub emulator_period: Option<u64>,
    /// The most the emulator runs in `emulator_period`.
    #[element("emulator_quota")]
    pub emulator_quota: Option<i64>,
    /// The time in which the threads for input and output get `iothread_quota`.
    #[element("iothread_period")]
    pub iothread_period: Option<u64>,
    /// The most those threads run in `iothread_period`.
    #[element("iothread_quota")]
    pub iothread_quota: Option<i64>,
    /// On which CPUs of the host virtual CPUs run.
    #[element("vcpupin")]
    pub vcpu_pins: Vec<VcpuPin>,
    /// On which CPUs of the host the emulator runs.
    #[element("emulatorpin", once = Invalid)]
    pub emulator_pin: Option<EmulatorPin>,
    /// On which CPUs of the host threads for input and output run.
    #[element("iothreadpin")]
    pub iothread_pins: Vec<IoThreadPin>,
    /// How the host schedules the emulator.
    #[element("emulatorsched", once = Invalid)]
    pub emulator_scheduler: Option<EmulatorScheduler>,
    /// How the host schedules virtual CPUs.
    #[element("vcpusched")]
    pub vcpu_schedulers: Vec<VcpuScheduler>,
    /// How the host schedules threads for input and output.
    #[element("iothreadsched")]
    pub iothread_schedulers: Vec<IoThreadScheduler>,
    /// Which parts of the host's caches virtual CPUs get.
    #[element("cachetune")]
    pub cache_tunes: Vec<CacheTune>,
    /// How much of the memory's bandwidth virtual CPUs get.
    #[element("memorytune")]
    pub memory_tunes: Vec<BandwidthTune>,
}

/// Where a virtual CPU runs.
#[mapped]
pub struct VcpuPin {
    /// Its number.
    #[attribute("vcpu")]
    pub vcpu: u32,
    /// The host's CPUs.
    #[attribute("cpuset", missing = Malformed)]
    pub cpuset: CpuMap,
}

/// Where the emulator runs.
#[mapped]
pub struct EmulatorPin {
    /// The host's CPUs.
    #[attribute("cpuset", missing = Malformed)]
    pub cpuset: CpuMap,
}

/// Where a thread for input and output runs.
#[mapped]
pub struct IoThreadPin {
    /// Its number.
    #[attribute("iothread")]
    pub iothread: u32,
    /// The host's CPUs.
    #[attribute("cpuset", missing = Malformed)]
    pub cpuset: CpuMap,
}

/// How the host schedules the emulator.
#[mapped]
pub struct EmulatorScheduler {
    /// The scheduler.
    #[attribute("scheduler")]
    pub scheduler: Scheduler,
    /// The priority, for the schedulers that have one.
    #[attribute("priority")]
    pub priority: Option<i64>,
}

/// How the host schedules virtual CPUs.
#[mapped]
pub struct VcpuScheduler {
    /// Their numbers.
    #[attribute("vcpus")]
    pub vcpus: CpuMap,
    /// The scheduler.
    #[attribute("scheduler")]
    pub scheduler: Scheduler,
    /// The priority, for the schedulers that have one.
    #[attribute("priority")]
    pub priority: Option<i64>,
}

/// How the host schedules threads for input and output.
#[mapped]
pub struct IoThreadScheduler {
    /// Their numbers.
    #[attribute("iothreads")]
    pub iothreads: CpuMap,
    /// The scheduler.
    #[attribute("scheduler")]
    pub scheduler: Scheduler,
    /// The priority, for the schedulers that have one.
    #[attribute("priority")]
    pub priority: Option<i64>,
}

words! {
    /// A scheduler of the host.
    pub enum Scheduler("scheduler", Invalid) {
        /// For work that can wait.
        Batch = "batch",
        /// For work that has all the time.
        Idle = "idle",
        /// Real time, in order of arrival.
        Fifo = "fifo",
        /// Real time, in turns.
        RoundRobin = "rr",
    }
}

/// Which parts of the host's caches some virtual CPUs get.
#[mapped]
pub struct CacheTune {
    /// The virtual CPUs.
    #[attribute("vcpus")]
    pub vcpus: CpuMap,
    /// The name of the group on the host; only ever told.
    #[attribute("id")]
    pub id: Option<String>,
    /// The parts.
    #[element("cache")]
    pub caches: Vec<CachePart>,
    /// What is measured.
    #[element("monitor")]
    pub monitors: Vec<CacheMonitor>,
}

/// A part of a cache of the host.
#[mapped]
pub struct CachePart {
    /// Which of the host's caches.
    #[attribute("id")]
    pub id: u32,
    /// Its level.
    #[attribute("level")]
    pub level: u32,
    /// What it holds.
    #[attribute("type")]
    pub cache_type: CacheType,
    /// How much of it.
    #[attribute("size")]
    pub size: u64,
    /// The unit of the size; absent for bytes.
    #[attribute("unit")]
    pub unit: Option<String>,
}

words! {
    /// What a cache holds.
    pub enum CacheType("type of cache", Invalid) {
        /// Code and data.
        Both = "both",
        /// Code.
        Code = "code",
        /// Data.
        Data = "data",
    }
}

/// What is measured of a cache.
#[mapped]
pub struct CacheMonitor {
    /// The cache's level.
    #[attribute("level")]
    pub level: u32,
    /// The virtual CPUs.
    #[attribute("vcpus")]
    pub vcpus: CpuMap,
}

/// How much of the memory's bandwidth some virtual CPUs get.
#[mapped]
pub struct BandwidthTune {
    /// The virtual CPUs.
    #[attribute("vcpus")]
    pub vcpus: CpuMap,
    /// The name of the group on the host; only ever told.
    #[attribute("id")]
    pub id: Option<String>,
    /// The shares.
    #[element("node")]
    pub nodes: Vec<BandwidthShare>,
    /// What is measured.
    #[element("monitor")]
    pub monitors: Vec<BandwidthMonitor>,
}

/// A share of the bandwidth of a part of the host's memory.
#[mapped]
pub struct BandwidthShare {
    /// Which part of the memory.
    #[attribute("id")]
    pub id: u32,
    /// The share in percent.
    #[attribute("bandwidth")]
    pub bandwidth: u32,
}

/// What is measured of the memory's bandwidth.
#[mapped]
pub struct BandwidthMonitor {
    /// The virtual CPUs.
    #[attribute("vcpus")]
    pub vcpus: CpuMap,
}
