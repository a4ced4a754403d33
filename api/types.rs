//! Types that several families use.

/// Which side of a domain a call reads or changes.
///
/// With neither set it is what the domain is now: the running domain if it runs, else its definition.
#[options]
struct AffectOptions {
    /// The running domain; an error if it does not run.
    #[flag(0x1)]
    live: bool,
    /// The definition, which the next start uses; an error if the domain is transient.
    #[flag(0x2)]
    config: bool,
}

/// What a domain is doing.
enum DomainState {
    /// No state is known.
    #[default]
    NoState = 0,
    /// It runs, or is ready to.
    Running = 1,
    /// It waits for a resource.
    Blocked = 2,
    /// Its virtual CPUs are stopped.
    Paused = 3,
    /// It is being shut down.
    Shutdown = 4,
    /// It does not run.
    Shutoff = 5,
    /// It has crashed.
    Crashed = 6,
    /// The guest sleeps in memory.
    PmSuspended = 7,
}

/// What a virtual CPU is doing.
enum VcpuState {
    /// It is not there for the guest.
    #[default]
    Offline = 0,
    /// It runs.
    Running = 1,
    /// It waits for a resource.
    Blocked = 2,
}

/// How sleep is entered: by a guest or by the host.
enum SuspendTarget {
    /// Memory stays powered.
    #[default]
    Memory = 0,
    /// Memory is written to disk and the power goes off.
    Disk = 1,
    /// Memory is written to disk too, and stays powered.
    Hybrid = 2,
}

/// An IP address with its network.
#[info]
struct IpAddress {
    /// Which version of IP.
    #[param("type", string)]
    family: IpFamily,
    /// The address in text.
    #[param("addr", string)]
    address: String,
    /// How many leading bits name the network.
    #[param("prefix", uint)]
    prefix_bits: u32,
}

/// The version of IP of an address.
enum IpFamily {
    /// Version 4.
    #[default]
    Ipv4 = 0,
    /// Version 6.
    Ipv6 = 1,
}

/// A version number in libvirt's three parts.
#[info]
struct Version {
    /// The first part.
    major: u32,
    /// The second part.
    minor: u32,
    /// The third part.
    release: u32,
}

/// Which domains are meant.
///
/// The flags stand in groups: running or not, persistent or not, by state, and so on. A domain must have one of
/// the properties that are set of each group; a group with none set lets all through.
#[options]
struct DomainFilter {
    /// Those that run.
    #[flag(0x1)]
    active: bool,
    /// Those that do not run.
    #[flag(0x2)]
    inactive: bool,
    /// Those that have a definition.
    #[flag(0x4)]
    persistent: bool,
    /// Those that are gone when their run ends.
    #[flag(0x8)]
    transient: bool,
    /// Those in state running.
    #[flag(0x10)]
    running: bool,
    /// Those in state paused.
    #[flag(0x20)]
    paused: bool,
    /// Those in state shutoff.
    #[flag(0x40)]
    shutoff: bool,
    /// Those in any other state.
    #[flag(0x80)]
    other: bool,
    /// Those with a managed save image.
    #[flag(0x100)]
    managed_save: bool,
    /// Those without a managed save image.
    #[flag(0x200)]
    no_managed_save: bool,
    /// Those that start with the host.
    #[flag(0x400)]
    autostart: bool,
    /// Those that do not start with the host.
    #[flag(0x800)]
    no_autostart: bool,
    /// Those that have snapshots.
    #[flag(0x1000)]
    has_snapshot: bool,
    /// Those that have no snapshots.
    #[flag(0x2000)]
    no_snapshot: bool,
    /// Those that have checkpoints.
    #[flag(0x4000)]
    has_checkpoint: bool,
    /// Those that have no checkpoints.
    #[flag(0x8000)]
    no_checkpoint: bool,
}

/// Whether lists of trees hold whole trees or their roots only.
#[options]
struct RootsOptions {
    /// Only what has no parent.
    #[flag(0x1)]
    roots_only: bool,
}

/// Whether lists of what is below something hold all that is below or its own children only.
#[options]
struct DescendantsOptions {
    /// The children's children too, and so on.
    #[flag(0x1)]
    descendants: bool,
}

/// What of a tree is deleted.
#[options]
struct TreeDeleteOptions {
    /// All that is below it too.
    #[flag(0x1)]
    children: bool,
    /// Only what is known of it; disk images stay as they are.
    #[flag(0x2)]
    metadata_only: bool,
    /// All that is below it, but not itself.
    #[flag(0x4)]
    children_only: bool,
}

/// How long to wait for the guest agent's answer.
#[options]
struct AgentTimeout {
    /// So many seconds; absent, as `wait` says.
    seconds: Option<u32>,
    /// What to do where no number of seconds is given.
    wait: AgentWait,
}

/// How long to wait for the guest agent where no number of seconds is given.
enum AgentWait {
    /// As the driver is set up.
    #[default]
    Default = -1,
    /// As long as it takes.
    Forever = -2,
    /// Not at all.
    NoWait = 0,
}

/// Which emulator a question is about; what is absent is chosen by the driver.
#[options]
struct EmulatorChoice {
    /// The path of the emulator.
    emulator: Option<String>,
    /// The CPU architecture, such as `x86_64`.
    arch: Option<String>,
    /// The machine type, such as `q35`.
    machine: Option<String>,
    /// The domain type, such as `kvm`.
    domain_type: Option<String>,
}

