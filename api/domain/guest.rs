//! What the agent in a guest knows and does.
//!
//! These calls need the guest's cooperation. They say `AgentUnresponsive` where it does not answer in time.

/// Asks and directs the guest agent.
#[family(accessor = guest)]
trait DomainGuestOps {
    /// Describes the guest: users, system, file systems, disks, interfaces ….
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_get_guest_info])]
    fn guest_info(domain: Domain, groups: GuestInfoGroups) -> GuestInfo;

    /// Says the guest's host name.
    #[call(access = read, raises = [NotFound, InvalidState, NoHostname, AgentUnresponsive, AgentError],
           procedures = [domain_get_hostname])]
    fn hostname(domain: Domain, options: HostnameOptions) -> String;

    /// Says what time it is in the guest.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_get_time])]
    fn time(domain: Domain) -> Timestamp;

    /// Sets the guest's time; where none is given, from the clock that the domain's hardware has.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError], emits = [RtcChange],
           procedures = [domain_set_time])]
    fn set_time(domain: Domain, time: Option<Timestamp>);

    /// Lists the guest's mounted file systems.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_get_fsinfo])]
    fn fs_info(domain: Domain) -> Vec<GuestFilesystem>;

    /// Freezes file systems, where none is named all, so that their disks can be copied. Says how many are frozen.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_fsfreeze])]
    fn fs_freeze(domain: Domain, mountpoints: Vec<String>) -> u32;

    /// Thaws frozen file systems, where none is named all. Says how many were thawed.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_fsthaw])]
    fn fs_thaw(domain: Domain, mountpoints: Vec<String>) -> u32;

    /// Gives unused blocks of file systems back to the host; runs of free blocks shorter than the minimum are left.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_fstrim])]
    fn fs_trim(domain: Domain, mountpoint: Option<String>, minimum_bytes: u64);

    /// Sets the password of a user of the guest.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_set_user_password])]
    fn set_user_password(domain: Domain, user: String, password: String, options: UserPasswordOptions);

    /// Lists the SSH keys with which a user of the guest can log in.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_authorized_ssh_keys_get])]
    fn user_ssh_keys(domain: Domain, user: String) -> Vec<String>;

    /// Sets the SSH keys with which a user of the guest can log in.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError],
           procedures = [domain_authorized_ssh_keys_set])]
    fn set_user_ssh_keys(domain: Domain, user: String, keys: Vec<String>, options: UserSshKeysOptions);

    /// Sets how long calls wait for the guest agent of this domain, until it is set anew.
    #[call(access = write, raises = [NotFound], procedures = [domain_agent_set_response_timeout])]
    fn set_agent_timeout(domain: Domain, timeout: AgentTimeout);
}

/// What `Domain::guest_info` describes; with none set, all that the agent knows.
#[options]
struct GuestInfoGroups {
    /// Who is logged in.
    #[flag(0x1)]
    users: bool,
    /// The operating system.
    #[flag(0x2)]
    os: bool,
    /// The time zone.
    #[flag(0x4)]
    timezone: bool,
    /// The host name.
    #[flag(0x8)]
    hostname: bool,
    /// The file systems.
    #[flag(0x10)]
    filesystems: bool,
    /// The disks.
    #[flag(0x20)]
    disks: bool,
    /// The network interfaces.
    #[flag(0x40)]
    interfaces: bool,
    /// The load.
    #[flag(0x80)]
    load: bool,
}

/// Whom `Domain::hostname` asks; with none set the driver chooses.
#[options]
struct HostnameOptions {
    /// The DHCP server of the virtual network.
    #[flag(0x1)]
    lease: bool,
    /// The guest agent.
    #[flag(0x2)]
    agent: bool,
}

/// What `Domain::set_user_password` is given.
#[options]
struct UserPasswordOptions {
    /// The password is encrypted as the guest keeps it.
    #[flag(0x1)]
    encrypted: bool,
}

/// What `Domain::set_user_ssh_keys` does with the keys; with none set they replace all others.
#[options]
struct UserSshKeysOptions {
    /// Adds them.
    #[flag(0x1)]
    append: bool,
    /// Removes them.
    #[flag(0x2)]
    remove: bool,
}

