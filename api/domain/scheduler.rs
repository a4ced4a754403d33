//! How host CPU time and host memory nodes are given to a domain.

/// Tunes the scheduler and the NUMA placement of a domain.
#[family(accessor = scheduler)]
trait DomainSchedulerOps {
    /// Says which scheduler the hypervisor uses: `posix`, `credit`, `allocation` ….
    #[call(access = read, raises = [NotFound], procedures = [domain_get_scheduler_type])]
    fn scheduler_type(domain: Domain) -> String;

    /// Shows what the domain gets of the host's CPU time.
    #[call(access = read, raises = [NotFound, InvalidState],
           procedures = [domain_get_scheduler_parameters, domain_get_scheduler_parameters_flags])]
    fn scheduler_parameters(domain: Domain, affect: AffectOptions) -> SchedulerParameters;

    /// Sets what the domain gets of the host's CPU time. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Tunable],
           procedures = [domain_set_scheduler_parameters, domain_set_scheduler_parameters_flags])]
    fn set_scheduler_parameters(domain: Domain, parameters: SchedulerParameters, affect: AffectOptions);

    /// Shows which NUMA nodes the domain's memory comes from.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_numa_parameters])]
    fn numa_parameters(domain: Domain, affect: AffectOptions) -> NumaParameters;

    /// Sets which NUMA nodes the domain's memory comes from. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_set_numa_parameters])]
    fn set_numa_parameters(domain: Domain, parameters: NumaParameters, affect: AffectOptions);
}

/// What a domain gets of the host's CPU time. Each scheduler knows some of these; the others are absent.
#[info]
struct SchedulerParameters {
    /// `posix`: its share, in relation to the shares of others.
    #[param("cpu_shares", ullong)]
    cpu_shares: Option<u64>,
    /// `posix`: the period in which the whole domain has its quota, in microseconds.
    #[param("global_period", ullong)]
    global_period_us: Option<u64>,
    /// `posix`: the quota of the whole domain, in microseconds; negative for no limit.
    #[param("global_quota", llong)]
    global_quota_us: Option<i64>,
    /// `posix`: the period in which each virtual CPU has its quota, in microseconds.
    #[param("vcpu_period", ullong)]
    vcpu_period_us: Option<u64>,
    /// `posix`: the quota of each virtual CPU, in microseconds; negative for no limit.
    #[param("vcpu_quota", llong)]
    vcpu_quota_us: Option<i64>,
    /// `posix`: the period in which the rest of the hypervisor has its quota, in microseconds.
    #[param("emulator_period", ullong)]
    emulator_period_us: Option<u64>,
    /// `posix`: the quota of the rest of the hypervisor, in microseconds; negative for no limit.
    #[param("emulator_quota", llong)]
    emulator_quota_us: Option<i64>,
    /// `posix`: the period in which each I/O thread has its quota, in microseconds.
    #[param("iothread_period", ullong)]
    iothread_period_us: Option<u64>,
    /// `posix`: the quota of each I/O thread, in microseconds; negative for no limit.
    #[param("iothread_quota", llong)]
    iothread_quota_us: Option<i64>,
    /// `credit`: its weight, in relation to the weights of others.
    #[param("weight", uint)]
    weight: Option<u32>,
    /// `credit`: the most that it gets, in percent of one host CPU; 0 for no limit.
    #[param("cap", uint)]
    cap_percent: Option<u32>,
    /// `allocation`: what it is sure to get, in MHz.
    #[param("reservation", llong)]
    reservation_mhz: Option<i64>,
    /// `allocation`: the most that it gets, in MHz; -1 for no limit.
    #[param("limit", llong)]
    limit_mhz: Option<i64>,
    /// `allocation`: its share; -1, -2 and -3 stand for low, normal and high.
    #[param("shares", int)]
    shares: Option<i32>,
}

/// Which NUMA nodes a domain's memory comes from.
#[info]
struct NumaParameters {
    /// The nodes, as in `0-3,^2`; empty for no choice.
    #[param("numa_nodeset", string)]
    nodes: Option<String>,
    /// What happens when they have no memory left.
    #[param("numa_mode", int)]
    mode: Option<NumaMode>,
}

/// What happens when the chosen NUMA nodes have no memory left.
enum NumaMode {
    /// Getting memory fails.
    #[default]
    Strict = 0,
    /// It comes from other nodes.
    Preferred = 1,
    /// It comes from the nodes in turn.
    Interleave = 2,
    /// Which nodes there are is left to the host's control groups.
    Restrictive = 3,
}
