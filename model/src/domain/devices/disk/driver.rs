//! How a disk is served to its guest.

use crate::document::text::words;
use crate::document::{OnOff, mapped};
use crate::domain::devices::virtio_options::VirtioOptions;
use crate::storage_source::{MetadataCache, StorageFormat};

/// How a disk is served.
#[mapped(omit_empty)]
pub struct DiskDriver {
    /// The program that serves it: `qemu`.
    #[attribute("name", kept)]
    pub name: Option<String>,
    /// The format of the image.
    #[attribute("type", error = Unsupported)]
    pub format: Option<StorageFormat>,
    /// How the host caches it.
    #[attribute("cache")]
    pub cache: Option<CacheMode>,
    /// What to do when the host cannot write.
    #[attribute("error_policy")]
    pub error_policy: Option<ErrorPolicy>,
    /// What to do when the host cannot read; absent for the same.
    #[attribute("rerror_policy")]
    pub read_error_policy: Option<ErrorPolicy>,
    /// How the host reads and writes.
    #[attribute("io")]
    pub io: Option<IoMode>,
    /// Whether requests are told by events of the kernel.
    #[attribute("ioeventfd")]
    pub io_event: Option<OnOff>,
    /// Whether the guest says up to which request it wants no event.
    #[attribute("event_idx")]
    pub event_index: Option<OnOff>,
    /// Whether what is read from the image below is kept in this one.
    #[attribute("copy_on_read")]
    pub copy_on_read: Option<OnOff>,
    /// What is done when the guest says that it needs blocks no longer.
    #[attribute("discard")]
    pub discard: Option<DiscardMode>,
    /// The I/O thread that serves it.
    #[attribute("iothread")]
    pub io_thread: Option<u32>,
    /// What is done when the guest writes zeroes.
    #[attribute("detect_zeroes")]
    pub detect_zeroes: Option<DetectZeroes>,
    /// How many queues it has.
    #[attribute("queues")]
    pub queues: Option<u32>,
    /// How many requests a queue holds.
    #[attribute("queue_size")]
    pub queue_size: Option<u32>,
    /// What a virtio device asks of the path to the host.
    #[flatten]
    pub virtio: VirtioOptions,
    /// What is kept of the image's tables in memory.
    #[element("metadata_cache")]
    pub metadata_cache: Option<MetadataCache>,
}

words! {
    /// How the host caches a disk.
    pub enum CacheMode("cache mode", Invalid) {
        /// What the driver does.
        Default = "default",
        /// Not at all.
        None = "none",
        /// Reads; writes go through.
        WriteThrough = "writethrough",
        /// Reads and writes.
        WriteBack = "writeback",
        /// Not at all, and each write goes through.
        DirectSync = "directsync",
        /// Reads and writes, whatever the guest asks to be written through.
        Unsafe = "unsafe",
    }
}

words! {
    /// What to do when the host cannot write.
    pub enum ErrorPolicy("error policy", Invalid) {
        /// Pause the guest.
        Stop = "stop",
        /// Tell the guest.
        Report = "report",
        /// Nothing.
        Ignore = "ignore",
        /// Pause the guest when there is no space, else tell it.
        NoSpace = "enospace",
    }
}

words! {
    /// How the host reads and writes.
    pub enum IoMode("way to read and write", Invalid) {
        /// Linux's own asynchronous way.
        Native = "native",
        /// Threads.
        Threads = "threads",
        /// Linux's rings.
        IoUring = "io_uring",
    }
}

words! {
    /// What is done with blocks that the guest needs no longer.
    pub enum DiscardMode("way to discard blocks", Invalid) {
        /// They are given back.
        Unmap = "unmap",
        /// Nothing.
        Ignore = "ignore",
    }
}

words! {
    /// What is done when the guest writes zeroes.
    pub enum DetectZeroes("way to detect zeroes", Invalid) {
        /// They are written.
        Off = "off",
        /// They are written in the quickest way.
        On = "on",
        /// The blocks are given back where that is allowed.
        Unmap = "unmap",
    }
}
