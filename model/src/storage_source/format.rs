//! How an image is laid out.

use crate::document::text::words;
use crate::document::{ByteSize, mapped};

/// How an image is laid out.
#[mapped]
pub struct ImageFormat {
    /// The format.
    #[attribute("type")]
    pub format: StorageFormat,
    /// What is kept of its tables in memory.
    #[element("metadata_cache")]
    pub metadata_cache: Option<MetadataCache>,
}

/// What is kept of an image's tables in memory.
#[mapped(omit_empty)]
pub struct MetadataCache {
    /// The most of it.
    #[element("max_size")]
    pub max_size: Option<ByteSize>,
}

words! {
    /// A format of images.
    pub enum StorageFormat("format of images", Invalid) {
        /// None at all.
        None = "none",
        /// The bytes of the disk.
        Raw = "raw",
        /// A directory.
        Dir = "dir",
        /// Bochs.
        Bochs = "bochs",
        /// A compressed loop device.
        Cloop = "cloop",
        /// Apple's disk image.
        Dmg = "dmg",
        /// A CD-ROM.
        Iso = "iso",
        /// Virtual PC.
        Vpc = "vpc",
        /// VirtualBox.
        Vdi = "vdi",
        /// FAT made from a directory.
        Fat = "fat",
        /// Virtual hard disk.
        Vhd = "vhd",
        /// Parallels' loop device.
        Ploop = "ploop",
        /// LUKS.
        Luks = "luks",
        /// Copy on write, of User-mode Linux.
        Cow = "cow",
        /// The first version of QEMU's own.
        Qcow = "qcow",
        /// QEMU's own.
        Qcow2 = "qcow2",
        /// QEMU's enhanced disk.
        Qed = "qed",
        /// VMware.
        Vmdk = "vmdk",
        /// The bytes of the disk, in an old word of Xen's.
        Aio = "aio",
    }
}
