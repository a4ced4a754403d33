//! The life of a domain: from its first start to its end.

/// Starts, stops, pauses and resets domains, and asks what they are doing.
#[family(accessor = lifecycle)]
trait DomainLifecycleOps {
    /// Starts a defined domain that is not running.
    ///
    /// A managed save image is restored unless the options say otherwise.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, ConfigUnsupported, HypervisorError],
           emits = [Lifecycle], procedures = [domain_create, domain_create_with_flags])]
    fn start(domain: Domain, options: StartOptions);

    /// Starts a defined domain whose first process inherits file descriptors, numbered from 3 in their order.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, ConfigUnsupported, HypervisorError],
           emits = [Lifecycle], procedures = [domain_create_with_files])]
    fn start_with_files(domain: Domain, files: Vec<OwnedFd>, options: StartOptions);

    /// Asks the guest to shut down. Returns once the request is made; the guest may take its time, or ignore it.
    #[call(access = write, raises = [NotFound, InvalidState, ArgumentUnsupported, AgentUnresponsive, AgentError],
           emits = [Lifecycle], procedures = [domain_shutdown, domain_shutdown_flags])]
    fn shutdown(domain: Domain, options: ShutdownOptions);

    /// Asks the guest to reboot. Returns once the request is made; the guest may take its time, or ignore it.
    #[call(access = write, raises = [NotFound, InvalidState, ArgumentUnsupported, AgentUnresponsive, AgentError],
           emits = [Reboot], procedures = [domain_reboot])]
    fn reboot(domain: Domain, options: RebootOptions);

    /// Resets the domain at once, as its reset button would; the guest is not asked.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Reboot], procedures = [domain_reset])]
    fn reset(domain: Domain);

    /// Stops the virtual CPUs; memory and devices stay as they are.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy], emits = [Lifecycle],
           procedures = [domain_suspend])]
    fn suspend(domain: Domain);

    /// Lets the virtual CPUs of a paused domain run on.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy], emits = [Lifecycle],
           procedures = [domain_resume])]
    fn resume(domain: Domain);

    /// Ends the domain at once, as pulling its plug would; a transient domain is gone afterwards.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy], emits = [Lifecycle],
           procedures = [domain_destroy, domain_destroy_flags])]
    fn destroy(domain: Domain, options: DestroyOptions);

    /// Has the guest go to sleep by itself, through its agent.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           emits = [PmSuspend, PmSuspendDisk, Lifecycle], procedures = [domain_pm_suspend_for_duration])]
    fn pm_suspend(domain: Domain, target: SuspendTarget, options: PmSuspendOptions);

    /// Wakes a guest that sleeps in memory.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [PmWakeup, Lifecycle],
           procedures = [domain_pm_wakeup])]
    fn pm_wakeup(domain: Domain);

    /// Says what the domain is doing, and why.
    #[call(access = read, raises = [NotFound], procedures = [domain_get_state])]
    fn state(domain: Domain) -> DomainStateInfo;

    /// Says in numbers what the domain is and uses.
    #[call(access = read, raises = [NotFound], procedures = [domain_get_info, domain_get_max_memory])]
    fn info(domain: Domain) -> DomainInfo;

    /// Says whether the domain runs, whether it will outlive its run, and whether its definition was changed.
    #[call(access = read, raises = [NotFound],
           procedures = [domain_is_active, domain_is_persistent, domain_is_updated])]
    fn status(domain: Domain) -> DomainStatus;

    /// Says whether the driver's own channel to the hypervisor process is free, in use, or broken.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_control_info])]
    fn control_info(domain: Domain) -> ControlInfo;
}

/// How `Domain::start` starts a domain.
#[options]
struct StartOptions {
    /// Leaves the virtual CPUs stopped.
    #[flag(0x1)]
    paused: bool,
    /// Destroys the domain when the connection that started it closes.
    #[flag(0x2)]
    auto_destroy: bool,
    /// Reads a managed save image past the host's page cache.
    #[flag(0x4)]
    bypass_cache: bool,
    /// Boots afresh: a managed save image is thrown away.
    #[flag(0x8)]
    force_boot: bool,
    /// Makes the domain's firmware variables anew from their template.
    #[flag(0x20)]
    reset_nvram: bool,
}

