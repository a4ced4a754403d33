//! What can go wrong. Each of libvirt's error codes is read as exactly one kind: of those that are told by the same
//! code, the first here. The numbers stay; new kinds take free ones.

/// What sort of failure an error is.
enum ErrorKind {
    /// A defect of Omnivirt or of the peer.
    #[error(retry = Never, libvirt = 1)]
    Internal = 1,
    /// The host's operating system, or one of its services or hook scripts, failed or refused.
    #[error(retry = Never, libvirt = 38, also = [2, 30, 31, 34, 63, 70, 89])]
    System = 2,
    /// The hypervisor failed or refused.
    #[error(retry = Never, libvirt = 9, also = [10, 11, 12, 13, 14, 15, 24, 75])]
    HypervisorError = 3,
    /// The driver does not have this call.
    #[error(retry = Never, libvirt = 3, also = [26, 41, 48, 51, 56, 60, 64])]
    Unsupported = 10,
    /// The driver has the call, but not this option of it.
    #[error(retry = Never, libvirt = 74)]
    ArgumentUnsupported = 11,
    /// The driver has the call, but this domain's configuration or this host rules it out.
    #[error(retry = Never, libvirt = 84)]
    OperationUnsupported = 12,
    /// The configuration asks for something that the hypervisor does not have.
    #[error(retry = Never, libvirt = 67, also = [54])]
    ConfigUnsupported = 13,
    /// An argument makes no sense: out of range, a contradiction, a handle of something else.
    #[error(retry = Never, libvirt = 8, also = [7, 36, 46, 47, 52, 58, 61, 65, 71, 73, 100, 102, 105, 114])]
    InvalidArgument = 20,
    /// The connection URI cannot be read.
    #[error(retry = Never, libvirt = 8)]
    InvalidUri = 21,
    /// A value does not fit where it has to go.
    #[error(retry = Never, libvirt = 82)]
    Overflow = 22,
    /// More, longer or larger than is allowed.
    #[error(retry = Never, libvirt = 9, also = [25])]
    LimitExceeded = 23,
    /// The document is not well-formed XML, or is built to do harm.
    #[error(retry = Never, libvirt = 35)]
    XmlSyntax = 30,
    /// The document is XML, but what it says is wrong or incomplete.
    #[error(retry = Never, libvirt = 27, also = [16, 17, 18, 19, 20, 21, 22, 23, 44, 92])]
    XmlInvalid = 31,
    /// A configuration in another form than XML cannot be read.
    #[error(retry = Never, libvirt = 33, also = [32])]
    ConfigSyntax = 32,
    /// The object is in a state that does not allow the call.
    #[error(retry = Never, libvirt = 55, also = [76])]
    InvalidState = 40,
    /// There is no such object.
    #[error(retry = Never, libvirt = 42, also = [95, 96, 107],
            per_object(Network = 43, StoragePool = 49, StorageVolume = 50, NodeDevice = 53, Interface = 57,
                       NwFilter = 62, Secret = 66, Snapshot = 72, NwFilterBinding = 101, Checkpoint = 103))]
    NotFound = 41,
    /// There is an object of that name or identity already.
    #[error(retry = Never, libvirt = 28, also = [106], per_object(Network = 37, StorageVolume = 90))]
    AlreadyExists = 42,
    /// More than one object fits where one is meant.
    #[error(retry = Never, libvirt = 110, also = [59])]
    Ambiguous = 43,
    /// The domain has no such device.
    #[error(retry = Never, libvirt = 99)]
    DeviceMissing = 44,
    /// There is no title, description or metadata of that namespace.
    #[error(retry = Never, libvirt = 80, per_object(Network = 111))]
    NoMetadata = 45,
    /// No backup runs on the domain.
    #[error(retry = Never, libvirt = 104)]
    NoBackup = 46,
    /// The source that was asked does not know the domain's host name.
    #[error(retry = Never, libvirt = 108)]
    NoHostname = 47,
    /// Something else uses the object, or a job runs on it.
    #[error(retry = Now, libvirt = 87)]
    ResourceBusy = 50,
    /// A block copy runs, and the call would break it.
    #[error(retry = Never, libvirt = 83)]
    BlockCopyActive = 51,
    /// The job was aborted.
    #[error(retry = Never, libvirt = 78)]
    Aborted = 52,
    /// The caller gave the call up.
    #[error(retry = Never, libvirt = 78)]
    Cancelled = 53,
    /// The time allowed ran out.
    #[error(retry = Now, libvirt = 68)]
    Timeout = 54,
    /// The connection is read-only.
    #[error(retry = Never, libvirt = 29)]
    ReadOnly = 60,
    /// A rule does not let this caller do that.
    #[error(retry = Never, libvirt = 88)]
    AccessDenied = 61,
    /// The other side did not accept who the caller is.
    #[error(retry = Never, libvirt = 45, also = [79, 94])]
    AuthFailed = 62,
    /// No driver knows the URI's scheme.
    #[error(retry = Never, libvirt = 5)]
    NoDriver = 70,
    /// The hypervisor or the peer cannot be reached.
    #[error(retry = Now, libvirt = 38, also = [4, 40, 85, 98])]
    ConnectFailed = 71,
    /// The connection is closed, or was lost.
    #[error(retry = AfterReconnect, libvirt = 6)]
    ConnectionClosed = 72,
    /// The peer broke the protocol, or does not speak this version of it.
    #[error(retry = AfterReconnect, libvirt = 39)]
    ProtocolError = 73,
    /// The guest agent is not there, does not answer in time, or is out of step.
    #[error(retry = Now, libvirt = 86, also = [97, 112])]
    AgentUnresponsive = 80,
    /// The guest agent answered with an error.
    #[error(retry = Never, libvirt = 113)]
    AgentError = 81,
    /// The migration could damage the guest's data.
    #[error(retry = Never, libvirt = 81)]
    MigrationUnsafe = 90,
    /// The guest moved, but the rest of what was asked was not done: it may not be persistent where it is.
    #[error(retry = Never, libvirt = 69, also = [93])]
    MigrationIncomplete = 91,
    /// Reverting to the snapshot would lose something; it can be forced.
    #[error(retry = Never, libvirt = 77)]
    SnapshotRevertRisky = 92,
    /// The checkpoint's bitmaps do not fit the disks any more.
    #[error(retry = Never, libvirt = 109)]
    CheckpointInconsistent = 93,
    /// The CPU asked for cannot run on this host.
    #[error(retry = Never, libvirt = 91)]
    CpuIncompatible = 94,
}
