//! What can happen, and what each event says about it.
//!
//! One kind stands for one thing that happened. Where libvirt tells one occurrence under two numbers, as it does
//! for I/O errors and block jobs, here it is one event that carries the fields of both.

/// A domain's life moved on: it was defined, started, suspended, stopped, and so on.
#[event(object = Domain, libvirt = [0], messages = [domain_event_callback_lifecycle, domain_event_lifecycle])]
struct Lifecycle {
    /// What changed, and why.
    change: LifecycleChange,
}

/// The guest rebooted without the domain stopping.
#[event(object = Domain, libvirt = [1], messages = [domain_event_callback_reboot, domain_event_reboot])]
struct Reboot {}

/// The guest set its real-time clock.
#[event(object = Domain, libvirt = [2], messages = [domain_event_callback_rtc_change, domain_event_rtc_change])]
struct RtcChange {
    /// How far the guest's clock is from UTC now, in seconds.
    offset_seconds: i64,
}

/// The watchdog device fired.
#[event(object = Domain, libvirt = [3], messages = [domain_event_callback_watchdog, domain_event_watchdog])]
struct Watchdog {
    /// What the watchdog does about it.
    action: WatchdogAction,
}

/// Reading or writing a disk failed on the host.
#[event(object = Domain, libvirt = [4, 6],
        messages = [domain_event_callback_io_error, domain_event_io_error,
                    domain_event_callback_io_error_reason, domain_event_io_error_reason])]
struct IoError {
    /// The path of the disk's source; empty when the source has none.
    source_path: String,
    /// The alias of the disk device.
    alias: String,
    /// What the hypervisor does about it.
    action: IoErrorAction,
    /// A word such as `enospc`; absent when the peer does not tell reasons, empty when it has none to tell.
    reason: Option<String>,
}

/// A client of the graphical console came, was let in, or left.
#[event(object = Domain, libvirt = [5], messages = [domain_event_callback_graphics, domain_event_graphics])]
struct Graphics {
    /// How far the client got.
    phase: GraphicsPhase,
    /// The host's end of the client's connection.
    local: GraphicsAddress,
    /// The client's end of it.
    remote: GraphicsAddress,
    /// How the client proved who it is; empty before it has.
    auth_scheme: String,
    /// Who the client is.
    identities: Vec<GraphicsIdentity>,
}

/// The hypervisor process no longer answers as it should; the domain may be out of control.
#[event(object = Domain, libvirt = [7], messages = [domain_event_callback_control_error, domain_event_control_error])]
struct ControlError {}

/// A block job ended or became ready.
#[event(object = Domain, libvirt = [8, 16],
        messages = [domain_event_callback_block_job, domain_event_block_job, domain_event_block_job_2])]
struct BlockJob {
    /// The target name of the disk, such as `vda`.
    target: String,
    /// The path of the disk's source; absent when the source has none or the peer does not tell it.
    path: Option<String>,
    /// Which job.
    job: BlockJobType,
    /// What became of it.
    status: BlockJobStatus,
}

/// The source of a removable or optional disk changed.
#[event(object = Domain, libvirt = [9], messages = [domain_event_callback_disk_change, domain_event_disk_change])]
struct DiskChange {
    /// The alias of the disk device.
    alias: String,
    /// The path of the source it had; absent when it had none.
    old_source_path: Option<String>,
    /// The path of the source it has now; absent when it has none.
    new_source_path: Option<String>,
    /// Why it changed.
    reason: DiskChangeReason,
}

/// The guest opened or closed the tray of a removable disk.
#[event(object = Domain, libvirt = [10], messages = [domain_event_callback_tray_change, domain_event_tray_change])]
struct TrayChange {
    /// The alias of the disk device.
    alias: String,
    /// What the tray did.
    reason: TrayChangeReason,
}

/// The guest woke up from sleep.
#[event(object = Domain, libvirt = [11], messages = [domain_event_callback_pmwakeup, domain_event_pmwakeup])]
struct PmWakeup {}

/// The guest went to sleep in memory.
#[event(object = Domain, libvirt = [12], messages = [domain_event_callback_pmsuspend, domain_event_pmsuspend])]
struct PmSuspend {}

