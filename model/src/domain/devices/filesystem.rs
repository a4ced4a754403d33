//! A directory or a file system of the host in the guest.

mod driver;
mod source;

use super::info::DeviceInfo;
use super::virtio_options::VirtioModel;
use crate::document::text::words;
use crate::document::{ByteSize, mapped};

pub use driver::{
    BinaryCache, BinaryLock, BinarySandbox, BinaryThreads, CachingMode, FilesystemBinary, FilesystemDriver,
    FilesystemDriverType, SandboxMode, WritePolicy,
};
pub use source::{
    BlockFilesystem, DirectoryFilesystem, FileFilesystem, FilesystemBlock, FilesystemDirectory,
    FilesystemFile, FilesystemMemory, FilesystemSource, FilesystemTemplate, FilesystemVolume,
    MemoryFilesystem, TemplateFilesystem, VolumeFilesystem,
};

/// A directory or a file system of the host in the guest.
#[mapped]
#[order(
    "driver",
    "binary",
    "source",
    "target",
    "readonly",
    "space_hard_limit",
    "space_soft_limit",
    "boot",
    "alias",
    "acpi",
    "address"
)]
pub struct Filesystem {
    /// How the guest's rights are those of the host.
    #[attribute("accessmode")]
    pub access_mode: Option<AccessMode>,
    /// The rights of new files.
    #[attribute("fmode", kept)]
    pub file_mode: Option<String>,
    /// The rights of new directories.
    #[attribute("dmode", kept)]
    pub directory_mode: Option<String>,
    /// What to do when several devices of the host are in it.
    #[attribute("multidevs")]
    pub multiple_devices: Option<MultipleDevices>,
    /// Which device of the virtio family.
    #[attribute("model", error = Invalid)]
    pub model: Option<VirtioModel>,
    /// How it is served.
    #[element("driver")]
    pub driver: Option<FilesystemDriver>,
    /// The program that serves it.
    #[element("binary")]
    pub binary: Option<FilesystemBinary>,
    /// What of the host it is.
    #[flatten]
    pub source: FilesystemSource,
    /// Where the guest has it.
    #[element("target")]
    pub target: Option<FilesystemTarget>,
    /// Whether the guest may only read it.
    #[flag("readonly")]
    pub is_read_only: bool,
    /// The most space that the guest can use.
    #[element("space_hard_limit")]
    pub hard_limit: Option<ByteSize>,
    /// The most space that the guest can use for long.
    #[element("space_soft_limit")]
    pub soft_limit: Option<ByteSize>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// Where a guest has a file system.
#[mapped(omit_empty)]
pub struct FilesystemTarget {
    /// The directory, or a name that the guest mounts it by.
    #[attribute("dir")]
    pub directory: Option<String>,
}

words! {
    /// How a guest's rights are those of the host.
    pub enum AccessMode("access mode", Invalid) {
        /// The guest's rights are the host's.
        Passthrough = "passthrough",
        /// The guest's rights are kept apart.
        Mapped = "mapped",
        /// The guest's rights are tried, and forgotten when they fail.
        Squash = "squash",
    }
}

words! {
    /// What to do when several devices of the host are in a file system.
    pub enum MultipleDevices("way to have several devices", Invalid) {
        /// What the driver does.
        Default = "default",
        /// Numbers of files are made anew.
        Remap = "remap",
        /// Files of other devices cannot be used.
        Forbid = "forbid",
        /// A warning.
        Warn = "warn",
    }
}
