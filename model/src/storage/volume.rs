//! The storage volume document.

mod image;
mod rules;
mod target;

use crate::document::text::words;
use crate::document::{ByteSize, Config, DocumentError, DocumentRoot, Text, mapped};
use crate::xml::Element;
pub use rules::{Keeping, VolumeKeeper, complete};
pub use target::{
    BackingStore, ClusterSize, ImageFeatures, Timestamps, VolumeFormat, VolumeFormatType, VolumeTarget,
};

/// A storage volume's document.
pub type VolumeConfig = Config<Volume>;

/// A storage volume.
#[mapped]
pub struct Volume {
    /// What it is; absent for [`VolumeType::File`].
    #[attribute("type")]
    pub volume_type: Option<VolumeType>,
    /// Its name in the pool.
    #[element("name")]
    pub name: String,
    /// What identifies it on the host; only ever told, never set.
    #[element("key")]
    pub key: Option<String>,
    /// Which parts of devices it takes; only ever told, never set.
    #[element("source")]
    pub source: Option<VolumeSource>,
    /// How much a guest can write to it; it can be absent where there is a backing store.
    #[element("capacity")]
    pub capacity: Option<ByteSize>,
    /// How much of the pool it takes at first; absent for all of its capacity.
    #[element("allocation")]
    pub allocation: Option<ByteSize>,
    /// How large its file is; only ever told, never set.
    #[element("physical")]
    pub physical: Option<ByteSize>,
    /// Its image.
    #[element("target")]
    pub target: Option<VolumeTarget>,
    /// The image of which it holds the differences.
    #[element("backingStore")]
    pub backing_store: Option<BackingStore>,
}

words! {
    /// What a volume is.
    pub enum VolumeType("type of volume", Unsupported, blank) {
        /// A file.
        File = "file",
        /// A device.
        Block = "block",
        /// A directory.
        Directory = "dir",
        /// Something on a server.
        Network = "network",
        /// A directory on a server.
        NetworkDirectory = "netdir",
        /// An image of Virtuozzo.
        Ploop = "ploop",
    }
}

/// Which parts of devices a volume takes.
#[mapped(omit_empty)]
pub struct VolumeSource {
    /// The devices.
    #[element("device")]
    pub devices: Vec<VolumeSourceDevice>,
}

/// A device of which a volume takes parts.
#[mapped]
pub struct VolumeSourceDevice {
    /// Its path.
    #[attribute("path")]
    pub path: Text,
    /// The parts.
    #[element("extent")]
    pub extents: Vec<Extent>,
}

/// A part of a device.
#[mapped]
pub struct Extent {
    /// Where it begins, in bytes.
    #[attribute("start")]
    pub start: u64,
    /// Where it ends, in bytes.
    #[attribute("end")]
    pub end: u64,
}

impl DocumentRoot for Volume {
    const ROOT: &'static str = "volume";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        let Some(target) = &self.target else { return Ok(()) };
        target.check(root.child("target").unwrap_or(root))
    }
}

impl VolumeConfig {
    /// The volume with everything that the document leaves open, as it is in a pool of directories.
    ///
    /// # Errors
    ///
    /// As [`complete`]; places are those in this document.
    pub fn completed(&self, keeper: &VolumeKeeper<'_>) -> Result<Volume, DocumentError> {
        let mut volume = self.typed();
        complete(&mut volume, keeper).map_err(|fault| fault.in_document(self.root()))?;
        Ok(volume)
    }
}
