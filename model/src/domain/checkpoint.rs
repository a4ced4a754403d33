//! The checkpoint document.

use super::snapshot::check_disks;
use crate::document::mapping::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot};
use crate::xml::Element;

/// A checkpoint's document.
pub type CheckpointConfig = Config<Checkpoint>;

mapped! {
    /// What is known of a checkpoint by type.
    #[derive(Default)]
    pub struct Checkpoint {
        /// The checkpoint's name; absent when one is to be made.
        name: Option<String> = element "name",
        /// A text for people.
        description: Option<String> = element "description",
        /// The checkpoint on which this one builds.
        parent: Option<CheckpointParent> = element "parent",
        /// When it was made, in seconds since the start of 1970.
        creation_time: Option<i64> = element "creationTime",
        /// What is done with the disks; absent for the driver's choice.
        disks: Option<CheckpointDisks> = element "disks",
    }
    order &["name", "description", "parent", "creationTime", "disks", "domain"];
}

mapped! {
    /// A checkpoint on which another one builds.
    #[derive(Default)]
    pub struct CheckpointParent {
        /// Its name.
        name: String = element "name",
    }
}

mapped! {
    /// What a checkpoint does with disks.
    #[derive(Default)]
    pub struct CheckpointDisks {
        /// The disks; for those not named the driver chooses.
        disks: Vec<CheckpointDisk> = element "disk",
    }
}

mapped! {
    /// What a checkpoint does with one disk.
    #[derive(Default)]
    pub struct CheckpointDisk {
        /// The disk's target, such as `vda`, or the path of its source.
        name: String = attribute "name",
        /// Whether changes of the disk are tracked.
        checkpoint: Option<CheckpointMode> = attribute "checkpoint",
        /// The name of the bitmap that tracks them; absent for the checkpoint's name.
        bitmap: Option<String> = attribute "bitmap",
        /// How much has changed since, in bytes; only ever told, never set.
        size: Option<u64> = attribute "size",
    }
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
