//! The memory of a domain.

/// Changes how much memory a domain has, limits what it may use, and looks into it.
#[family(accessor = memory)]
trait DomainMemoryOps {
    /// Sets how much memory the guest has, or the most that it can have.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported], emits = [BalloonChange],
           procedures = [domain_set_memory, domain_set_memory_flags, domain_set_max_memory])]
    fn set_memory(domain: Domain, memory_kib: u64, affect: AffectOptions, options: SetMemoryOptions);

    /// Shows the limits on the host memory that the domain may use.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_memory_parameters])]
    fn memory_parameters(domain: Domain, affect: AffectOptions) -> MemoryParameters;

    /// Sets limits on the host memory that the domain may use. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_set_memory_parameters])]
    fn set_memory_parameters(domain: Domain, parameters: MemoryParameters, affect: AffectOptions);

    /// Says what the guest uses its memory for, as far as its balloon tells.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_memory_stats])]
    fn memory_stats(domain: Domain) -> MemoryStats;

    /// Sets how often the guest's balloon tells its numbers; 0 for never.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing],
           procedures = [domain_set_memory_stats_period])]
    fn set_memory_stats_period(domain: Domain, period_seconds: u32, affect: AffectOptions);

    /// Reads from the guest's memory.
    #[call(access = secret, raises = [NotFound, InvalidState], procedures = [domain_memory_peek])]
    fn memory_peek(domain: Domain, address: u64, size_bytes: u32, kind: MemoryAddressing) -> Vec<u8>;
}

/// Which amount of memory `Domain::set_memory` sets.
#[options]
struct SetMemoryOptions {
    /// The most that the domain can have, not what it has.
    #[flag(0x4)]
    maximum: bool,
}

/// What an address in a guest's memory means. The numbers are libvirt's flags.
enum MemoryAddressing {
    /// An address as the guest's current program sees it.
    #[default]
    Virtual = 1,
    /// An address as the guest's hardware sees it.
    Physical = 2,
}

/// Limits on host memory. Absent, the driver does not tell; 9007199254740991 stands for no limit.
#[info]
struct MemoryParameters {
    /// The most that the domain may use, in KiB; it is killed beyond that.
    #[param("hard_limit", ullong)]
    hard_limit_kib: Option<u64>,
    /// What it is cut down to when the host is short of memory, in KiB.
    #[param("soft_limit", ullong)]
    soft_limit_kib: Option<u64>,
    /// What it is sure to get, in KiB.
    #[param("min_guarantee", ullong)]
    min_guarantee_kib: Option<u64>,
    /// The most memory and swap together that it may use, in KiB.
    #[param("swap_hard_limit", ullong)]
    swap_hard_limit_kib: Option<u64>,
}
