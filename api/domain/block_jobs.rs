//! Work on disks of a running domain: copying, merging and resizing them, and looking into them.
//!
//! A disk is named by its target, such as `vda`, or by the path of its source. Backing images are named by their
//! path, or by their place in the chain, as in `vda[1]`.

/// Begins, watches and ends jobs on disks.
#[family(accessor = block_jobs)]
trait DomainBlockJobOps {
    /// Begins to copy what a disk's backing images hold into the disk, down to the base if one is given.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, ResourceBusy, OperationUnsupported],
           emits = [BlockJob], procedures = [domain_block_pull, domain_block_rebase])]
    fn block_pull(domain: Domain, disk: String, options: BlockPullOptions);

    /// Begins to copy a disk to a destination, described in XML, and then to keep both equal.
    ///
    /// Once it is ready, `Domain::abort_block_job` ends it, on the old disk or on the new one.
    #[call(access = write, emits = [BlockJob], procedures = [domain_block_copy],
           raises = [NotFound, InvalidState, DeviceMissing, ResourceBusy, XmlSyntax, XmlInvalid, System])]
    fn block_copy(domain: Domain, disk: String, destination_xml: String, options: BlockCopyOptions);

    /// Begins to merge images of a disk's chain into one below them.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, ResourceBusy, OperationUnsupported],
           emits = [BlockJob], procedures = [domain_block_commit])]
    fn block_commit(domain: Domain, disk: String, options: BlockCommitOptions);

    /// Says how far the job on a disk is; none if no job runs on it.
    #[call(access = read, raises = [NotFound, InvalidState, DeviceMissing], procedures = [domain_get_block_job_info])]
    fn block_job_info(domain: Domain, disk: String) -> Option<BlockJobInfo>;

    /// Sets how fast the job on a disk may go; 0 for no limit.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing],
           procedures = [domain_block_job_set_speed])]
    fn set_block_job_speed(domain: Domain, disk: String, bandwidth_bytes_per_s: u64);

    /// Ends the job on a disk: gives it up, or moves the domain over to its result.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, BlockCopyActive], emits = [BlockJob],
           procedures = [domain_block_job_abort])]
    fn abort_block_job(domain: Domain, disk: String, options: AbortBlockJobOptions);

    /// Changes the size of a disk of a running domain.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, Overflow],
           procedures = [domain_block_resize])]
    fn block_resize(domain: Domain, disk: String, size_bytes: u64, options: BlockResizeOptions);

    /// Reads from a disk, past the guest.
    #[call(access = secret, raises = [NotFound, DeviceMissing, System], procedures = [domain_block_peek])]
    fn block_peek(domain: Domain, disk: String, offset_bytes: u64, size_bytes: u32) -> Vec<u8>;
}

/// How `Domain::block_pull` copies.
#[options]
struct BlockPullOptions {
    /// The image that stays below the disk; absent, none does.
    base: Option<String>,
    /// How fast it may go, in bytes a second; 0 for no limit.
    bandwidth_bytes_per_s: u64,
    /// Writes a relative path of the base into the disk, as it was before.
    #[flag(0x10)]
    relative: bool,
}

/// How `Domain::block_copy` copies.
#[options]
struct BlockCopyOptions {
    /// Copies the top image only; the destination has the same backing image.
    #[flag(0x1)]
    shallow: bool,
    /// Writes into a destination that is there already.
    #[flag(0x2)]
    reuse_external: bool,
    /// Allows it although the domain would not find its disk again if its host failed meanwhile.
    #[flag(0x4)]
    transient_job: bool,
    /// Holds the guest's writes until both sides have them.
    #[flag(0x8)]
    synchronous_writes: bool,
    /// How fast it may go, in bytes a second; absent or 0 for no limit.
    #[param("bandwidth", ullong)]
    bandwidth_bytes_per_s: Option<u64>,
    /// In what units it remembers changes, in bytes, a power of two; absent, the hypervisor's choice.
    #[param("granularity", uint)]
    granularity_bytes: Option<u32>,
    /// How much it may have under way, in bytes; absent, the hypervisor's choice.
    #[param("buf-size", ullong)]
    buffer_bytes: Option<u64>,
}

/// How `Domain::block_commit` merges.
#[options]
struct BlockCommitOptions {
    /// The image that is merged into; absent, the lowest.
    base: Option<String>,
    /// The uppermost image that is merged; absent, the disk itself.
    top: Option<String>,
    /// How fast it may go, in bytes a second; 0 for no limit.
    bandwidth_bytes_per_s: u64,
    /// Merges into the image just below the uppermost, where no base is given.
    #[flag(0x1)]
    shallow: bool,
    /// Deletes the files of images that are merged.
    #[flag(0x2)]
    delete: bool,
    /// Allows the disk itself to be merged, which the guest writes to meanwhile.
    #[flag(0x4)]
    active: bool,
    /// Writes relative paths into the images, as they were before.
    #[flag(0x8)]
    relative: bool,
}

/// How `Domain::abort_block_job` ends a job.
#[options]
struct AbortBlockJobOptions {
    /// Does not wait until it has ended.
    #[flag(0x1)]
    no_wait: bool,
    /// Moves the domain over to what the job has made; the job must be ready.
    #[flag(0x2)]
    pivot: bool,
}

/// How `Domain::block_resize` resizes.
#[options]
struct BlockResizeOptions {
    /// To the size of the block device below; no size is given then.
    #[flag(0x2)]
    to_capacity: bool,
}

/// How far a job on a disk is. It is done, or ready, when `current` is `end`.
#[info]
struct BlockJobInfo {
    /// Which job.
    kind: BlockJobKind,
    /// How fast it may go, in bytes a second; 0 for no limit.
    bandwidth_bytes_per_s: u64,
    /// How far it is, in units of its own.
    current: u64,
    /// Where its end is; both are 0 while that is not known.
    end: u64,
}

/// Which job runs on a disk. The numbers are those of the event's `BlockJobType`.
enum BlockJobKind {
    /// The peer does not say.
    #[default]
    Unknown = 0,
    /// Copies from the backing images into the disk.
    Pull = 1,
    /// Copies the disk and keeps both equal.
    Copy = 2,
    /// Merges images below the disk.
    Commit = 3,
    /// Merges the disk itself into an image below it.
    ActiveCommit = 4,
    /// Copies the disk as it was, as a backup.
    Backup = 5,
}
