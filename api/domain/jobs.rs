//! Jobs: what takes long on a domain.

/// Watches and aborts the job of a domain.
#[family(accessor = jobs)]
trait DomainJobOps {
    /// Says how far the running job is, or how the last one went.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_job_stats, domain_get_job_info])]
    fn job_info(domain: Domain, options: JobInfoOptions) -> JobInfo;

    /// Asks the running job to stop. The call that began it fails once everything is put back.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_abort_job, domain_abort_job_flags])]
    fn abort_job(domain: Domain, options: AbortJobOptions);
}

/// What `Domain::job_info` tells about.
#[options]
struct JobInfoOptions {
    /// The last job that ended, not the running one.
    #[flag(0x1)]
    completed: bool,
    /// With `completed`: can be asked again; without, libvirt forgets what it has told.
    #[flag(0x2)]
    keep_completed: bool,
}

/// What `Domain::abort_job` stops.
#[options]
struct AbortJobOptions {
    /// A migration whose guest runs on the other host already: it is left paused, to be resumed later.
    #[flag(0x1)]
    post_copy: bool,
}

/// What a job does.
enum JobOperation {
    /// The peer does not say.
    #[default]
    Unknown = 0,
    /// Starts the domain.
    Start = 1,
    /// Saves it to a file.
    Save = 2,
    /// Restores it from a file.
    Restore = 3,
    /// Takes it from another host.
    MigrationIn = 4,
    /// Moves it to another host.
    MigrationOut = 5,
    /// Takes a snapshot.
    Snapshot = 6,
    /// Reverts to a snapshot.
    SnapshotRevert = 7,
    /// Dumps its memory.
    Dump = 8,
    /// Backs up its disks.
    Backup = 9,
    /// Deletes a snapshot.
    SnapshotDelete = 10,
}

/// Whether there is a job, and what is known of its end.
enum JobStatus {
    /// There is none.
    #[default]
    None = 0,
    /// One runs, and knows how much is left to do.
    Bounded = 1,
    /// One runs, and does not know how much is left to do.
    Unbounded = 2,
    /// It has ended well.
    Completed = 3,
    /// It has failed.
    Failed = 4,
    /// It was aborted.
    Cancelled = 5,
}

/// How far a job is. What the job has no notion of is absent.
#[info]
struct JobInfo {
    /// Whether there is a job.
    status: JobStatus,
    /// What it does.
    #[param("operation", int)]
    operation: JobOperation,
    /// How long it has run, in milliseconds.
    #[param("time_elapsed", ullong)]
    time_elapsed_ms: Option<u64>,
    /// How long it has run without what went on between the two hosts, in milliseconds.
    #[param("time_elapsed_net", ullong)]
    time_elapsed_net_ms: Option<u64>,
    /// How long it still takes as far as can be told, in milliseconds.
    #[param("time_remaining", ullong)]
    time_remaining_ms: Option<u64>,
    /// How long the guest stands still for it, in milliseconds: an estimate while it runs.
    #[param("downtime", ullong)]
    downtime_ms: Option<u64>,
    /// The same without what went on between the two hosts, in milliseconds.
    #[param("downtime_net", ullong)]
    downtime_net_ms: Option<u64>,
    /// How long the preparations took, in milliseconds.
    #[param("setup_time", ullong)]
    setup_time_ms: Option<u64>,
    /// How much there is to do, in bytes.
    #[param("data_total", ullong)]
    data_total_bytes: Option<u64>,
    /// How much of it is done, in bytes.
    #[param("data_processed", ullong)]
    data_processed_bytes: Option<u64>,
    /// How much of it is left, in bytes.
    #[param("data_remaining", ullong)]
    data_remaining_bytes: Option<u64>,
    /// How much memory there is to move, in bytes.
    #[param("memory_total", ullong)]
    memory_total_bytes: Option<u64>,
    /// How much memory was moved, in bytes; a page that was moved twice counts twice.
    #[param("memory_processed", ullong)]
    memory_processed_bytes: Option<u64>,
    /// How much memory is left to move, in bytes.
    #[param("memory_remaining", ullong)]
    memory_remaining_bytes: Option<u64>,
    /// Pages that were told in short, because all their bytes are equal.
    #[param("memory_constant", ullong)]
    memory_constant_pages: Option<u64>,
    /// Pages that were moved as they are.
    #[param("memory_normal", ullong)]
    memory_normal_pages: Option<u64>,
    /// Memory that was moved as it is, in bytes.
    #[param("memory_normal_bytes", ullong)]
    memory_normal_bytes: Option<u64>,
    /// How fast memory is moved, in bytes a second.
    #[param("memory_bps", ullong)]
    memory_bytes_per_s: Option<u64>,
    /// How fast the guest changes its memory, in pages a second.
    #[param("memory_dirty_rate", ullong)]
    memory_dirty_pages_per_s: Option<u64>,
    /// The size of a page, in bytes.
    #[param("memory_page_size", ullong)]
    memory_page_bytes: Option<u64>,
    /// Which round of copying memory this is.
    #[param("memory_iteration", ullong)]
    memory_iteration: Option<u64>,
    /// Pages that the moved guest had to ask the old host for.
    #[param("memory_postcopy_requests", ullong)]
    memory_postcopy_requests: Option<u64>,
    /// How much of the disks there is to move, in bytes.
    #[param("disk_total", ullong)]
    disk_total_bytes: Option<u64>,
    /// How much of the disks was moved, in bytes.
    #[param("disk_processed", ullong)]
    disk_processed_bytes: Option<u64>,
    /// How much of the disks is left to move, in bytes.
    #[param("disk_remaining", ullong)]
    disk_remaining_bytes: Option<u64>,
    /// How fast the disks are moved, in bytes a second.
    #[param("disk_bps", ullong)]
    disk_bytes_per_s: Option<u64>,
    /// The size of the cache of changed pages, in bytes.
    #[param("compression_cache", ullong)]
    compression_cache_bytes: Option<u64>,
    /// Compressed memory that was moved, in bytes.
    #[param("compression_bytes", ullong)]
    compression_bytes: Option<u64>,
    /// Pages that were compressed.
    #[param("compression_pages", ullong)]
    compression_pages: Option<u64>,
    /// Pages that were not in the cache.
    #[param("compression_cache_misses", ullong)]
    compression_cache_misses: Option<u64>,
    /// Pages that compression would have made larger.
    #[param("compression_overflow", ullong)]
    compression_overflow: Option<u64>,
    /// How far the guest's CPUs are slowed down to let it converge, in percent.
    #[param("auto_converge_throttle", int)]
    auto_converge_throttle_percent: Option<i32>,
    /// What was moved of devices that are passed through, in bytes.
    #[param("vfio_data_transferred", ullong)]
    vfio_data_transferred_bytes: Option<u64>,
    /// How much scratch space a backup uses, in bytes.
    #[param("disk_temp_used", ullong)]
    disk_temp_used_bytes: Option<u64>,
    /// How much scratch space a backup may use, in bytes.
    #[param("disk_temp_total", ullong)]
    disk_temp_total_bytes: Option<u64>,
    /// Whether the job that has ended went well.
    #[param("success", boolean)]
    success: Option<bool>,
    /// What was wrong with the job that has failed.
    #[param("errmsg", string)]
    error_message: Option<String>,
}
