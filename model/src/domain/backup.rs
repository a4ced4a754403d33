//! The backup document.

use super::snapshot::{FileSource, SnapshotDriver, check_disks};
use crate::document::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot, YesNo};
use crate::xml::Element;

/// A backup's document.
pub type BackupConfig = Config<Backup>;

/// What is known of a backup by type.
#[mapped]
pub struct Backup {
    /// Who moves the data; absent for [`BackupMode::Push`].
    #[attribute("mode")]
    pub mode: Option<BackupMode>,
    /// The checkpoint since which changes are backed up; absent for a full backup.
    #[element("incremental")]
    pub incremental: Option<String>,
    /// Where data can be pulled from.
    #[element("server")]
    pub server: Option<BackupServer>,
    /// The disks; absent for all of them.
    #[element("disks")]
    pub disks: Option<BackupDisks>,
}

/// Where data can be pulled from.
#[mapped]
pub struct BackupServer {
    /// `tcp` or `unix`.
    #[attribute("transport")]
    pub transport: Option<String>,
    /// Whether the connection is encrypted.
    #[attribute("tls")]
    pub tls: Option<YesNo>,
    /// The address to listen on.
    #[attribute("name")]
    pub name: Option<String>,
    /// The port to listen on; absent when one is to be found.
    #[attribute("port")]
    pub port: Option<u32>,
    /// The path of the socket.
    #[attribute("socket")]
    pub socket: Option<String>,
}

/// The disks that are backed up.
#[mapped]
pub struct BackupDisks {
    /// The disks; one not named is not backed up.
    #[element("disk")]
    pub disks: Vec<BackupDisk>,
}

/// How one disk is backed up.
#[mapped]
pub struct BackupDisk {
    /// The disk's target, such as `vda`.
    #[attribute("name")]
    pub name: String,
    /// Whether it is backed up; absent for yes.
    #[attribute("backup")]
    pub backup: Option<YesNo>,
    /// What it is backed up to: `file` or `block`.
    #[attribute("type")]
    pub target_type: Option<String>,
    /// Whether all of it is backed up, or what changed.
    #[attribute("backupmode")]
    pub content: Option<BackupContent>,
    /// The checkpoint since which changes of this disk are backed up; absent for that of the whole backup.
    #[attribute("incremental")]
    pub incremental: Option<String>,
    /// The name by which its data is pulled; absent for that of the disk.
    #[attribute("exportname")]
    pub export_name: Option<String>,
    /// The name by which clients ask what changed.
    #[attribute("exportbitmap")]
    pub export_bitmap: Option<String>,
    /// Its number in the chain of images; only told of running backups.
    #[attribute("index", lenient)]
    pub index: Option<u32>,
    /// How what it is backed up to is laid out; absent for qcow2.
    #[element("driver")]
    pub driver: Option<SnapshotDriver>,
    /// Where it is backed up to.
    #[element("target")]
    pub target: Option<FileSource>,
    /// Where changes of the running guest are kept while data is pulled.
    #[element("scratch")]
    pub scratch: Option<FileSource>,
}

words! {
    /// What of a disk is backed up.
    pub enum BackupContent("mode of a disk's backup", Invalid) {
        /// All of it.
        Full = "full",
        /// What changed since a checkpoint.
        Incremental = "incremental",
    }
}

words! {
    /// Who moves the data of a backup.
    pub enum BackupMode("mode of a backup", Invalid) {
        /// The hypervisor writes it.
        Push = "push",
        /// A client reads it.
        Pull = "pull",
    }
}

impl DocumentRoot for Backup {
    const ROOT: &'static str = "domainbackup";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        check_disks(root, self.disks.iter().flat_map(|disks| &disks.disks).map(|disk| disk.name.as_str()))
    }
}
