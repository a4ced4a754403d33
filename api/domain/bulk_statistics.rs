//! What many domains have used and done, in one call.

/// Measures many domains at once.
#[family(accessor = bulk_statistics)]
trait DomainBulkStatisticsOps {
    /// Says what these domains have used and done; where none is named, all that pass the filter.
    ///
    /// A domain that is busy is told with the numbers last known of it and their age, never waited for where
    /// `no_wait` is set.
    #[call(access = read, raises = [NotFound, ArgumentUnsupported], procedures = [connect_get_all_domain_stats])]
    fn domain_stats(
        connection: Connection,
        domains: Vec<Domain>,
        groups: StatsGroups,
        filter: DomainFilter,
        options: StatsOptions,
    ) -> Vec<DomainStats>;
}

/// Which groups of numbers are asked for; with none set, all that the driver has.
#[options]
struct StatsGroups {
    /// What it is doing.
    #[flag(0x1)]
    state: bool,
    /// CPU time.
    #[flag(0x2)]
    cpu: bool,
    /// The balloon.
    #[flag(0x4)]
    balloon: bool,
    /// Each virtual CPU.
    #[flag(0x8)]
    vcpu: bool,
    /// Each network interface.
    #[flag(0x10)]
    interface: bool,
    /// Each disk.
    #[flag(0x20)]
    block: bool,
    /// Performance counters.
    #[flag(0x40)]
    perf: bool,
    /// Each I/O thread.
    #[flag(0x80)]
    iothread: bool,
    /// Memory bandwidth.
    #[flag(0x100)]
    memory: bool,
    /// How fast it changes its memory.
    #[flag(0x200)]
    dirty_rate: bool,
    /// What the hypervisor counts of its own accord.
    #[flag(0x400)]
    vm: bool,
}

/// How `Connection::domain_stats` answers.
#[options]
struct StatsOptions {
    /// Leaves out what would have to wait for a job to end.
    #[flag(0x20000000)]
    no_wait: bool,
    /// Describes the backing images of disks too.
    #[flag(0x40000000)]
    backing: bool,
    /// Fails if a group that is asked for is not known to the driver.
    #[flag(0x80000000)]
    enforce: bool,
}

/// What a domain has used and done. Groups that were not asked for, or are not known, are absent or empty.
#[info]
struct DomainStats {
    /// Which domain.
    domain: Domain,
    /// How old the numbers are, in milliseconds; absent where the driver does not say.
    age_ms: Option<u64>,
    /// What it is doing.
    state: Option<StateStats>,
    /// CPU time.
    cpu: Option<CpuStats>,
    /// The balloon.
    balloon: Option<MemoryStats>,
    /// Virtual CPUs, in all.
    vcpu: Option<VcpuCountStats>,
    /// Each virtual CPU.
    #[param("vcpu", numbered)]
    vcpus: Vec<VcpuStats>,
    /// Each network interface.
    #[param("net", list)]
    interfaces: Vec<InterfaceStats>,
    /// Each disk, and its backing images where they are asked for.
    #[param("block", list)]
    blocks: Vec<BlockStats>,
    /// Performance counters that count.
    perf: Option<PerfStats>,
    /// Each I/O thread.
    #[param("iothread", list)]
    iothreads: Vec<IothreadStats>,
    /// Monitors of memory bandwidth.
    #[param("memory.bandwidth.monitor", list)]
    memory_bandwidth: Vec<MemoryBandwidthMonitor>,
    /// How fast it changes its memory.
    dirty_rate: Option<DirtyRateStats>,
    /// What the hypervisor counts of its own accord, by its own names.
    #[param("vm", rest)]
    vm: TypedParameters,
}

/// What a domain is doing, and why.
#[info]
struct StateStats {
    /// What it is doing.
    #[param("state.state", int)]
    state: DomainState,
    /// Why.
    #[param("state.reason", int)]
    reason: DomainStateReason,
}