/// The memory that the guest has was changed by its balloon.
#[event(object = Domain, libvirt = [13], messages = [domain_event_callback_balloon_change, domain_event_balloon_change])]
struct BalloonChange {
    /// The memory that the guest has now, in KiB.
    actual_kib: u64,
}

/// The guest went to sleep on disk.
#[event(object = Domain, libvirt = [14],
        messages = [domain_event_callback_pmsuspend_disk, domain_event_pmsuspend_disk])]
struct PmSuspendDisk {}

/// A device is gone from the running domain.
#[event(object = Domain, libvirt = [15], messages = [domain_event_callback_device_removed, domain_event_device_removed])]
struct DeviceRemoved {
    /// The alias that the device had.
    alias: String,
}

/// A limit of the running domain was changed: CPU tuning, block I/O tuning.
#[event(object = Domain, libvirt = [17], messages = [domain_event_callback_tunable])]
struct Tunable {
    /// What was changed, by libvirt's names, such as `cputune.cpu_shares`.
    parameters: TypedParameters,
}

/// The guest agent came or went.
#[event(object = Domain, libvirt = [18], messages = [domain_event_callback_agent_lifecycle])]
struct AgentLifecycle {
    /// Whether it is there now.
    state: GuestChannelState,
    /// Why that changed.
    reason: GuestChannelReason,
}

/// A device was added to the running domain.
#[event(object = Domain, libvirt = [19], messages = [domain_event_callback_device_added])]
struct DeviceAdded {
    /// The alias of the device.
    alias: String,
}

/// A migration began another round of copying memory.
#[event(object = Domain, libvirt = [20], messages = [domain_event_callback_migration_iteration])]
struct MigrationIteration {
    /// Which round, counted from 1.
    iteration: u32,
}

/// A job on the domain ended.
#[event(object = Domain, libvirt = [21], messages = [domain_event_callback_job_completed])]
struct JobCompleted {
    /// The job's statistics by libvirt's names, such as `time_elapsed`; after a failure `success` and `errmsg`.
    parameters: TypedParameters,
}

/// The guest refused to let a device go.
#[event(object = Domain, libvirt = [22], messages = [domain_event_callback_device_removal_failed])]
struct DeviceRemovalFailed {
    /// The alias of the device.
    alias: String,
}

/// The title, the description or a metadata element of the domain changed.
#[event(object = Domain, libvirt = [23], messages = [domain_event_callback_metadata_change])]
struct MetadataChange {
    /// Which of the three.
    metadata: MetadataType,
    /// The namespace of the element; absent for title and description.
    namespace_uri: Option<String>,
}

/// A disk was written past the threshold set for it.
#[event(object = Domain, libvirt = [24], messages = [domain_event_block_threshold])]
struct BlockThreshold {
    /// The target name of the disk, with the number of the backing layer where it is one: `vda`, `vda[1]`.
    target: String,
    /// The path of the source; absent when it has none.
    path: Option<String>,
    /// The threshold that was set, in bytes.
    threshold_bytes: u64,
    /// How far the write went past it, in bytes.
    excess_bytes: u64,
}

/// Memory of the host failed under the domain.
#[event(object = Domain, libvirt = [25], messages = [domain_event_memory_failure])]
struct MemoryFailure {
    /// Whose memory it was.
    recipient: MemoryFailureRecipient,
    /// What was done about it.
    action: MemoryFailureAction,
    /// Whether the guest must act on it at once.
    action_required: bool,
    /// Whether it came while an earlier failure was being dealt with.
    recursive: bool,
}

/// A memory device changed its size.
#[event(object = Domain, libvirt = [26], messages = [domain_event_memory_device_size_change])]
struct MemoryDeviceSizeChange {
    /// The alias of the device.
    alias: String,
    /// Its size now, in KiB.
    size_kib: u64,
}

/// The guest changed the MAC address of a network interface.
#[event(object = Domain, libvirt = [27], messages = [domain_event_nic_mac_change])]
struct NicMacChange {
    /// The alias of the interface.
    alias: String,
    /// The address it had.
    old_mac: String,
    /// The address it has now.
    new_mac: String,
}

