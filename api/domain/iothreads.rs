//! The threads that a hypervisor gives disk I/O of a domain.

/// Adds, removes, pins and tunes I/O threads.
#[family(accessor = iothreads)]
trait DomainIothreadOps {
    /// Describes each I/O thread.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_iothread_info])]
    fn iothreads(domain: Domain, affect: AffectOptions) -> Vec<IothreadInfo>;

    /// Pins an I/O thread to CPUs of the host.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Tunable], procedures = [domain_pin_iothread])]
    fn pin_iothread(domain: Domain, iothread: u32, cpus: CpuMap, affect: AffectOptions);

    /// Adds an I/O thread of that id.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_add_iothread])]
    fn add_iothread(domain: Domain, iothread: u32, affect: AffectOptions);

    /// Removes an I/O thread that no disk uses.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_del_iothread])]
    fn delete_iothread(domain: Domain, iothread: u32, affect: AffectOptions);

    /// Sets how an I/O thread waits for work. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_set_iothread_params])]
    fn set_iothread_parameters(
        domain: Domain,
        iothread: u32,
        parameters: IothreadParameters,
        affect: AffectOptions,
    );
}

/// What an I/O thread is.
#[info]
struct IothreadInfo {
    /// Its id, from 1.
    id: u32,
    /// The host CPUs that it may run on.
    affinity: CpuMap,
}

/// How an I/O thread waits for work.
#[info]
struct IothreadParameters {
    /// How long it looks for work at most before it sleeps, in nanoseconds.
    #[param("poll_max_ns", ullong)]
    poll_max_ns: Option<u64>,
    /// By how much it looks longer when that paid; 0 leaves it to the hypervisor.
    #[param("poll_grow", ullong)]
    poll_grow: Option<u64>,
    /// By how much it looks shorter when that did not pay; 0 leaves it to the hypervisor.
    #[param("poll_shrink", ullong)]
    poll_shrink: Option<u64>,
    /// How many worker threads it keeps at least; -1 leaves it to the hypervisor.
    #[param("thread_pool_min", int)]
    thread_pool_min: Option<i32>,
    /// How many worker threads it has at most; -1 leaves it to the hypervisor.
    #[param("thread_pool_max", int)]
    thread_pool_max: Option<i32>,
}
