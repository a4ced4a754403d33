//! What a domain is made of: its definition, and what is kept beside it.

/// Defines, creates and undefines domains, shows their XML, and changes what describes them.
#[family(accessor = configuration)]
trait DomainConfigurationOps {
    /// Defines a domain that outlives its runs, or changes the definition of one that has the same name and UUID.
    ///
    /// A running domain is not touched: it has the new definition from its next start.
    #[call(access = write, raises = [XmlSyntax, XmlInvalid, AlreadyExists, ConfigUnsupported], emits = [Lifecycle],
           procedures = [domain_define_xml, domain_define_xml_flags])]
    fn define(connection: Connection, xml: String, options: DefineOptions) -> Domain;

    /// Starts a domain from XML. It is transient, unless a domain of the same name and UUID is defined.
    #[call(access = write, emits = [Lifecycle],
           raises = [XmlSyntax, XmlInvalid, AlreadyExists, InvalidState, ConfigUnsupported, HypervisorError],
           procedures = [domain_create_xml])]
    fn create(connection: Connection, xml: String, options: CreateOptions) -> Domain;

    /// Starts a domain from XML whose first process inherits file descriptors, numbered from 3 in their order.
    #[call(access = write, emits = [Lifecycle],
           raises = [XmlSyntax, XmlInvalid, AlreadyExists, InvalidState, ConfigUnsupported, HypervisorError],
           procedures = [domain_create_xml_with_files])]
    fn create_with_files(
        connection: Connection,
        xml: String,
        files: Vec<OwnedFd>,
        options: CreateOptions,
    ) -> Domain;

    /// Deletes the definition. A running domain runs on as a transient one.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Lifecycle],
           procedures = [domain_undefine, domain_undefine_flags])]
    fn undefine(domain: Domain, options: UndefineOptions);

    /// Shows the domain's XML: as it runs if it does, else as defined.
    #[call(access = read, raises = [NotFound], procedures = [domain_get_xml_desc])]
    fn dumpxml(domain: Domain, options: DumpxmlOptions) -> String;

    /// Gives a defined domain that does not run another name.
    #[call(access = write, raises = [NotFound, InvalidState, AlreadyExists], emits = [Lifecycle],
           procedures = [domain_rename])]
    fn rename(domain: Domain, new_name: String);

    /// Says which kind of guest it was defined for: `hvm`, `exe`, `linux` ….
    #[call(access = read, raises = [NotFound], procedures = [domain_get_os_type])]
    fn os_type(domain: Domain) -> String;

    /// Says whether the domain starts with the host.
    #[call(access = read, raises = [NotFound], procedures = [domain_get_autostart, domain_get_autostart_once])]
    fn autostart(domain: Domain) -> Autostart;

    /// Sets whether the domain starts with the host.
    #[call(access = write, raises = [NotFound, InvalidState],
           procedures = [domain_set_autostart, domain_set_autostart_once])]
    fn set_autostart(domain: Domain, options: AutostartOptions);

    /// Shows the title, the description, or the metadata element of a namespace.
    #[call(access = read, raises = [NotFound, NoMetadata, InvalidState], procedures = [domain_get_metadata])]
    fn metadata(
        domain: Domain,
        kind: MetadataKind,
        namespace_uri: Option<String>,
        affect: AffectOptions,
    ) -> String;

    /// Sets or, with no value, removes the title, the description, or the metadata element of a namespace.
    ///
    /// An element needs its namespace, and a prefix for it when it is set.
    #[call(access = write, raises = [NotFound, InvalidState, XmlSyntax], emits = [MetadataChange],
           procedures = [domain_set_metadata])]
    fn set_metadata(
        domain: Domain,
        kind: MetadataKind,
        value: Option<String>,
        namespace: MetadataNamespace,
        affect: AffectOptions,
    );

    /// Sets what happens when the guest powers off, reboots or crashes.
    #[call(access = write, raises = [NotFound, InvalidState, ConfigUnsupported],
           procedures = [domain_set_lifecycle_action])]
    fn set_lifecycle_action(
        domain: Domain,
        when: LifecycleMoment,
        action: LifecycleAction,
        affect: AffectOptions,
    );

    /// Lists what is worth knowing about the domain: deprecated features it uses, ways in which it is not supported.
    #[call(access = read, raises = [NotFound], procedures = [domain_get_messages])]
    fn messages(domain: Domain, options: MessageOptions) -> Vec<String>;

    /// Turns a hypervisor's own configuration into domain XML. Nothing is defined.
    #[call(access = write, raises = [ConfigSyntax, ConfigUnsupported], procedures = [connect_domain_xml_from_native])]
    fn domxml_from_native(connection: Connection, format: String, configuration: String) -> String;

    /// Turns domain XML into the hypervisor's own configuration: a command line, a file.
    #[call(access = write, raises = [XmlSyntax, XmlInvalid, ConfigUnsupported],
           procedures = [connect_domain_xml_to_native])]
    fn domxml_to_native(connection: Connection, format: String, xml: String) -> String;
}

