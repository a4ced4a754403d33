//! The virtual CPUs of a domain: how many, which, and where they run.

/// Counts, plugs and pins virtual CPUs.
#[family(accessor = vcpus)]
trait DomainVcpuOps {
    /// Describes each virtual CPU of a running domain.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_vcpus])]
    fn vcpus(domain: Domain) -> Vec<VcpuInfo>;

    /// Says how many virtual CPUs there are.
    #[call(access = read, raises = [NotFound, InvalidState, AgentUnresponsive],
           procedures = [domain_get_vcpus_flags, domain_get_max_vcpus])]
    fn vcpu_count(domain: Domain, affect: AffectOptions, options: VcpuCountOptions) -> u32;

    /// Sets how many virtual CPUs there are.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported, AgentUnresponsive],
           emits = [VcpuRemoved], procedures = [domain_set_vcpus, domain_set_vcpus_flags])]
    fn set_vcpus(domain: Domain, count: u32, affect: AffectOptions, options: SetVcpusOptions);

    /// Plugs or unplugs these virtual CPUs, and no others.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported], emits = [VcpuRemoved],
           procedures = [domain_set_vcpu])]
    fn set_vcpu(domain: Domain, vcpus: CpuMap, switch: VcpuSwitch, affect: AffectOptions);

    /// Pins a virtual CPU to CPUs of the host.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Tunable],
           procedures = [domain_pin_vcpu, domain_pin_vcpu_flags])]
    fn pin_vcpu(domain: Domain, vcpu: u32, cpus: CpuMap, affect: AffectOptions);

    /// Says which CPUs of the host each virtual CPU may run on, in their order.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_vcpu_pin_info])]
    fn vcpu_pins(domain: Domain, affect: AffectOptions) -> Vec<CpuMap>;

    /// Pins what the hypervisor does beside virtual CPUs to CPUs of the host.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Tunable], procedures = [domain_pin_emulator])]
    fn pin_emulator(domain: Domain, cpus: CpuMap, affect: AffectOptions);

    /// Says which CPUs of the host the rest of the hypervisor may run on.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_emulator_pin_info])]
    fn emulator_pin(domain: Domain, affect: AffectOptions) -> CpuMap;

    /// Asks the guest agent which virtual CPUs the guest's kernel uses.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_get_guest_vcpus])]
    fn guest_vcpus(domain: Domain) -> GuestVcpus;

    /// Has the guest's kernel use these virtual CPUs, or not, through its agent.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_set_guest_vcpus])]
    fn set_guest_vcpus(domain: Domain, vcpus: CpuMap, switch: VcpuSwitch);
}

/// What `Domain::vcpu_count` counts.
#[options]
struct VcpuCountOptions {
    /// The most that there can be.
    #[flag(0x4)]
    maximum: bool,
    /// Those that the guest's kernel uses, by its agent.
    #[flag(0x8)]
    guest: bool,
}

/// What `Domain::set_vcpus` sets.
#[options]
struct SetVcpusOptions {
    /// The most that there can be; in the definition only.
    #[flag(0x4)]
    maximum: bool,
    /// Those that the guest's kernel uses, by its agent; none is plugged.
    #[flag(0x8)]
    guest: bool,
    /// Those added can be unplugged later.
    #[flag(0x10)]
    hotpluggable: bool,
}

/// Whether virtual CPUs shall be there.
enum VcpuSwitch {
    /// They shall not.
    #[default]
    Off = 0,
    /// They shall.
    On = 1,
}

/// What a virtual CPU does.
#[info]
struct VcpuInfo {
    /// Its number.
    number: u32,
    /// What it is doing.
    state: VcpuState,
    /// Host CPU time that it has used, in nanoseconds.
    cpu_time_ns: u64,
    /// The host CPU that it is on; absent when it is on none, or that is not known.
    cpu: Option<u32>,
    /// The host CPUs that it may run on.
    affinity: CpuMap,
}

/// The virtual CPUs as the guest's kernel sees them.
#[info]
struct GuestVcpus {
    /// All that it sees.
    #[param("vcpus", string)]
    vcpus: CpuMap,
    /// Those that it uses.
    #[param("online", string)]
    online: CpuMap,
    /// Those that it can stop using.
    #[param("offlinable", string)]
    offlinable: CpuMap,
}
