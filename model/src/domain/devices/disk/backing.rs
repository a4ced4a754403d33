//! Images that others build on, and copies in the making.

use crate::document::mapped;
use crate::storage_source::{ImageFormat, StorageSource};

/// An image that another builds on.
#[mapped]
#[order("format", "source", "backingStore")]
pub struct BackingStore {
    /// Its number in the chain of images; only told of running domains.
    #[attribute("index", lenient)]
    pub index: Option<u32>,
    /// Its format; absent where the chain ends.
    #[element("format")]
    pub format: Option<ImageFormat>,
    /// Where its data is; absent where the chain ends.
    #[flatten]
    pub source: Option<StorageSource>,
    /// The image below; absent where that is to be found out, one without anything in it where there is none.
    #[element("backingStore")]
    pub backing_store: Option<Box<BackingStore>>,
}

/// What a disk is being copied to. It belongs to the disk of a running domain, and is never set.
#[mapped]
#[order("format", "source", "backingStore")]
pub struct DiskMirror {
    /// What the copy is made for: `copy` or `active-commit`.
    #[attribute("job")]
    pub job: Option<String>,
    /// Whether the copy is complete: `yes`, `pivot` or `abort`.
    #[attribute("ready")]
    pub ready: Option<String>,
    /// The format of the copy.
    #[element("format")]
    pub format: Option<ImageFormat>,
    /// Where the copy is; absent in the form of old documents.
    #[flatten]
    pub source: Option<StorageSource>,
    /// The image below the copy.
    #[element("backingStore")]
    pub backing_store: Option<Box<BackingStore>>,
}
