//! How a file system is served to its guest.

use crate::document::text::words;
use crate::document::{OnOff, mapped};
use crate::domain::devices::virtio_options::VirtioOptions;
use crate::storage_source::StorageFormat;

/// How a file system is served.
#[mapped(omit_empty)]
pub struct FilesystemDriver {
    /// What serves it; absent for the driver's choice.
    #[attribute("type")]
    pub driver_type: Option<FilesystemDriverType>,
    /// The format of an image.
    #[attribute("format")]
    pub format: Option<StorageFormat>,
    /// When the host writes.
    #[attribute("wrpolicy")]
    pub write_policy: Option<WritePolicy>,
    /// How many requests a queue holds.
    #[attribute("queue")]
    pub queue_size: Option<u64>,
    /// What a virtio device asks of the path to the host.
    #[flatten]
    pub virtio: VirtioOptions,
}

/// The program that serves a file system.
#[mapped(omit_empty)]
pub struct FilesystemBinary {
    /// Its path; absent for the usual one.
    #[attribute("path")]
    pub path: Option<String>,
    /// Whether the guest has extended attributes.
    #[attribute("xattr")]
    pub extended_attributes: Option<OnOff>,
    /// What it caches.
    #[element("cache")]
    pub cache: Option<BinaryCache>,
    /// How it is confined.
    #[element("sandbox")]
    pub sandbox: Option<BinarySandbox>,
    /// Which locks the guest shares with the host.
    #[element("lock")]
    pub lock: Option<BinaryLock>,
    /// Its threads.
    #[element("thread_pool")]
    pub threads: Option<BinaryThreads>,
}

/// What a program that serves a file system caches.
#[mapped(omit_empty)]
pub struct BinaryCache {
    /// When.
    #[attribute("mode")]
    pub mode: Option<CachingMode>,
}

/// How a program that serves a file system is confined.
#[mapped(omit_empty)]
pub struct BinarySandbox {
    /// How.
    #[attribute("mode")]
    pub mode: Option<SandboxMode>,
}

/// Which locks a guest shares with the host.
#[mapped(omit_empty)]
pub struct BinaryLock {
    /// Those of ranges.
    #[attribute("posix")]
    pub posix: Option<OnOff>,
    /// Those of whole files.
    #[attribute("flock")]
    pub flock: Option<OnOff>,
}

/// Threads of a program that serves a file system.
#[mapped(omit_empty)]
pub struct BinaryThreads {
    /// How many at most.
    #[attribute("size")]
    pub size: Option<i32>,
}

words! {
    /// What serves a file system.
    pub enum FilesystemDriverType("driver of a file system", Invalid) {
        /// What the driver has.
        Default = "default",
        /// The 9P server of the hypervisor, by paths.
        Path = "path",
        /// The 9P server of the hypervisor, by handles.
        Handle = "handle",
        /// A loop device.
        Loop = "loop",
        /// A network block device.
        Nbd = "nbd",
        /// Parallels' loop device.
        Ploop = "ploop",
        /// virtiofs.
        VirtioFs = "virtiofs",
    }
}

words! {
    /// When the host writes.
    pub enum WritePolicy("write policy", Invalid) {
        /// When it likes.
        Default = "default",
        /// At once.
        Immediate = "immediate",
    }
}

words! {
    /// When a file system is cached.
    pub enum CachingMode("cache mode of a file system", Invalid) {
        /// What the driver does.
        Default = "default",
        /// Never.
        None = "none",
        /// Always.
        Always = "always",
    }
}

words! {
    /// How a program is confined.
    pub enum SandboxMode("way to confine", Invalid) {
        /// What the driver does.
        Default = "default",
        /// By namespaces.
        Namespace = "namespace",
        /// By a root directory of its own.
        Chroot = "chroot",
    }
}