/// How `Domain::shutdown` asks the guest; with none set the driver chooses.
#[options]
struct ShutdownOptions {
    /// Presses the ACPI power button.
    #[flag(0x1)]
    acpi_power_button: bool,
    /// Asks the guest agent.
    #[flag(0x2)]
    guest_agent: bool,
    /// Writes to the container's initctl pipe.
    #[flag(0x4)]
    initctl: bool,
    /// Sends the container's init a signal.
    #[flag(0x8)]
    signal: bool,
    /// Uses the hypervisor's paravirtual interface.
    #[flag(0x10)]
    paravirt: bool,
}

/// How `Domain::reboot` asks the guest; with none set the driver chooses.
#[options]
struct RebootOptions {
    /// Presses the ACPI power button.
    #[flag(0x1)]
    acpi_power_button: bool,
    /// Asks the guest agent.
    #[flag(0x2)]
    guest_agent: bool,
    /// Writes to the container's initctl pipe.
    #[flag(0x4)]
    initctl: bool,
    /// Sends the container's init a signal.
    #[flag(0x8)]
    signal: bool,
    /// Uses the hypervisor's paravirtual interface.
    #[flag(0x10)]
    paravirt: bool,
}

/// How `Domain::destroy` ends a domain.
#[options]
struct DestroyOptions {
    /// Lets the hypervisor write out what it holds; an error if it has not ended after a while.
    #[flag(0x1)]
    graceful: bool,
    /// Deletes the log files of the run.
    #[flag(0x2)]
    remove_logs: bool,
}

/// How `Domain::pm_suspend` puts the guest to sleep.
#[options]
struct PmSuspendOptions {
    /// Wakes the guest after so many seconds; absent, it sleeps until it is woken.
    wake_after_seconds: Option<u64>,
}

/// What a domain is doing, and why.
#[info]
struct DomainStateInfo {
    /// What it is doing.
    state: DomainState,
    /// Why.
    reason: DomainStateReason,
}

/// What a domain is and uses.
#[info]
struct DomainInfo {
    /// What it is doing.
    state: DomainState,
    /// Most memory that it can have without a restart, in KiB.
    max_memory_kib: u64,
    /// Memory that it has now, in KiB.
    memory_kib: u64,
    /// How many virtual CPUs it has now.
    vcpus: u32,
    /// Host CPU time that it has used, in nanoseconds.
    cpu_time_ns: u64,
}

/// What there is of a domain.
#[info]
struct DomainStatus {
    /// Whether it runs.
    active: bool,
    /// Whether it has a definition that outlives its run.
    persistent: bool,
    /// Whether its definition was changed while it runs, so that the next start differs.
    updated: bool,
}

/// Whether the driver can talk to the hypervisor process of a domain.
#[info]
struct ControlInfo {
    /// How the channel is.
    state: ControlState,
    /// What is wrong with it, when `state` says error.
    error: ControlErrorReason,
    /// Since when it has been so, in milliseconds; 0 when it is free.
    since_ms: u64,
}

/// How the driver's channel to the hypervisor process is.
enum ControlState {
    /// Free.
    #[default]
    Ok = 0,
    /// A job of the domain uses it; it answers.
    Job = 1,
    /// A command waits for its answer.
    Occupied = 2,
    /// It cannot be used any more.
    Error = 3,
}

/// What is wrong with the driver's channel to the hypervisor process.
enum ControlErrorReason {
    /// Nothing.
    #[default]
    None = 0,
    /// Not known.
    Unknown = 1,
    /// The channel is broken.
    Monitor = 2,
    /// The driver lost track of the domain's state.
    Internal = 3,
}