/// A virtual CPU is gone from the running domain.
#[event(object = Domain, libvirt = [28], messages = [domain_event_vcpu_removed])]
struct VcpuRemoved {
    /// The number of the virtual CPU.
    vcpu: u32,
}

/// A program in the guest opened or closed its end of a channel.
#[event(object = Domain, libvirt = [29], messages = [domain_event_channel_lifecycle])]
struct ChannelLifecycle {
    /// The name of the channel.
    channel: String,
    /// Whether the guest's end is open now.
    state: GuestChannelState,
    /// Why that changed.
    reason: GuestChannelReason,
}

/// A virtual network was defined, started, stopped or undefined.
#[event(object = Network, libvirt = [0], messages = [network_event_lifecycle])]
struct NetworkLifecycle {
    /// What changed.
    change: NetworkChange,
}

/// The title, the description or a metadata element of a virtual network changed.
#[event(object = Network, libvirt = [1], messages = [network_event_callback_metadata_change])]
struct NetworkMetadataChange {
    /// Which of the three.
    metadata: MetadataType,
    /// The namespace of the element; absent for title and description.
    namespace_uri: Option<String>,
}

/// A storage pool was defined, built, started, stopped, deleted or undefined.
#[event(object = StoragePool, libvirt = [0], messages = [storage_pool_event_lifecycle])]
struct StoragePoolLifecycle {
    /// What changed.
    change: StoragePoolChange,
}

/// The list of volumes of a storage pool was read anew.
#[event(object = StoragePool, libvirt = [1], messages = [storage_pool_event_refresh])]
struct StoragePoolRefresh {}

/// A device of the host came, went, was defined or undefined.
#[event(object = NodeDevice, libvirt = [0], messages = [node_device_event_lifecycle])]
struct NodeDeviceLifecycle {
    /// What changed.
    change: NodeDeviceChange,
}

/// A device of the host tells something new about itself.
#[event(object = NodeDevice, libvirt = [1], messages = [node_device_event_update])]
struct NodeDeviceUpdate {}

/// A secret was defined or undefined.
#[event(object = Secret, libvirt = [0], messages = [secret_event_lifecycle])]
struct SecretLifecycle {
    /// What changed.
    change: SecretChange,
}

/// A secret was given another value.
#[event(object = Secret, libvirt = [1], messages = [secret_event_value_changed])]
struct SecretValueChanged {}

/// The connection is closed: the last event of its source.
#[event(messages = [connect_event_connection_closed])]
struct ConnectionClosed {
    /// Why it was closed.
    reason: CloseReason,
}

/// QEMU's monitor told something, passed on as it came.
#[event(object = Domain, messages = [domain_monitor_event])]
struct MonitorEvent {
    /// QEMU's name of the event, such as `NIC_RX_FILTER_CHANGED`.
    event: String,
    /// QEMU's own time of it, in seconds since 1970.
    seconds: i64,
    /// The part of that time after the second, in microseconds.
    microseconds: u32,
    /// The event's data as JSON; absent when it has none.
    details: Option<String>,
}

/// What changed in a domain's life, and why.
enum LifecycleChange {
    /// There is a definition, new or changed.
    Defined(DefinedDetail) = 0,
    /// The definition is gone.
    Undefined(UndefinedDetail) = 1,
    /// The domain runs, or stands suspended at its start.
    Started(StartedDetail) = 2,
    /// The virtual CPUs stand still.
    Suspended(SuspendedDetail) = 3,
    /// The virtual CPUs run on.
    Resumed(ResumedDetail) = 4,
    /// The domain no longer runs.
    Stopped(StoppedDetail) = 5,
    /// The guest has shut down; the domain stops next.
    Shutdown(ShutdownDetail) = 6,
    /// The guest sleeps.
    PmSuspended(PmSuspendedDetail) = 7,
    /// The guest crashed.
    Crashed(CrashedDetail) = 8,
}

/// Why a domain is defined.
enum DefinedDetail {
    /// It is new.
    Added = 0,
    /// Its definition was changed.
    Updated = 1,
    /// It has another name.
    Renamed = 2,
    /// Its definition came back with a snapshot.
    FromSnapshot = 3,
}

