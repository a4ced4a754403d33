//! Backups of a running domain's disks.

/// Begins and shows backups.
#[family(accessor = backup)]
trait DomainBackupOps {
    /// Begins a backup, described in XML: pushed to files, or served to a client that pulls. Returns once it runs.
    ///
    /// With XML of a checkpoint that is made at the same moment, so that the next backup can go on from there.
    /// An event says when it has ended; `Domain::abort_job` ends it, and has to where a client pulls.
    #[call(access = write, emits = [JobCompleted], job = Backup, procedures = [domain_backup_begin],
           raises = [NotFound, InvalidState, ResourceBusy, XmlSyntax, XmlInvalid, ConfigUnsupported, AlreadyExists,
                     CheckpointInconsistent, System])]
    fn backup_begin(domain: Domain, xml: String, checkpoint_xml: Option<String>, options: BackupOptions);

    /// Shows the XML of the backup that runs, with what the driver chose.
    #[call(access = read, raises = [NotFound, NoBackup], procedures = [domain_backup_get_xml_desc])]
    fn backup_dumpxml(domain: Domain) -> String;
}

/// How `Domain::backup_begin` begins a backup.
#[options]
struct BackupOptions {
    /// Writes into files that are there already.
    #[flag(0x1)]
    reuse_external: bool,
}
