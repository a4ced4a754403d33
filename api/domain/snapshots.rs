//! Snapshots: what a domain was at one time, to go back to.

/// Takes, finds, reverts to and deletes snapshots.
#[family(accessor = snapshots)]
trait SnapshotOps {
    /// Takes a snapshot, described in XML.
    #[call(access = write, emits = [Lifecycle], job = Snapshot, procedures = [domain_snapshot_create_xml],
           raises = [NotFound, InvalidState, ResourceBusy, XmlSyntax, XmlInvalid, AlreadyExists, ConfigUnsupported,
                     OperationUnsupported, AgentUnresponsive, Aborted])]
    fn create_snapshot(domain: Domain, xml: String, options: SnapshotCreateOptions) -> Snapshot;

    /// Lists the domain's snapshots that pass the filter.
    #[call(access = read, raises = [NotFound],
           procedures = [domain_list_all_snapshots, domain_snapshot_num, domain_snapshot_list_names])]
    fn snapshots(domain: Domain, filter: SnapshotFilter, options: RootsOptions) -> Vec<Snapshot>;

    /// Finds the domain's snapshot of that name.
    #[call(access = read, raises = [NotFound], procedures = [domain_snapshot_lookup_by_name])]
    fn snapshot_by_name(domain: Domain, name: String) -> Snapshot;

    /// Finds the snapshot that was last taken or reverted to; none if there is none.
    #[call(access = read, raises = [NotFound], procedures = [domain_snapshot_current, domain_has_current_snapshot])]
    fn current_snapshot(domain: Domain) -> Option<Snapshot>;

    /// Shows the snapshot's XML.
    #[call(access = read, raises = [NotFound], procedures = [domain_snapshot_get_xml_desc])]
    fn dumpxml(snapshot: Snapshot, options: SnapshotXmlOptions) -> String;

    /// Finds the snapshot on which this one builds; none for a root.
    #[call(access = read, raises = [NotFound], procedures = [domain_snapshot_get_parent])]
    fn parent(snapshot: Snapshot) -> Option<Snapshot>;

    /// Lists the snapshots below this one that pass the filter.
    #[call(access = read, raises = [NotFound],
           procedures = [domain_snapshot_list_all_children, domain_snapshot_num_children,
                         domain_snapshot_list_children_names])]
    fn children(snapshot: Snapshot, filter: SnapshotFilter, options: DescendantsOptions) -> Vec<Snapshot>;

    /// Says whether the snapshot is the current one, and whether the driver keeps anything about it.
    #[call(access = read, raises = [NotFound],
           procedures = [domain_snapshot_is_current, domain_snapshot_has_metadata])]
    fn status(snapshot: Snapshot) -> SnapshotStatus;

    /// Takes the domain back to what it was. What it is now is lost.
    #[call(access = write, emits = [Lifecycle], job = SnapshotRevert, procedures = [domain_revert_to_snapshot],
           raises = [NotFound, InvalidState, ResourceBusy, SnapshotRevertRisky, ConfigUnsupported, HypervisorError])]
    fn revert(snapshot: Snapshot, options: SnapshotRevertOptions);

    /// Deletes the snapshot; what the domain is now stays.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, ConfigUnsupported, Aborted],
           job = SnapshotDelete, procedures = [domain_snapshot_delete])]
    fn delete(snapshot: Snapshot, options: TreeDeleteOptions);
}

/// How `Domain::create_snapshot` takes a snapshot.
#[options]
struct SnapshotCreateOptions {
    /// Takes none: makes one known that was taken before.
    #[flag(0x1)]
    redefine: bool,
    /// With `redefine`: makes it the current one.
    #[flag(0x2)]
    current: bool,
    /// Keeps nothing about it but what is in the disk images.
    #[flag(0x4)]
    no_metadata: bool,
    /// Ends the domain's run after it.
    #[flag(0x8)]
    halt: bool,
    /// Of the disks only, not of memory.
    #[flag(0x10)]
    disk_only: bool,
    /// Writes into files that are there already.
    #[flag(0x20)]
    reuse_external: bool,
    /// Has the guest agent freeze file systems meanwhile; of disks only.
    #[flag(0x40)]
    quiesce: bool,
    /// Fails without having changed anything, or does it all.
    #[flag(0x80)]
    atomic: bool,
    /// Lets the guest run on while its memory is written; external snapshots only.
    #[flag(0x100)]
    live: bool,
    /// Refuses XML that the schema does not know.
    #[flag(0x200)]
    validate: bool,
}

/// Which snapshots are meant. Read as `DomainFilter` is, but for the order.
#[options]
struct SnapshotFilter {
    /// Those about which the driver keeps something.
    #[flag(0x2)]
    metadata: bool,
    /// Those about which it keeps nothing.
    #[flag(0x10)]
    no_metadata: bool,
    /// Those on which none builds.
    #[flag(0x4)]
    leaves: bool,
    /// Those on which another builds.
    #[flag(0x8)]
    no_leaves: bool,
    /// Those of a domain that did not run.
    #[flag(0x20)]
    inactive: bool,
    /// Those of a domain that ran, with its memory.
    #[flag(0x40)]
    active: bool,
    /// Those of the disks only.
    #[flag(0x80)]
    disk_only: bool,
    /// Those kept inside disk images.
    #[flag(0x100)]
    internal: bool,
    /// Those kept in files of their own.
    #[flag(0x200)]
    external: bool,
    /// The order: no snapshot before the one on which it builds.
    #[flag(0x400)]
    topological: bool,
}

/// What `Snapshot::dumpxml` shows.
#[options]
struct SnapshotXmlOptions {
    /// With secrets, such as passwords of graphical consoles.
    #[flag(0x1)]
    #[secret]
    secure: bool,
}

/// How `Snapshot::revert` goes back. With neither of the first two set the domain does what it did then.
#[options]
struct SnapshotRevertOptions {
    /// The domain runs afterwards.
    #[flag(0x1)]
    running: bool,
    /// The domain is paused afterwards.
    #[flag(0x2)]
    paused: bool,
    /// Does it even if something would be lost that cannot be had back.
    #[flag(0x4)]
    force: bool,
    /// Makes the domain's firmware variables anew from their template.
    #[flag(0x8)]
    reset_nvram: bool,
}

/// What there is of a snapshot.
#[info]
struct SnapshotStatus {
    /// Whether it is the current one.
    current: bool,
    /// Whether the driver keeps something about it.
    has_metadata: bool,
}
