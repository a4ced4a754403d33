//! What a pool is made of.

use super::adapter::Adapter;
use crate::document::text::words;
use crate::document::{DocumentError, DocumentErrorKind, Problem, Text, YesNo, mapped};
use crate::storage::Authentication;
use crate::storage::AuthenticationType;
use crate::xml::Element;

/// What a pool is made of.
#[mapped]
pub struct PoolSource {
    /// The servers.
    #[element("host")]
    pub hosts: Vec<SourceHost>,
    /// The devices, or the target on an iSCSI server.
    #[element("device")]
    pub devices: Vec<SourceDevice>,
    /// The directory on a server.
    #[element("dir")]
    pub directory: Option<SourceDirectory>,
    /// The SCSI adapter.
    #[element("adapter")]
    pub adapter: Option<Adapter>,
    /// The name of the pool or group of volumes.
    #[element("name")]
    pub name: Option<String>,
    /// Who the host is for an iSCSI server.
    #[element("initiator")]
    pub initiator: Option<Initiator>,
    /// The format.
    #[element("format")]
    pub format: Option<PoolFormat>,
    /// How the host proves who it is.
    #[element("auth")]
    pub authentication: Option<Authentication>,
    /// The protocol.
    #[element("protocol")]
    pub protocol: Option<Protocol>,
    /// Who made the device.
    #[element("vendor")]
    pub vendor: Option<Vendor>,
    /// Which product the device is.
    #[element("product")]
    pub product: Option<Product>,
}

/// A server.
#[mapped]
pub struct SourceHost {
    /// Its name or address.
    #[attribute("name")]
    pub name: Text,
    /// Its port; absent or 0 for the protocol's own.
    #[attribute("port")]
    pub port: Option<i32>,
}

/// A device that a pool is made of.
#[mapped]
pub struct SourceDevice {
    /// Its path.
    #[attribute("path")]
    pub path: Text,
    /// Whether a `p` stands between its name and the number of a partition; absent for as the name needs it.
    #[attribute("part_separator")]
    pub part_separator: Option<YesNo>,
    /// What of it is free; only ever told, never set.
    #[element("freeExtent")]
    pub free_extents: Vec<FreeExtent>,
}

/// A part of a device that is free.
#[mapped]
pub struct FreeExtent {
    /// Where it begins, in bytes.
    #[attribute("start")]
    pub start: u64,
    /// Where it ends, in bytes.
    #[attribute("end")]
    pub end: u64,
}

/// A directory on a server.
#[mapped(omit_empty)]
pub struct SourceDirectory {
    /// Its path there.
    #[attribute("path")]
    pub path: Option<String>,
}

/// Who the host is for an iSCSI server.
#[mapped(omit_empty)]
pub struct Initiator {
    /// Its name.
    #[element("iqn")]
    pub name: Option<InitiatorName>,
}

/// A qualified name of iSCSI.
#[mapped(omit_empty)]
pub struct InitiatorName {
    /// The name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// The format of a pool.
#[mapped(omit_empty)]
pub struct PoolFormat {
    /// Which; what there is depends on the type of the pool.
    #[attribute("type")]
    pub format: Option<PoolFormatType>,
}

words! {
    /// The format of a pool.
    pub enum PoolFormatType("format of a storage pool", Unsupported, blank) {
        /// Whatever is found: `fs` and `netfs`.
        Auto = "auto",
        /// ext2: `fs`.
        Ext2 = "ext2",
        /// ext3: `fs`.
        Ext3 = "ext3",
        /// ext4: `fs`.
        Ext4 = "ext4",
        /// UFS: `fs`.
        Ufs = "ufs",
        /// ISO 9660: `fs`.
        Iso9660 = "iso9660",
        /// UDF: `fs`.
        Udf = "udf",
        /// GFS: `fs`.
        Gfs = "gfs",
        /// GFS2: `fs`.
        Gfs2 = "gfs2",
        /// FAT: `fs`.
        Vfat = "vfat",
        /// HFS+: `fs`.
        HfsPlus = "hfs+",
        /// XFS: `fs`.
        Xfs = "xfs",
        /// OCFS2: `fs`.
        Ocfs2 = "ocfs2",
        /// VMFS: `fs`.
        Vmfs = "vmfs",
        /// NFS: `netfs`.
        Nfs = "nfs",
        /// Gluster: `netfs`.
        GlusterFs = "glusterfs",
        /// SMB: `netfs`.
        Cifs = "cifs",
        /// Not known yet: `disk` and `logical`.
        Unknown = "unknown",
        /// DOS partitions: `disk`.
        Dos = "dos",
        /// SGI partitions: `disk`.
        Dvh = "dvh",
        /// GUID partitions: `disk`.
        Gpt = "gpt",
        /// Macintosh partitions: `disk`.
        Mac = "mac",
        /// BSD partitions: `disk`.
        Bsd = "bsd",
        /// PC-98 partitions: `disk`.
        Pc98 = "pc98",
        /// Sun partitions: `disk`.
        Sun = "sun",
        /// LVM2: `disk` and `logical`.
        Lvm2 = "lvm2",
    }
}

/// The protocol to a server.
#[mapped(omit_empty)]
pub struct Protocol {
    /// Its version.
    #[attribute("ver")]
    pub version: Option<String>,
}

/// Who made a device.
#[mapped(omit_empty)]
pub struct Vendor {
    /// The maker's name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// Which product a device is.
#[mapped(omit_empty)]
pub struct Product {
    /// The product's name.
    #[attribute("name")]
    pub name: Option<String>,
}

impl PoolSource {
    pub(super) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        let child = |name: &str| element.child(name).unwrap_or(element);
        if let Some(adapter) = &self.adapter {
            adapter.check(child("adapter"))?;
        }
        if let Some(authentication) = &self.authentication {
            authentication.check(child("auth"))?;
            if matches!(authentication.method, None | Some(AuthenticationType::None)) {
                let problem =
                    Problem::new(DocumentErrorKind::Unsupported, "the authentication of a pool has no type");
                return Err(problem.hint("write type='chap' or type='ceph'").at(child("auth")));
            }
        }
        Ok(())
    }

    /// The initiator's name.
    pub(super) fn initiator_name(&self) -> Option<&str> {
        self.initiator.as_ref()?.name.as_ref()?.name.as_deref()
    }
}
