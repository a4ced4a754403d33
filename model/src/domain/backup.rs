//! The backup document.

use super::snapshot::{FileSource, check_disks};
use crate::document::mapping::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot};
use crate::xml::Element;

/// A backup's document.
pub type BackupConfig = Config<Backup>;

mapped! {
    /// What is known of a backup by type.
    #[derive(Default)]
    pub struct Backup {
        /// Who moves the data; absent for [`BackupMode::Push`].
        mode: Option<BackupMode> = attribute "mode",
        /// The checkpoint since which changes are backed up; absent for a full backup.
        incremental: Option<String> = element "incremental",
        /// Where data can be pulled from.
        server: Option<BackupServer> = element "server",
        /// The disks; absent for all of them.
        disks: Option<BackupDisks> = element "disks",
    }
}

mapped! {
    /// Where data can be pulled from.
    #[derive(Default)]
    pub struct BackupServer {
        /// `tcp` or `unix`.
        transport: Option<String> = attribute "transport",
        /// The address to listen on.
        name: Option<String> = attribute "name",
        /// The port to listen on; absent when one is to be found.
        port: Option<u32> = attribute "port",
        /// The path of the socket.
        socket: Option<String> = attribute "socket",
    }
}

mapped! {
    /// The disks that are backed up.
    #[derive(Default)]
    pub struct BackupDisks {
        /// The disks; one not named is not backed up.
        disks: Vec<BackupDisk> = element "disk",
    }
}

mapped! {
    /// How one disk is backed up.
    #[derive(Default)]
    pub struct BackupDisk {
        /// The disk's target, such as `vda`.
        name: String = attribute "name",
        /// Whether it is backed up; absent for yes.
        backup: Option<YesNo> = attribute "backup",
        /// What it is backed up to: `file` or `block`.
        target_type: Option<String> = attribute "type",
        /// Where it is backed up to.
        target: Option<FileSource> = element "target",
        /// Where changes of the running guest are kept while data is pulled.
        scratch: Option<FileSource> = element "scratch",
    }
    order &["target", "scratch", "driver"];
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

words! {
    /// Yes or no.
    pub enum YesNo("yes or no", Invalid) {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

impl DocumentRoot for Backup {
    const ROOT: &'static str = "domainbackup";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        check_disks(root, self.disks.iter().flat_map(|disks| &disks.disks).map(|disk| disk.name.as_str()))
    }
}
