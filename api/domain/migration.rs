//! Moving a running domain to another host.
//!
//! A migration between two connections goes through five calls: `Domain::migrate_begin` at the source,
//! `Connection::migrate_prepare` at the destination, `Domain::migrate_perform` at the source,
//! `Connection::migrate_finish` at the destination, `Domain::migrate_confirm` at the source. Each hands a
//! cookie to the next. `Domain::migrate` does all five and puts things right when one fails. Where the source is to
//! talk to the destination by itself, `migrate_perform` alone is called, with the destination's URI.

/// The phases of a migration, and what can be set while one runs.
#[family(accessor = migration)]
trait DomainMigrationOps {
    /// Source: checks that the domain can move, and describes it for the destination.
    #[call(access = write, procedures = [domain_migrate_begin3, domain_migrate_begin3_params],
           raises = [NotFound, InvalidState, ResourceBusy, MigrationUnsafe, XmlSyntax, XmlInvalid])]
    fn migrate_begin(domain: Domain, options: MigrationOptions) -> MigrationBegun;

    /// Destination: makes ready to take the domain that the XML describes, and says where it listens.
    #[call(access = write, raises = [AlreadyExists, XmlSyntax, XmlInvalid, ConfigUnsupported, CpuIncompatible, System],
           emits = [Lifecycle],
           procedures = [domain_migrate_prepare3,
                         domain_migrate_prepare3_params])]
    fn migrate_prepare(
        connection: Connection,
        cookie: Vec<u8>,
        xml: String,
        options: MigrationOptions,
    ) -> MigrationPrepared;

    /// Destination: makes ready to take the domain from a stream. Answers with the cookie for the next phase.
    #[call(access = write, raises = [AlreadyExists, XmlSyntax, XmlInvalid, ConfigUnsupported, CpuIncompatible, System],
           emits = [Lifecycle],
           procedures = [domain_migrate_prepare_tunnel3,
                         domain_migrate_prepare_tunnel3_params])]
    fn migrate_prepare_tunnel(
        connection: Connection,
        stream: ByteStream,
        cookie: Vec<u8>,
        xml: String,
        options: MigrationOptions,
    ) -> Vec<u8>;

    /// Source: sends the domain. Answers with the cookie for the next phase.
    #[call(access = write, emits = [Lifecycle, MigrationIteration, JobCompleted], job = MigrationOut,
           raises = [NotFound, InvalidState, ResourceBusy, MigrationUnsafe, ConnectFailed, Aborted, HypervisorError,
                     MigrationIncomplete],
           procedures = [domain_migrate_perform3, domain_migrate_perform3_params])]
    fn migrate_perform(
        domain: Domain,
        cookie: Vec<u8>,
        destination: MigrationDestination,
        options: MigrationOptions,
    ) -> Vec<u8>;

    /// Destination: lets the domain of that name run, or throws away what came of it.
    #[call(access = write, emits = [Lifecycle], raises = [NotFound, HypervisorError, MigrationIncomplete],
           procedures = [domain_migrate_finish3,
                         domain_migrate_finish3_params])]
    fn migrate_finish(
        connection: Connection,
        name: String,
        cookie: Vec<u8>,
        outcome: MigrationOutcome,
        options: MigrationOptions,
    ) -> MigrationFinished;

    /// Source: ends the domain here, or lets it run on.
    #[call(access = write, emits = [Lifecycle], raises = [NotFound, InvalidState],
           procedures = [domain_migrate_confirm3, domain_migrate_confirm3_params])]
    fn migrate_confirm(domain: Domain, cookie: Vec<u8>, outcome: MigrationOutcome, options: MigrationOptions);

    /// Says how long the guest may stand still at the end, in milliseconds.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_migrate_get_max_downtime])]
    fn migrate_max_downtime(domain: Domain) -> u64;

    /// Sets how long the guest may stand still at the end.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_migrate_set_max_downtime])]
    fn set_migrate_max_downtime(domain: Domain, downtime_ms: u64);

    /// Says how fast a migration may go, in MiB a second.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_migrate_get_max_speed])]
    fn migrate_max_speed(domain: Domain, options: MigrationSpeedOptions) -> u64;

    /// Sets how fast a migration may go.
    #[call(access = write, raises = [NotFound, InvalidState, Overflow], procedures = [domain_migrate_set_max_speed])]
    fn set_migrate_max_speed(domain: Domain, bandwidth_mib_per_s: u64, options: MigrationSpeedOptions);

    /// Says how much memory the cache of changed pages may take, in bytes.
    #[call(access = read, raises = [NotFound, InvalidState, OperationUnsupported],
           procedures = [domain_migrate_get_compression_cache])]
    fn migrate_compression_cache(domain: Domain) -> u64;

    /// Sets how much memory the cache of changed pages may take.
    #[call(access = write, raises = [NotFound, InvalidState, OperationUnsupported],
           procedures = [domain_migrate_set_compression_cache])]
    fn set_migrate_compression_cache(domain: Domain, size_bytes: u64);

    /// Lets the guest of a running migration go on at the destination now; its memory follows.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Lifecycle],
           procedures = [domain_migrate_start_post_copy])]
    fn migrate_start_post_copy(domain: Domain);
}

/// Which speed of a migration is meant.
#[options]
struct MigrationSpeedOptions {
    /// That of fetching memory after the guest has moved.
    #[flag(0x1)]
    post_copy: bool,
}

/// Where a domain goes. Between two connections the hypervisor's address is enough.
#[options]
struct MigrationDestination {
    /// The URI with which the source connects to the destination; absent between two connections.
    connect_uri: Option<String>,
    /// Where the destination's hypervisor listens; absent, as the destination said or will say.
    hypervisor_uri: Option<String>,
}

/// Whether the phases before went well.
enum MigrationOutcome {
    /// They did.
    #[default]
    Succeeded = 0,
    /// One failed, or was aborted.
    Cancelled = 1,
}

/// What `Domain::migrate_begin` answers.
#[info]
struct MigrationBegun {
    /// The domain's XML for the destination.
    xml: String,
    /// The cookie for the next phase.
    cookie: Vec<u8>,
}

/// What `Connection::migrate_prepare` answers.
#[info]
struct MigrationPrepared {
    /// Where the hypervisor listens; absent, where the options said.
    hypervisor_uri: Option<String>,
    /// The cookie for the next phase.
    cookie: Vec<u8>,
}

/// What `Connection::migrate_finish` answers.
#[info]
struct MigrationFinished {
    /// The domain where it is now; absent after a cancelled migration.
    domain: Option<Domain>,
    /// The cookie for the next phase.
    cookie: Vec<u8>,
}
