//! The checkpoint document.

mod rules;

use super::Domain;
use super::snapshot::check_disks;
use crate::document::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot};
use crate::xml::Element;

/// A checkpoint's document.
pub type CheckpointConfig = Config<Checkpoint>;

/// What is known of a checkpoint by type.
#[mapped]
pub struct Checkpoint {
    /// The checkpoint's name; absent when one is to be made.
    #[element("name")]
    pub name: Option<String>,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
    /// The checkpoint on which this one builds.
    #[element("parent")]
    pub parent: Option<CheckpointParent>,
    /// When it was made, in seconds since the start of 1970.
    #[element("creationTime")]
    pub creation_time: Option<i64>,
    /// What is done with the disks; absent for the driver's choice.
    #[element("disks")]
    pub disks: Option<CheckpointDisks>,
    /// The domain as it was then; told of a new one, wanted for one that is known again.
    #[element("domain")]
    pub domain: Option<Box<Domain>>,
}

/// A checkpoint on which another one builds.
#[mapped]
pub struct CheckpointParent {
    /// Its name.
    #[element("name")]
    pub name: String,
}

/// What a checkpoint does with disks.
#[mapped]
pub struct CheckpointDisks {
    /// The disks; for those not named the driver chooses.
    #[element("disk")]
    pub disks: Vec<CheckpointDisk>,
}

/// What a checkpoint does with one disk.
#[mapped]
pub struct CheckpointDisk {
    /// The disk's target, such as `vda`, or the path of its source.
    #[attribute("name")]
    pub name: String,
    /// Whether changes of the disk are tracked.
    #[attribute("checkpoint")]
    pub checkpoint: Option<CheckpointMode>,
    /// The name of the bitmap that tracks them; absent for the checkpoint's name.
    #[attribute("bitmap")]
    pub bitmap: Option<String>,
    /// How much has changed since, in bytes; only ever told, never set.
    #[attribute("size")]
    pub size: Option<u64>,
}

words! {
    /// Whether a checkpoint tracks changes of a disk.
    pub enum CheckpointMode("way to track changes", Invalid) {
        /// It does not.
        No = "no",
        /// In a bitmap of the disk image.
        Bitmap = "bitmap",
    }
}

impl DocumentRoot for Checkpoint {
    const ROOT: &'static str = "domaincheckpoint";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        check_disks(root, self.disks.iter().flat_map(|disks| &disks.disks).map(|disk| disk.name.as_str()))
    }
}