/// What a guest is. What was not asked for, or the agent does not know, is absent or empty.
#[info]
struct GuestInfo {
    /// Who is logged in.
    #[param("user", list)]
    users: Vec<GuestUser>,
    /// The operating system.
    os: Option<GuestOs>,
    /// The name of the time zone.
    #[param("timezone.name", string)]
    timezone: Option<String>,
    /// How far the guest's time is ahead of UTC, in seconds.
    #[param("timezone.offset", int)]
    timezone_offset_seconds: Option<i32>,
    /// The host name.
    #[param("hostname", string)]
    hostname: Option<String>,
    /// The mounted file systems.
    #[param("fs", list)]
    filesystems: Vec<GuestFilesystem>,
    /// The disks.
    #[param("disk", list)]
    disks: Vec<GuestDisk>,
    /// The network interfaces.
    #[param("if", list)]
    interfaces: Vec<GuestInterface>,
    /// The load, averaged over one minute.
    #[param("load.1m", double)]
    load_1m: Option<f64>,
    /// The load, averaged over five minutes.
    #[param("load.5m", double)]
    load_5m: Option<f64>,
    /// The load, averaged over a quarter of an hour.
    #[param("load.15m", double)]
    load_15m: Option<f64>,
}

/// Who is logged in to a guest.
#[info]
struct GuestUser {
    /// The user's name.
    #[param("name", string)]
    name: String,
    /// The user's domain, in Windows.
    #[param("domain", string)]
    domain: Option<String>,
    /// When the user logged in, in milliseconds since 1970.
    #[param("login-time", ullong)]
    login_unix_ms: Option<u64>,
}

/// The operating system of a guest. What the agent does not know is absent.
#[info]
struct GuestOs {
    /// A short word for it, such as `fedora`.
    #[param("os.id", string)]
    id: Option<String>,
    /// Its name.
    #[param("os.name", string)]
    name: Option<String>,
    /// Its name and version, for people.
    #[param("os.pretty-name", string)]
    pretty_name: Option<String>,
    /// Its version, for people.
    #[param("os.version", string)]
    version: Option<String>,
    /// Its version, in short.
    #[param("os.version-id", string)]
    version_id: Option<String>,
    /// The release of its kernel.
    #[param("os.kernel-release", string)]
    kernel_release: Option<String>,
    /// The version of its kernel.
    #[param("os.kernel-version", string)]
    kernel_version: Option<String>,
    /// The architecture it runs on.
    #[param("os.machine", string)]
    machine: Option<String>,
    /// Its variant, for people.
    #[param("os.variant", string)]
    variant: Option<String>,
    /// Its variant, in short.
    #[param("os.variant-id", string)]
    variant_id: Option<String>,
}

/// A mounted file system of a guest.
#[info]
struct GuestFilesystem {
    /// Where it is mounted.
    #[param("mountpoint", string)]
    mountpoint: String,
    /// The guest's name for what holds it.
    #[param("name", string)]
    name: String,
    /// Its type, such as `ext4`.
    #[param("fstype", string)]
    kind: String,
    /// Its size, in bytes.
    #[param("total-bytes", ullong)]
    total_bytes: Option<u64>,
    /// What is used of it, in bytes.
    #[param("used-bytes", ullong)]
    used_bytes: Option<u64>,
    /// The domain's disks that hold it.
    #[param("disk", list)]
    disks: Vec<GuestFilesystemDisk>,
}

/// A disk that holds a file system of a guest. What is not known is absent.
#[info]
struct GuestFilesystemDisk {
    /// Its target in the domain's XML, such as `vda`.
    #[param("alias", string)]
    target: Option<String>,
    /// Its serial number.
    #[param("serial", string)]
    serial: Option<String>,
    /// The guest's path of it.
    #[param("device", string)]
    device: Option<String>,
}

/// A disk as a guest sees it. What is not known is absent.
#[info]
struct GuestDisk {
    /// The guest's path of it.
    #[param("name", string)]
    name: String,
    /// Whether it is a part of another.
    #[param("partition", boolean)]
    partition: bool,
    /// What it is made of: the disk of a partition, the disks of a volume.
    #[param("dependency", list)]
    dependencies: Vec<GuestDiskDependency>,
    /// Its serial number.
    #[param("serial", string)]
    serial: Option<String>,
    /// Its target in the domain's XML, such as `vda`.
    #[param("alias", string)]
    target: Option<String>,
    /// The guest's other name for it.
    #[param("guest_alias", string)]
    guest_alias: Option<String>,
    /// The bus that the guest finds it on.
    #[param("guest_bus", string)]
    guest_bus: Option<String>,
}

/// What a disk of a guest is made of.
#[info]
struct GuestDiskDependency {
    /// The guest's path of it.
    #[param("name", string)]
    name: String,
}
