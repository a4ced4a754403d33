//! Finding the domains of a connection.

/// Finds domains by name, UUID or id, and lists them.
#[family(accessor = lookup)]
trait DomainLookupOps {
    /// Lists the domains that pass the filter, in no order to rely on.
    #[call(access = read, procedures = [connect_list_all_domains, connect_list_domains, connect_num_of_domains,
                                        connect_list_defined_domains, connect_num_of_defined_domains])]
    fn list_domains(connection: Connection, filter: DomainFilter) -> Vec<Domain>;

    /// Finds the domain of that name.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_name])]
    fn domain_by_name(connection: Connection, name: String) -> Domain;

    /// Finds the domain of that UUID.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_uuid])]
    fn domain_by_uuid(connection: Connection, uuid: Uuid) -> Domain;

    /// Finds the running domain of that id.
    #[call(access = read, raises = [NotFound], procedures = [domain_lookup_by_id])]
    fn domain_by_id(connection: Connection, id: u32) -> Domain;
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
