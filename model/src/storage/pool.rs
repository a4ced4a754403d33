//! The storage pool document.

mod adapter;
mod kinds;
mod rules;
mod source;

use super::permissions::Permissions;
use crate::document::text::words;
use crate::document::{ByteSize, Config, DocumentError, DocumentRoot, YesNo, mapped};
use crate::xml::Element;
pub use adapter::{Adapter, FibreChannelAdapter, ParentAddress, ScsiAdapter};
pub use rules::complete;
pub use source::{
    FreeExtent, Initiator, InitiatorName, PoolFormat, PoolFormatType, PoolSource, Product, Protocol,
    SourceDevice, SourceDirectory, SourceHost, Vendor,
};
use uuid::Uuid;

/// A storage pool's document.
pub type PoolConfig = Config<Pool>;

/// A storage pool.
#[mapped]
pub struct Pool {
    /// Where its volumes are.
    #[attribute("type")]
    pub pool_type: PoolType,
    /// Its name; absent where that of the source does.
    #[element("name")]
    pub name: Option<String>,
    /// What identifies it; absent when one is to be made.
    #[element("uuid", error = Invalid)]
    pub uuid: Option<Uuid>,
    /// How much it can hold; only ever told, never set.
    #[element("capacity", lenient)]
    pub capacity: Option<ByteSize>,
    /// How much of it is taken; only ever told, never set.
    #[element("allocation", lenient)]
    pub allocation: Option<ByteSize>,
    /// How much of it is free; only ever told, never set.
    #[element("available", lenient)]
    pub available: Option<ByteSize>,
    /// What it can do.
    #[element("features")]
    pub features: Option<PoolFeatures>,
    /// What it is made of.
    #[element("source")]
    pub source: Option<PoolSource>,
    /// Where the host sees it.
    #[element("target")]
    pub target: Option<PoolTarget>,
    /// How its volumes are looked at.
    #[element("refresh")]
    pub refresh: Option<PoolRefresh>,
    /// What a file system is mounted with.
    #[element("fs:mount_opts")]
    pub mount_options: Option<MountOptions>,
    /// Ceph's settings.
    #[element("rbd:config_opts")]
    pub ceph_settings: Option<CephSettings>,
}

words! {
    /// Where a pool's volumes are.
    pub enum PoolType("type of storage pool", Invalid) {
        /// In a directory.
        Directory = "dir",
        /// In a file system on a device, which is mounted.
        FileSystem = "fs",
        /// In a file system on a server, which is mounted.
        NetworkFileSystem = "netfs",
        /// In a group of LVM volumes.
        Logical = "logical",
        /// In the partitions of a disk.
        Disk = "disk",
        /// On an iSCSI server, through devices of the host.
        Iscsi = "iscsi",
        /// On an iSCSI server, through a library.
        IscsiDirect = "iscsi-direct",
        /// Behind a SCSI adapter.
        Scsi = "scsi",
        /// In devices that can be reached in more than one way.
        Multipath = "mpath",
        /// In a pool of Ceph.
        Rbd = "rbd",
        /// In Sheepdog.
        Sheepdog = "sheepdog",
        /// In a Gluster volume.
        Gluster = "gluster",
        /// In a ZFS pool.
        Zfs = "zfs",
        /// In Virtuozzo Storage.
        Vstorage = "vstorage",
    }
}

/// What a pool can do.
#[mapped(omit_empty)]
pub struct PoolFeatures {
    /// Whether files of it are copied on writing.
    #[element("cow")]
    pub copy_on_write: Option<CopyOnWrite>,
}

/// Whether files are copied on writing.
#[mapped(omit_empty)]
pub struct CopyOnWrite {
    /// Whether they are.
    #[attribute("state")]
    pub state: Option<YesNo>,
}

/// Where the host sees a pool.
#[mapped(omit_empty)]
pub struct PoolTarget {
    /// The directory.
    #[element("path")]
    pub path: Option<String>,
    /// Who may do what in it.
    #[element("permissions")]
    pub permissions: Option<Permissions>,
}

/// How a pool's volumes are looked at.
#[mapped(omit_empty)]
pub struct PoolRefresh {
    /// How each is.
    #[element("volume")]
    pub volume: Option<VolumeRefresh>,
}

/// How a volume is looked at.
#[mapped(omit_empty)]
pub struct VolumeRefresh {
    /// How it is found out how much of the pool a volume takes.
    #[attribute("allocation")]
    pub allocation: Option<AllocationRefresh>,
}

words! {
    /// How it is found out how much of the pool a volume takes.
    pub enum AllocationRefresh("way to find out an allocation", Unsupported, blank) {
        /// By counting, which can take long.
        Default = "default",
        /// By taking the volume's capacity for it.
        Capacity = "capacity",
    }
}

/// What a file system is mounted with.
#[mapped(omit_empty)]
pub struct MountOptions {
    /// The options.
    #[element("fs:option")]
    pub options: Vec<MountOption>,
}

/// An option of mounting.
#[mapped]
pub struct MountOption {
    /// The option, with its value behind a `=`.
    #[attribute("name")]
    pub name: crate::document::Text,
}

/// Ceph's settings.
#[mapped(omit_empty)]
pub struct CephSettings {
    /// The settings.
    #[element("rbd:option")]
    pub options: Vec<CephSetting>,
}

/// A setting of Ceph's.
#[mapped]
pub struct CephSetting {
    /// Its name.
    #[attribute("name")]
    pub name: crate::document::Text,
    /// Its value.
    #[attribute("value")]
    pub value: crate::document::Text,
}

impl DocumentRoot for Pool {
    const ROOT: &'static str = "pool";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        let Some(source) = root.child("source") else { return Ok(()) };
        self.source.as_ref().map_or(Ok(()), |typed| typed.check(source))
    }
}

impl PoolConfig {
    /// The pool with everything that the document leaves open.
    ///
    /// # Errors
    ///
    /// As [`complete`]; places are those in this document.
    pub fn completed(&self) -> Result<Pool, DocumentError> {
        let mut pool = self.typed();
        complete(&mut pool).map_err(|fault| fault.in_document(self.root()))?;
        Ok(pool)
    }
}