/// What the host's memory statistics and the guest's balloon say of a domain's memory. What is not known is absent.
#[info]
struct MemoryStats {
    /// Memory that the guest has now, in KiB.
    #[param("balloon.current", ullong)]
    current_kib: Option<u64>,
    /// Most memory that it can have without a restart, in KiB.
    #[param("balloon.maximum", ullong)]
    maximum_kib: Option<u64>,
    /// What the guest has read from swap, in KiB.
    #[param("balloon.swap_in", ullong)]
    swap_in_kib: Option<u64>,
    /// What the guest has written to swap, in KiB.
    #[param("balloon.swap_out", ullong)]
    swap_out_kib: Option<u64>,
    /// How often the guest waited for a page from disk.
    #[param("balloon.major_fault", ullong)]
    major_faults: Option<u64>,
    /// How often the guest found a missing page without reading from disk.
    #[param("balloon.minor_fault", ullong)]
    minor_faults: Option<u64>,
    /// Memory that the guest's kernel makes no use of, in KiB.
    #[param("balloon.unused", ullong)]
    unused_kib: Option<u64>,
    /// Memory that the guest's kernel sees, in KiB.
    #[param("balloon.available", ullong)]
    available_kib: Option<u64>,
    /// Host memory that the hypervisor process holds, in KiB.
    #[param("balloon.rss", ullong)]
    rss_kib: Option<u64>,
    /// Memory that the guest could give away without swapping, in KiB.
    #[param("balloon.usable", ullong)]
    usable_kib: Option<u64>,
    /// When the guest last told these numbers, in seconds since 1970.
    #[param("balloon.last-update", ullong)]
    last_update_unix_s: Option<u64>,
    /// Memory with contents of disks that the guest could drop, in KiB.
    #[param("balloon.disk_caches", ullong)]
    disk_caches_kib: Option<u64>,
    /// How many huge pages the guest got.
    #[param("balloon.hugetlb_pgalloc", ullong)]
    huge_pages_allocated: Option<u64>,
    /// How many huge pages the guest could not get.
    #[param("balloon.hugetlb_pgfail", ullong)]
    huge_pages_failed: Option<u64>,
}

/// What went through a network interface of a domain, as the host counts: the guest's sending is received here.
#[info]
struct InterfaceStats {
    /// The host's name of the interface.
    #[param("name", string)]
    name: String,
    /// Received, in bytes.
    #[param("rx.bytes", ullong)]
    rx_bytes: Option<u64>,
    /// Packets received.
    #[param("rx.pkts", ullong)]
    rx_packets: Option<u64>,
    /// Packets lost to errors on receipt.
    #[param("rx.errs", ullong)]
    rx_errors: Option<u64>,
    /// Packets dropped on receipt.
    #[param("rx.drop", ullong)]
    rx_dropped: Option<u64>,
    /// Sent, in bytes.
    #[param("tx.bytes", ullong)]
    tx_bytes: Option<u64>,
    /// Packets sent.
    #[param("tx.pkts", ullong)]
    tx_packets: Option<u64>,
    /// Packets lost to errors on sending.
    #[param("tx.errs", ullong)]
    tx_errors: Option<u64>,
    /// Packets dropped on sending.
    #[param("tx.drop", ullong)]
    tx_dropped: Option<u64>,
}

/// What went through a disk of a domain. What is not known is absent.
#[info]
struct BlockStats {
    /// The disk's target, such as `vda`; empty for all disks together.
    #[param("name", string)]
    name: String,
    /// The place of a backing image in the chain; absent for the disk itself.
    #[param("backingIndex", uint)]
    backing_index: Option<u32>,
    /// The path of the source, if it has one.
    #[param("path", string)]
    path: Option<String>,
    /// Read requests.
    #[param("rd.reqs", ullong)]
    read_requests: Option<u64>,
    /// Read, in bytes.
    #[param("rd.bytes", ullong)]
    read_bytes: Option<u64>,
    /// Time that reads took, in nanoseconds.
    #[param("rd.times", ullong)]
    read_time_ns: Option<u64>,
    /// Write requests.
    #[param("wr.reqs", ullong)]
    write_requests: Option<u64>,
    /// Written, in bytes.
    #[param("wr.bytes", ullong)]
    write_bytes: Option<u64>,
    /// Time that writes took, in nanoseconds.
    #[param("wr.times", ullong)]
    write_time_ns: Option<u64>,
    /// Requests to write caches out.
    #[param("fl.reqs", ullong)]
    flush_requests: Option<u64>,
    /// Time that writing caches out took, in nanoseconds.
    #[param("fl.times", ullong)]
    flush_time_ns: Option<u64>,
    /// Errors. Xen tells them.
    #[param("errors", ullong)]
    errors: Option<u64>,
    /// The highest offset that was written, in bytes.
    #[param("allocation", ullong)]
    allocation_bytes: Option<u64>,
    /// The size that the guest sees, in bytes.
    #[param("capacity", ullong)]
    capacity_bytes: Option<u64>,
    /// The size of what holds it on the host, in bytes.
    #[param("physical", ullong)]
    physical_bytes: Option<u64>,
    /// The threshold set with `Domain::set_block_threshold`, in bytes; absent, none is set or it was passed.
    #[param("threshold", ullong)]
    threshold_bytes: Option<u64>,
}

/// A network interface as its guest or a DHCP server sees it.
#[info]
struct GuestInterface {
    /// Its name: the guest's own where the guest was asked, else the host's.
    #[param("name", string)]
    name: String,
    /// Its MAC address, if it has one.
    #[param("hwaddr", string)]
    mac: Option<String>,
    /// Its addresses.
    #[param("addr", list)]
    addresses: Vec<IpAddress>,
}
