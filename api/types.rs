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
    family: IpFamily,
    /// The address in text.
    address: String,
    /// How many leading bits name the network.
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