/// Why a domain is undefined.
enum UndefinedDetail {
    /// Its definition was removed.
    Removed = 0,
    /// It goes on under another name.
    Renamed = 1,
}

/// Why a domain started.
enum StartedDetail {
    /// It was booted.
    Booted = 0,
    /// It came from another host.
    Migrated = 1,
    /// It was restored from a saved image.
    Restored = 2,
    /// It was reverted to a snapshot.
    FromSnapshot = 3,
    /// It woke up from sleep on disk.
    Wakeup = 4,
    /// Its process was made anew.
    Recreated = 5,
}

/// Why a domain was suspended.
enum SuspendedDetail {
    /// A client asked for it.
    Paused = 0,
    /// It is about to leave for another host.
    Migrated = 1,
    /// Reading or writing a disk failed.
    IoError = 2,
    /// The watchdog fired.
    Watchdog = 3,
    /// It was restored from an image that was saved suspended.
    Restored = 4,
    /// It was reverted to a snapshot that was taken suspended.
    FromSnapshot = 5,
    /// A call failed half-way.
    ApiError = 6,
    /// A post-copy migration switched hosts.
    Postcopy = 7,
    /// A post-copy migration failed.
    PostcopyFailed = 8,
    /// The guest shut down, and stands so.
    GuestShutdown = 9,
}

/// Why a domain runs on.
enum ResumedDetail {
    /// A client asked for it, or the start was over.
    Unpaused = 0,
    /// It has arrived from another host.
    Migrated = 1,
    /// It was reverted to a snapshot.
    FromSnapshot = 2,
    /// It runs here while a post-copy migration fetches its memory.
    Postcopy = 3,
    /// It runs again after a post-copy migration failed.
    PostcopyFailed = 4,
}

/// Why a domain no longer runs.
enum StoppedDetail {
    /// The guest shut down.
    Shutdown = 0,
    /// A client destroyed it.
    Destroyed = 1,
    /// The guest or the hypervisor crashed.
    Crashed = 2,
    /// It runs on another host.
    Migrated = 3,
    /// It was saved to an image.
    Saved = 4,
    /// The hypervisor failed.
    Failed = 5,
    /// It was reverted to a snapshot that was taken while it was off.
    FromSnapshot = 6,
    /// Its process is made anew.
    Recreated = 7,
}

/// How a guest's shutdown came about.
enum ShutdownDetail {
    /// It is over; who began it is not known.
    Finished = 0,
    /// The guest began it.
    Guest = 1,
    /// The host began it.
    Host = 2,
}

/// Where a guest sleeps.
enum PmSuspendedDetail {
    /// In memory.
    Memory = 0,
    /// On disk.
    Disk = 1,
}

/// How a guest crashed.
enum CrashedDetail {
    /// Its kernel panicked.
    Panicked = 0,
    /// Its kernel panicked and loaded a crash kernel.
    Crashloaded = 1,
}

/// What a watchdog does when it fires.
enum WatchdogAction {
    /// Nothing.
    None = 0,
    /// Suspends the domain.
    Pause = 1,
    /// Resets it.
    Reset = 2,
    /// Destroys it.
    Poweroff = 3,
    /// Asks the guest to shut down.
    Shutdown = 4,
    /// Nothing, but it is noted.
    Debug = 5,
    /// Raises a non-maskable interrupt in the guest.
    InjectNmi = 6,
}

/// What a hypervisor does about a disk error.
enum IoErrorAction {
    /// Nothing: the guest sees nothing of it.
    None = 0,
    /// Suspends the domain.
    Pause = 1,
    /// Tells the guest.
    Report = 2,
}

/// How far a client of a graphical console got.
enum GraphicsPhase {
    /// It connected.
    Connect = 0,
    /// It proved who it is, and is served.
    Initialize = 1,
    /// It left.
    Disconnect = 2,
}

/// One end of a connection to a graphical console.
struct GraphicsAddress {
    /// What kind of address it is.
    family: GraphicsAddressFamily,
    /// The address, or the path of the socket.
    node: String,
    /// The port; empty for a socket in the file system.
    service: String,
}

