//! Checkpoints: points in time from which on a domain's disks remember what changes, for incremental backups.

/// Makes, finds and deletes checkpoints.
#[family(accessor = checkpoints)]
trait CheckpointOps {
    /// Makes a checkpoint, described in XML.
    #[call(access = write, procedures = [domain_checkpoint_create_xml],
           raises = [NotFound, InvalidState, ResourceBusy, XmlSyntax, XmlInvalid, AlreadyExists, ConfigUnsupported,
                     CheckpointInconsistent, AgentUnresponsive])]
    fn create_checkpoint(domain: Domain, xml: String, options: CheckpointCreateOptions) -> Checkpoint;

    /// Lists the domain's checkpoints that pass the filter.
    #[call(access = read, raises = [NotFound], procedures = [domain_list_all_checkpoints])]
    fn checkpoints(domain: Domain, filter: CheckpointFilter, options: RootsOptions) -> Vec<Checkpoint>;

    /// Finds the domain's checkpoint of that name.
    #[call(access = read, raises = [NotFound], procedures = [domain_checkpoint_lookup_by_name])]
    fn checkpoint_by_name(domain: Domain, name: String) -> Checkpoint;

    /// Shows the checkpoint's XML.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_checkpoint_get_xml_desc])]
    fn dumpxml(checkpoint: Checkpoint, options: CheckpointXmlOptions) -> String;

    /// Finds the checkpoint before this one; none for the first.
    #[call(access = read, raises = [NotFound], procedures = [domain_checkpoint_get_parent])]
    fn parent(checkpoint: Checkpoint) -> Option<Checkpoint>;

    /// Lists the checkpoints after this one that pass the filter.
    #[call(access = read, raises = [NotFound], procedures = [domain_checkpoint_list_all_children])]
    fn children(
        checkpoint: Checkpoint,
        filter: CheckpointFilter,
        options: DescendantsOptions,
    ) -> Vec<Checkpoint>;

    /// Deletes the checkpoint; the one before it takes over what changed since.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy], procedures = [domain_checkpoint_delete])]
    fn delete(checkpoint: Checkpoint, options: TreeDeleteOptions);
}

/// How `Domain::create_checkpoint` makes a checkpoint.
#[options]
struct CheckpointCreateOptions {
    /// Makes none: makes one known that was made before.
    #[flag(0x1)]
    redefine: bool,
    /// Has the guest agent freeze file systems meanwhile.
    #[flag(0x2)]
    quiesce: bool,
    /// With `redefine`: fails unless the disks have what it needs.
    #[flag(0x4)]
    redefine_validate: bool,
}

/// Which checkpoints are meant. Read as `DomainFilter` is, but for the order.
#[options]
struct CheckpointFilter {
    /// The order: no checkpoint before its parent.
    #[flag(0x2)]
    topological: bool,
    /// Those that no other follows.
    #[flag(0x4)]
    leaves: bool,
    /// Those that another follows.
    #[flag(0x8)]
    no_leaves: bool,
}

/// What `Checkpoint::dumpxml` shows.
#[options]
struct CheckpointXmlOptions {
    /// With secrets, such as passwords of graphical consoles.
    #[flag(0x1)]
    #[secret]
    secure: bool,
    /// Without the domain's XML of that time.
    #[flag(0x2)]
    no_domain: bool,
    /// With how much has changed on each disk since; the domain must run.
    #[flag(0x4)]
    size: bool,
}
