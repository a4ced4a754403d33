//! Saving a running domain to a file and restoring it.

/// Saves and restores domains, and shows and changes what saved files hold.
#[family(accessor = save)]
trait DomainSaveOps {
    /// Writes the domain's memory and state to a file and ends its run.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, System, Aborted, XmlInvalid],
           emits = [Lifecycle, JobCompleted], job = Save,
           procedures = [domain_save, domain_save_flags, domain_save_params])]
    fn save(domain: Domain, path: String, options: SaveOptions);

    /// Starts the domain that a file holds, where it was saved.
    #[call(access = write, raises = [InvalidState, AlreadyExists, System, Aborted, XmlInvalid, ConfigUnsupported],
           emits = [Lifecycle], job = Restore,
           procedures = [domain_restore, domain_restore_flags, domain_restore_params])]
    fn restore(connection: Connection, path: String, options: RestoreOptions);

    /// Saves the domain to a file of the driver's own, from which its next start restores it.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, System, Aborted],
           emits = [Lifecycle, JobCompleted], job = Save, procedures = [domain_managed_save])]
    fn managed_save(domain: Domain, options: ManagedSaveOptions);

    /// Says whether the domain has a managed save image.
    #[call(access = read, raises = [NotFound], procedures = [domain_has_managed_save_image])]
    fn has_managed_save(domain: Domain) -> bool;

    /// Throws the managed save image away, if there is one.
    #[call(access = write, raises = [NotFound, InvalidState, System], procedures = [domain_managed_save_remove])]
    fn managed_save_remove(domain: Domain);

    /// Shows the XML of the domain in the managed save image.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_managed_save_get_xml_desc])]
    fn managed_save_dumpxml(domain: Domain, options: SavedXmlOptions) -> String;

    /// Changes the XML of the domain in the managed save image, in what the guest cannot see.
    #[call(access = write, raises = [NotFound, InvalidState, XmlSyntax, XmlInvalid, ConfigUnsupported],
           procedures = [domain_managed_save_define_xml])]
    fn managed_save_define(domain: Domain, xml: String, options: SavedStateOptions);

    /// Shows the XML of the domain that a file holds.
    #[call(access = read, raises = [System], procedures = [domain_save_image_get_xml_desc])]
    fn save_image_dumpxml(connection: Connection, path: String, options: SavedXmlOptions) -> String;

    /// Changes the XML of the domain that a file holds, in what the guest cannot see.
    #[call(access = write, raises = [System, XmlSyntax, XmlInvalid, ConfigUnsupported],
           procedures = [domain_save_image_define_xml])]
    fn save_image_define(connection: Connection, path: String, xml: String, options: SavedStateOptions);
}

/// How `Domain::save` saves.
#[options]
struct SaveOptions {
    /// Writes past the host's page cache.
    #[flag(0x1)]
    bypass_cache: bool,
    /// The restored domain runs, even if this one is paused.
    #[flag(0x2)]
    running: bool,
    /// The restored domain is paused, even if this one runs.
    #[flag(0x4)]
    paused: bool,
    /// XML to save in place of the domain's own, different in what the guest cannot see; absent, its own.
    #[param("dxml", string)]
    xml: Option<String>,
    /// The form of the file, such as `raw`, `zstd` or `sparse`; absent, as the driver is set up.
    #[param("image_format", string)]
    image_format: Option<String>,
    /// How many threads write, in form `sparse`; absent, one.
    #[param("parallel.channels", int)]
    parallel_channels: Option<i32>,
}

/// How `Connection::restore` restores.
#[options]
struct RestoreOptions {
    /// Reads past the host's page cache.
    #[flag(0x1)]
    bypass_cache: bool,
    /// The domain runs, even if it was saved paused.
    #[flag(0x2)]
    running: bool,
    /// The domain is paused, even if it was saved running.
    #[flag(0x4)]
    paused: bool,
    /// Makes the domain's firmware variables anew from their template.
    #[flag(0x8)]
    reset_nvram: bool,
    /// XML to use in place of what the file holds, different in what the guest cannot see; absent, the file's.
    #[param("dxml", string)]
    xml: Option<String>,
    /// How many threads read, if the file's form allows it; absent, one.
    #[param("parallel.channels", int)]
    parallel_channels: Option<i32>,
}

/// How `Domain::managed_save` saves.
#[options]
struct ManagedSaveOptions {
    /// Writes past the host's page cache.
    #[flag(0x1)]
    bypass_cache: bool,
    /// The restored domain runs, even if this one is paused.
    #[flag(0x2)]
    running: bool,
    /// The restored domain is paused, even if this one runs.
    #[flag(0x4)]
    paused: bool,
}

/// What is shown of saved XML.
#[options]
struct SavedXmlOptions {
    /// With secrets, such as passwords of graphical consoles.
    #[flag(0x1)]
    #[secret]
    secure: bool,
}

/// What a saved domain does once it is restored. With neither set that stays as it is.
#[options]
struct SavedStateOptions {
    /// It runs.
    #[flag(0x2)]
    running: bool,
    /// It is paused.
    #[flag(0x4)]
    paused: bool,
}