/// CPU time of a domain. What is not known is absent.
#[info]
struct CpuStats {
    /// In all, in nanoseconds.
    #[param("cpu.time", ullong)]
    time_ns: Option<u64>,
    /// Outside the host's kernel, in nanoseconds.
    #[param("cpu.user", ullong)]
    user_ns: Option<u64>,
    /// In the host's kernel, in nanoseconds.
    #[param("cpu.system", ullong)]
    system_ns: Option<u64>,
    /// Polling that found work before a virtual CPU was put to sleep, in nanoseconds.
    #[param("cpu.haltpoll.success.time", ullong)]
    haltpoll_success_ns: Option<u64>,
    /// Polling that found none, in nanoseconds.
    #[param("cpu.haltpoll.fail.time", ullong)]
    haltpoll_fail_ns: Option<u64>,
    /// Monitors of cache use.
    #[param("cpu.cache.monitor", list)]
    cache_monitors: Vec<CacheMonitor>,
}

/// Virtual CPUs of a domain, in all.
#[info]
struct VcpuCountStats {
    /// How many there are.
    #[param("vcpu.current", uint)]
    current: Option<u32>,
    /// How many there can be.
    #[param("vcpu.maximum", uint)]
    maximum: Option<u32>,
}

/// A virtual CPU.
#[info]
struct VcpuStats {
    /// Its number, which stands in its parameters' names.
    number: u32,
    /// What it is doing.
    #[param("state", int)]
    state: VcpuState,
    /// Host CPU time that it has used, in nanoseconds.
    #[param("time", ullong)]
    time_ns: Option<u64>,
    /// Time that it waited for disks, in nanoseconds.
    #[param("wait", ullong)]
    wait_ns: Option<u64>,
    /// Whether it waits for an interrupt.
    #[param("halted", boolean)]
    halted: Option<bool>,
    /// Time that it waited for a host CPU, in nanoseconds.
    #[param("delay", ullong)]
    delay_ns: Option<u64>,
    /// What the hypervisor counts of its own accord, by its own names.
    #[param("", rest)]
    more: TypedParameters,
}

/// A monitor of cache use.
#[info]
struct CacheMonitor {
    /// Its name.
    #[param("name", string)]
    name: String,
    /// The virtual CPUs that it watches.
    #[param("vcpus", string)]
    vcpus: CpuMap,
    /// Each cache.
    #[param("bank", list)]
    banks: Vec<CacheBank>,
}

/// What is used of a cache.
#[info]
struct CacheBank {
    /// Which cache.
    #[param("id", uint)]
    id: u32,
    /// What is used of it, in bytes.
    #[param("bytes", ullong)]
    used_bytes: u64,
}

/// A monitor of memory bandwidth.
#[info]
struct MemoryBandwidthMonitor {
    /// Its name.
    #[param("name", string)]
    name: String,
    /// The virtual CPUs that it watches.
    #[param("vcpus", string)]
    vcpus: CpuMap,
    /// Each memory controller.
    #[param("node", list)]
    nodes: Vec<MemoryBandwidthNode>,
}

/// What went through a memory controller.
#[info]
struct MemoryBandwidthNode {
    /// Which controller.
    #[param("id", uint)]
    id: u32,
    /// To memory of its own node, in bytes.
    #[param("bytes.local", ullong)]
    local_bytes: u64,
    /// In all, in bytes.
    #[param("bytes.total", ullong)]
    total_bytes: u64,
}

/// An I/O thread.
#[info]
struct IothreadStats {
    /// Its id, which stands in its parameters' names.
    id: u32,
    /// How long it looks for work at most before it sleeps, in nanoseconds.
    #[param("poll-max-ns", ullong)]
    poll_max_ns: Option<u64>,
    /// By how much it looks longer when that paid; 0 leaves it to the hypervisor.
    #[param("poll-grow", ullong)]
    poll_grow: Option<u64>,
    /// By how much it looks shorter when that did not pay; 0 leaves it to the hypervisor.
    #[param("poll-shrink", ullong)]
    poll_shrink: Option<u64>,
}