/// What kind of address an end of a connection has.
enum GraphicsAddressFamily {
    /// IP version 4.
    Ipv4 = 0,
    /// IP version 6.
    Ipv6 = 1,
    /// A socket in the file system.
    Unix = 2,
}

/// One thing known about who a client of a graphical console is.
struct GraphicsIdentity {
    /// What is known, such as `x509dname` or `saslUsername`.
    kind: String,
    /// The identity itself.
    name: String,
}

/// Which job runs on a disk.
enum BlockJobType {
    /// The peer does not say.
    Unknown = 0,
    /// Copies what the backing chain holds into the top image.
    Pull = 1,
    /// Copies the disk elsewhere and keeps both equal.
    Copy = 2,
    /// Merges an image into the one below it.
    Commit = 3,
    /// Merges the top image into the one below it while it is written to.
    ActiveCommit = 4,
    /// Copies the disk out as a backup.
    Backup = 5,
}

/// What became of a job on a disk.
enum BlockJobStatus {
    /// It is done.
    Completed = 0,
    /// It failed.
    Failed = 1,
    /// It was cancelled.
    Canceled = 2,
    /// Both sides are equal: the job waits to be ended.
    Ready = 3,
}

/// Why a disk's source changed.
enum DiskChangeReason {
    /// It was missing at the start, and taken out of the drive.
    MissingOnStart = 0,
    /// It was missing at the start, and the whole disk was dropped.
    DropMissingOnStart = 1,
}

/// What the tray of a removable disk did.
enum TrayChangeReason {
    /// It opened.
    Open = 0,
    /// It closed.
    Close = 1,
}

/// Whether the guest's end of a channel is open.
enum GuestChannelState {
    /// It is.
    Connected = 1,
    /// It is not.
    Disconnected = 2,
}

/// Why the state of a channel changed.
enum GuestChannelReason {
    /// The peer does not say.
    Unknown = 0,
    /// The domain started.
    DomainStarted = 1,
    /// The guest opened or closed it.
    Channel = 2,
}

/// Which part of the metadata changed.
enum MetadataType {
    /// The description.
    Description = 0,
    /// The title.
    Title = 1,
    /// An element in a namespace of its own.
    Element = 2,
}

/// Whose memory failed.
enum MemoryFailureRecipient {
    /// The hypervisor's own.
    Hypervisor = 0,
    /// The guest's.
    Guest = 1,
}

/// What was done about failed memory.
enum MemoryFailureAction {
    /// Nothing: it was not in use.
    Ignore = 0,
    /// The guest was told.
    Inject = 1,
    /// The hypervisor gave up.
    Fatal = 2,
    /// The guest was reset.
    Reset = 3,
}

/// What changed in a virtual network's life.
enum NetworkChange {
    /// There is a definition, new or changed.
    Defined = 0,
    /// The definition is gone.
    Undefined = 1,
    /// The network is up.
    Started = 2,
    /// The network is down.
    Stopped = 3,
}

/// What changed in a storage pool's life.
enum StoragePoolChange {
    /// There is a definition, new or changed.
    Defined = 0,
    /// The definition is gone.
    Undefined = 1,
    /// The pool can be used.
    Started = 2,
    /// The pool can no longer be used.
    Stopped = 3,
    /// The storage behind the pool was built.
    Created = 4,
    /// The storage behind the pool was deleted.
    Deleted = 5,
}

/// What changed in the life of a device of the host.
enum NodeDeviceChange {
    /// It is there.
    Created = 0,
    /// It is gone.
    Deleted = 1,
    /// There is a definition of it.
    Defined = 2,
    /// The definition is gone.
    Undefined = 3,
}

/// What changed in a secret's life.
enum SecretChange {
    /// There is a definition, new or changed.
    Defined = 0,
    /// The definition is gone.
    Undefined = 1,
}

/// Why a connection was closed.
enum CloseReason {
    /// Talking to the hypervisor failed.
    Error = 0,
    /// The other side closed it.
    Eof = 1,
    /// The other side no longer answered.
    Keepalive = 2,
    /// The client closed it.
    Client = 3,
}