/// How `Connection::define` reads the XML.
#[options]
struct DefineOptions {
    /// Refuses what the schema does not know.
    #[flag(0x1)]
    validate: bool,
}

/// How `Connection::create` starts a domain.
#[options]
struct CreateOptions {
    /// Leaves the virtual CPUs stopped.
    #[flag(0x1)]
    paused: bool,
    /// Destroys the domain when the connection that started it closes.
    #[flag(0x2)]
    auto_destroy: bool,
    /// Refuses XML that the schema does not know.
    #[flag(0x10)]
    validate: bool,
    /// Makes the domain's firmware variables anew from their template.
    #[flag(0x20)]
    reset_nvram: bool,
}

/// What `Domain::undefine` deletes too, or leaves behind. Without a word about it, the call fails if it is there.
#[options]
struct UndefineOptions {
    /// Deletes a managed save image.
    #[flag(0x1)]
    managed_save: bool,
    /// Forgets all snapshots; what they hold in disk images stays.
    #[flag(0x2)]
    snapshots_metadata: bool,
    /// Deletes the firmware variables.
    #[flag(0x4)]
    nvram: bool,
    /// Keeps the firmware variables.
    #[flag(0x8)]
    keep_nvram: bool,
    /// Forgets all checkpoints; their bitmaps in disk images stay.
    #[flag(0x10)]
    checkpoints_metadata: bool,
    /// Deletes the state of an emulated TPM.
    #[flag(0x20)]
    tpm: bool,
    /// Keeps the state of an emulated TPM.
    #[flag(0x40)]
    keep_tpm: bool,
}

/// What `Domain::dumpxml` shows.
#[options]
struct DumpxmlOptions {
    /// With secrets, such as passwords of graphical consoles.
    #[flag(0x1)]
    #[secret]
    secure: bool,
    /// The definition, even if the domain runs.
    #[flag(0x2)]
    inactive: bool,
    /// The guest's CPU as this host would make it.
    #[flag(0x4)]
    update_cpu: bool,
    /// In a form that an older peer takes in a migration.
    #[flag(0x8)]
    migratable: bool,
}

/// Whether a domain starts with the host.
#[info]
struct Autostart {
    /// Each time.
    enabled: bool,
    /// The next time only.
    once: bool,
}

/// What `Domain::set_autostart` changes.
#[options]
struct AutostartOptions {
    /// Whether the domain starts each time; absent, that stays as it is.
    enabled: Option<bool>,
    /// Whether the domain starts the next time only; absent, that stays as it is.
    once: Option<bool>,
}

/// What describes a domain to people and programs.
enum MetadataKind {
    /// Text of any length.
    #[default]
    Description = 0,
    /// One short line.
    Title = 1,
    /// An XML element in a namespace of its own.
    Element = 2,
}

/// The namespace of a metadata element. Titles and descriptions have none.
#[options]
struct MetadataNamespace {
    /// What names it; absent for titles and descriptions.
    uri: Option<String>,
    /// The prefix under which it is written; absent when an element is removed.
    prefix: Option<String>,
}

/// What a guest can do that the definition says an action for.
enum LifecycleMoment {
    /// It powers off.
    #[default]
    PowerOff = 0,
    /// It reboots.
    Reboot = 1,
    /// It crashes.
    Crash = 2,
}

/// What is done with a domain whose guest powers off, reboots or crashes.
enum LifecycleAction {
    /// It is destroyed.
    #[default]
    Destroy = 0,
    /// It starts anew.
    Restart = 1,
    /// It starts anew under another name.
    RestartRename = 2,
    /// It stays as it is, to be looked at.
    Preserve = 3,
    /// Its memory is dumped, then it is destroyed. After a crash only.
    CoredumpDestroy = 4,
    /// Its memory is dumped, then it starts anew. After a crash only.
    CoredumpRestart = 5,
}

/// Which messages `Domain::messages` lists; with none set, all.
#[options]
struct MessageOptions {
    /// Deprecated features that it uses.
    #[flag(0x1)]
    deprecation: bool,
    /// What keeps its run from being supported.
    #[flag(0x2)]
    tainting: bool,
    /// Disk errors of its run.
    #[flag(0x4)]
    io_errors: bool,
}