/// How fast a domain changes its memory.
#[info]
struct DirtyRateStats {
    /// Whether it was measured.
    #[param("dirtyrate.calc_status", int)]
    status: DirtyRateStatus,
    /// When the measurement began, in seconds of the host's clock.
    #[param("dirtyrate.calc_start_time", llong)]
    started_seconds: Option<i64>,
    /// How long it takes, in seconds.
    #[param("dirtyrate.calc_period", int)]
    period_seconds: Option<i32>,
    /// What was found, in MiB a second.
    #[param("dirtyrate.megabytes_per_second", llong)]
    mib_per_s: Option<i64>,
    /// How it was measured: `page-sampling`, `dirty-bitmap` or `dirty-ring`.
    #[param("dirtyrate.calc_mode", string)]
    mode: Option<String>,
    /// What was found of each virtual CPU.
    #[param("dirtyrate.vcpu", numbered)]
    vcpus: Vec<VcpuDirtyRate>,
}

/// How fast a virtual CPU changes memory.
#[info]
struct VcpuDirtyRate {
    /// Its number, which stands in its parameter's name.
    number: u32,
    /// What was found, in MiB a second.
    #[param("megabytes_per_second", ullong)]
    mib_per_s: u64,
}

/// Whether the change of memory was measured.
enum DirtyRateStatus {
    /// It was not.
    #[default]
    Unstarted = 0,
    /// It is being measured.
    Measuring = 1,
    /// It was.
    Measured = 2,
}

/// Performance counters of the host. Those that do not count for the domain are absent.
#[info]
struct PerfStats {
    /// Use of the last-level cache, in bytes.
    #[param("perf.cmt", ullong)]
    cmt: Option<u64>,
    /// Traffic to memory in all, in bytes.
    #[param("perf.mbmt", ullong)]
    mbmt: Option<u64>,
    /// Traffic to memory of the own node, in bytes.
    #[param("perf.mbml", ullong)]
    mbml: Option<u64>,
    /// Accesses that the caches could not serve.
    #[param("perf.cache_misses", ullong)]
    cache_misses: Option<u64>,
    /// Accesses to caches.
    #[param("perf.cache_references", ullong)]
    cache_references: Option<u64>,
    /// Instructions done.
    #[param("perf.instructions", ullong)]
    instructions: Option<u64>,
    /// CPU cycles.
    #[param("perf.cpu_cycles", ullong)]
    cpu_cycles: Option<u64>,
    /// Branches done.
    #[param("perf.branch_instructions", ullong)]
    branch_instructions: Option<u64>,
    /// Branches guessed wrong.
    #[param("perf.branch_misses", ullong)]
    branch_misses: Option<u64>,
    /// Bus cycles.
    #[param("perf.bus_cycles", ullong)]
    bus_cycles: Option<u64>,
    /// Cycles in which instructions did not come fast enough.
    #[param("perf.stalled_cycles_frontend", ullong)]
    stalled_cycles_frontend: Option<u64>,
    /// Cycles in which instructions could not be finished.
    #[param("perf.stalled_cycles_backend", ullong)]
    stalled_cycles_backend: Option<u64>,
    /// CPU cycles at the nominal clock rate.
    #[param("perf.ref_cpu_cycles", ullong)]
    ref_cpu_cycles: Option<u64>,
    /// Time on CPUs by the host's clock, in nanoseconds.
    #[param("perf.cpu_clock", ullong)]
    cpu_clock: Option<u64>,
    /// Time that the threads ran, in nanoseconds.
    #[param("perf.task_clock", ullong)]
    task_clock: Option<u64>,
    /// Page faults.
    #[param("perf.page_faults", ullong)]
    page_faults: Option<u64>,
    /// Changes between threads.
    #[param("perf.context_switches", ullong)]
    context_switches: Option<u64>,
    /// Moves to another CPU.
    #[param("perf.cpu_migrations", ullong)]
    cpu_migrations: Option<u64>,
    /// Page faults served from memory.
    #[param("perf.page_faults_min", ullong)]
    page_faults_min: Option<u64>,
    /// Page faults that read from disk.
    #[param("perf.page_faults_maj", ullong)]
    page_faults_maj: Option<u64>,
    /// Accesses to unaligned addresses that the kernel had to make good.
    #[param("perf.alignment_faults", ullong)]
    alignment_faults: Option<u64>,
    /// Instructions that the kernel had to emulate.
    #[param("perf.emulation_faults", ullong)]
    emulation_faults: Option<u64>,
}
