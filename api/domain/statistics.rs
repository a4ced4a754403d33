//! What a domain has used and done, one domain at a time.

/// Measures the CPUs, the disks and the memory of a domain.
#[family(accessor = statistics)]
trait DomainStatisticsOps {
    /// Says how much host CPU time the domain has used, in all and on each host CPU of the range.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_cpu_stats])]
    fn cpu_stats(domain: Domain, range: CpuRange) -> DomainCpuStats;

    /// Says what went through a disk, named by its target or source; through all disks where the name is empty.
    #[call(access = read, raises = [NotFound, InvalidState, DeviceMissing],
           procedures = [domain_block_stats, domain_block_stats_flags])]
    fn block_stats(domain: Domain, disk: String) -> BlockStats;

    /// Says how large a disk is, and what it takes on the host.
    #[call(access = read, raises = [NotFound, DeviceMissing, System], procedures = [domain_get_block_info])]
    fn block_info(domain: Domain, disk: String) -> BlockInfo;

    /// Lists the disks that have failed since the domain last ran without an error.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_disk_errors])]
    fn disk_errors(domain: Domain) -> Vec<DiskError>;

    /// Shows which of the host's performance counters count for the domain.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_perf_events])]
    fn perf_events(domain: Domain, affect: AffectOptions) -> PerfEvents;

    /// Sets which of the host's performance counters count for the domain. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported],
           procedures = [domain_set_perf_events])]
    fn set_perf_events(domain: Domain, events: PerfEvents, affect: AffectOptions);

    /// Begins to measure how fast the guest changes its memory; bulk statistics show the result.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_start_dirty_rate_calc])]
    fn start_dirty_rate_calc(domain: Domain, seconds: u32, mode: DirtyRateMode);
}

/// A run of host CPUs.
#[options]
struct CpuRange {
    /// The first; absent, from CPU 0.
    first: Option<u32>,
    /// How many; absent, all from the first on.
    count: Option<u32>,
}

/// Host CPU time of a domain.
#[info]
struct DomainCpuStats {
    /// In all.
    total: CpuTimes,
    /// On each host CPU of the range.
    per_cpu: Vec<CpuTimes>,
}

/// Host CPU time, by what it went into. What is not known is absent.
#[info]
struct CpuTimes {
    /// In all, in nanoseconds.
    #[param("cpu_time", ullong)]
    cpu_time_ns: Option<u64>,
    /// Outside the host's kernel, in nanoseconds.
    #[param("user_time", ullong)]
    user_time_ns: Option<u64>,
    /// In the host's kernel, in nanoseconds.
    #[param("system_time", ullong)]
    system_time_ns: Option<u64>,
    /// In virtual CPUs, in nanoseconds.
    #[param("vcpu_time", ullong)]
    vcpu_time_ns: Option<u64>,
}

/// The size of a disk.
#[info]
struct BlockInfo {
    /// What the guest sees, in bytes.
    capacity_bytes: u64,
    /// What it takes on the host, in bytes; the highest offset written where it is a block device.
    allocation_bytes: u64,
    /// The size of the file or block device that holds it, in bytes.
    physical_bytes: u64,
}

/// A disk that has failed.
#[info]
struct DiskError {
    /// Its target, such as `vda`.
    disk: String,
    /// What is wrong.
    error: DiskErrorKind,
}

/// What is wrong with a disk.
enum DiskErrorKind {
    /// Nothing.
    #[default]
    None = 0,
    /// Something that is not known more closely.
    Unspecified = 1,
    /// There is no space left for it.
    NoSpace = 2,
}

/// How the change of memory is measured. The numbers are libvirt's flags.
enum DirtyRateMode {
    /// By looking at some pages again.
    #[default]
    PageSampling = 0,
    /// By a bitmap of changed pages.
    DirtyBitmap = 1,
    /// By the ring of changed pages that the kernel keeps for each virtual CPU.
    DirtyRing = 2,
}

/// Which of the host's performance counters count for a domain.
#[info]
struct PerfEvents {
    /// Use of the last-level cache.
    #[param("cmt", boolean)]
    cmt: Option<bool>,
    /// Traffic to memory in all.
    #[param("mbmt", boolean)]
    mbmt: Option<bool>,
    /// Traffic to memory of the own node.
    #[param("mbml", boolean)]
    mbml: Option<bool>,
    /// Accesses that the caches could not serve.
    #[param("cache_misses", boolean)]
    cache_misses: Option<bool>,
    /// Accesses to caches.
    #[param("cache_references", boolean)]
    cache_references: Option<bool>,
    /// Instructions done.
    #[param("instructions", boolean)]
    instructions: Option<bool>,
    /// CPU cycles.
    #[param("cpu_cycles", boolean)]
    cpu_cycles: Option<bool>,
    /// Branches done.
    #[param("branch_instructions", boolean)]
    branch_instructions: Option<bool>,
    /// Branches guessed wrong.
    #[param("branch_misses", boolean)]
    branch_misses: Option<bool>,
    /// Bus cycles.
    #[param("bus_cycles", boolean)]
    bus_cycles: Option<bool>,
    /// Cycles in which instructions did not come fast enough.
    #[param("stalled_cycles_frontend", boolean)]
    stalled_cycles_frontend: Option<bool>,
    /// Cycles in which instructions could not be finished.
    #[param("stalled_cycles_backend", boolean)]
    stalled_cycles_backend: Option<bool>,
    /// CPU cycles at the nominal clock rate.
    #[param("ref_cpu_cycles", boolean)]
    ref_cpu_cycles: Option<bool>,
    /// Time on CPUs by the host's clock.
    #[param("cpu_clock", boolean)]
    cpu_clock: Option<bool>,
    /// Time that the threads ran.
    #[param("task_clock", boolean)]
    task_clock: Option<bool>,
    /// Page faults.
    #[param("page_faults", boolean)]
    page_faults: Option<bool>,
    /// Changes between threads.
    #[param("context_switches", boolean)]
    context_switches: Option<bool>,
    /// Moves to another CPU.
    #[param("cpu_migrations", boolean)]
    cpu_migrations: Option<bool>,
    /// Page faults served from memory.
    #[param("page_faults_min", boolean)]
    page_faults_min: Option<bool>,
    /// Page faults that read from disk.
    #[param("page_faults_maj", boolean)]
    page_faults_maj: Option<bool>,
    /// Accesses to unaligned addresses that the kernel had to make good.
    #[param("alignment_faults", boolean)]
    alignment_faults: Option<bool>,
    /// Instructions that the kernel had to emulate.
    #[param("emulation_faults", boolean)]
    emulation_faults: Option<bool>,
}
