//! How a domain moves to another host.

/// How a domain moves to another host. All phases of a migration get the same.
#[options]
struct MigrationOptions {
    /// Lets the guest run while its memory is moved.
    #[flag(0x1)]
    live: bool,
    /// The source talks to the destination by itself.
    #[flag(0x2)]
    peer_to_peer: bool,
    /// Everything goes through that connection; with `peer_to_peer` only.
    #[flag(0x4)]
    tunnelled: bool,
    /// Defines the domain at the destination.
    #[flag(0x8)]
    persist_destination: bool,
    /// Undefines the domain at the source.
    #[flag(0x10)]
    undefine_source: bool,
    /// Leaves the domain paused at the destination.
    #[flag(0x20)]
    paused: bool,
    /// Copies disks that both hosts do not share.
    #[flag(0x40)]
    copy_storage_all: bool,
    /// Copies the top images only of disks that both hosts do not share.
    #[flag(0x80)]
    copy_storage_incremental: bool,
    /// Refuses changes to the domain until the migration has ended.
    #[flag(0x100)]
    change_protection: bool,
    /// Does it even if the guest's data could be damaged.
    #[flag(0x200)]
    allow_unsafe: bool,
    /// Moves the definition of a domain that does not run.
    #[flag(0x400)]
    offline: bool,
    /// Compresses what is sent.
    #[flag(0x800)]
    compressed: bool,
    /// Gives up when a disk fails meanwhile.
    #[flag(0x1000)]
    abort_on_error: bool,
    /// Slows the guest down until its memory can be moved faster than it changes.
    #[flag(0x2000)]
    auto_converge: bool,
    /// Keeps all memory in place for RDMA.
    #[flag(0x4000)]
    rdma_pin_all: bool,
    /// Allows the guest to move before its memory.
    #[flag(0x8000)]
    post_copy: bool,
    /// Encrypts what is sent.
    #[flag(0x10000)]
    tls: bool,
    /// Uses several connections.
    #[flag(0x20000)]
    parallel: bool,
    /// Holds the guest's writes to copied disks until both hosts have them.
    #[flag(0x40000)]
    synchronous_writes: bool,
    /// Goes on with a migration that was cut off after the guest had moved.
    #[flag(0x80000)]
    post_copy_resume: bool,
    /// Sends memory without copying it first; with `parallel` only.
    #[flag(0x100000)]
    zero_copy: bool,
    /// Where the destination's hypervisor shall listen; absent, the driver chooses.
    #[param("migrate_uri", string)]
    hypervisor_uri: Option<String>,
    /// The domain's name at the destination; absent, as it is.
    #[param("destination_name", string)]
    destination_name: Option<String>,
    /// The domain's XML at the destination, different in what the guest cannot see; absent, as it is.
    #[param("destination_xml", string)]
    destination_xml: Option<String>,
    /// The definition at the destination; absent, as it is.
    #[param("persistent_xml", string)]
    persistent_xml: Option<String>,
    /// How fast it may go, in MiB a second; absent or 0 for the driver's limit.
    #[param("bandwidth", ullong)]
    bandwidth_mib_per_s: Option<u64>,
    /// How fast memory may be fetched after the guest has moved, in MiB a second; absent for no limit.
    #[param("bandwidth.postcopy", ullong)]
    post_copy_bandwidth_mib_per_s: Option<u64>,
    /// How fast the last step can count on going, in MiB a second; absent, it is measured.
    #[param("bandwidth.avail.switchover", ullong)]
    switchover_bandwidth_mib_per_s: Option<u64>,
    /// Where clients of the graphical console find it afterwards; absent, as it is.
    #[param("graphics_uri", string)]
    graphics_uri: Option<String>,
    /// On which of its addresses the destination listens; absent, the driver chooses.
    #[param("listen_address", string)]
    listen_address: Option<String>,
    /// The targets of the disks to copy; empty, all that are not shared or read-only.
    #[param("migrate_disks", string)]
    disks: Vec<String>,
    /// The targets of the disks of which blocks of zeroes are not sent.
    #[param("migrate_disks_detect_zeroes", string)]
    disks_detect_zeroes: Vec<String>,
    /// The port on which the destination takes disks; absent or 0, the driver chooses.
    #[param("disks_port", int)]
    disks_port: Option<i32>,
    /// Where the destination takes disks; absent, the driver chooses.
    #[param("disks_uri", string)]
    disks_uri: Option<String>,
    /// How it is compressed: `xbzrle`, `mt`, `zlib`, `zstd`; empty, the driver chooses.
    #[param("compression", string)]
    compression: Vec<String>,
    /// `mt`: how hard it tries, from 0 to 9.
    #[param("compression.mt.level", int)]
    compression_mt_level: Option<i32>,
    /// `mt`: how many threads compress.
    #[param("compression.mt.threads", int)]
    compression_mt_threads: Option<i32>,
    /// `mt`: how many threads decompress.
    #[param("compression.mt.dthreads", int)]
    decompression_mt_threads: Option<i32>,
    /// `xbzrle`: how much memory the cache of changed pages may take, in bytes.
    #[param("compression.xbzrle.cache", ullong)]
    compression_xbzrle_cache_bytes: Option<u64>,
    /// `zlib`: how hard it tries, from 0 to 9.
    #[param("compression.zlib.level", int)]
    compression_zlib_level: Option<i32>,
    /// `zstd`: how hard it tries, from 0 to 20.
    #[param("compression.zstd.level", int)]
    compression_zstd_level: Option<i32>,
    /// By how much the guest is slowed down at first, in percent.
    #[param("auto_converge.initial", int)]
    auto_converge_initial_percent: Option<i32>,
    /// By how much more it is slowed down each time, in percent.
    #[param("auto_converge.increment", int)]
    auto_converge_increment_percent: Option<i32>,
    /// How many connections are used.
    #[param("parallel.connections", int)]
    parallel_connections: Option<i32>,
    /// The name that the destination's certificate must have; absent, its host name.
    #[param("tls.destination", string)]
    tls_destination: Option<String>,
}
