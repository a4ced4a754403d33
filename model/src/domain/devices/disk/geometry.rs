//! What a guest is told about the layout of a disk.

use crate::document::mapped;
use crate::document::text::words;

/// The geometry that a guest is told.
#[mapped]
pub struct DiskGeometry {
    /// Cylinders.
    #[attribute("cyls")]
    pub cylinders: Option<u32>,
    /// Heads.
    #[attribute("heads")]
    pub heads: Option<u32>,
    /// Sectors of a track.
    #[attribute("secs")]
    pub sectors: Option<u32>,
    /// How the firmware counts.
    #[attribute("trans")]
    pub translation: Option<GeometryTranslation>,
}

/// The sizes of a disk's blocks.
#[mapped(omit_empty)]
pub struct BlockIo {
    /// The smallest that the guest can read or write, in bytes.
    #[attribute("logical_block_size")]
    pub logical_block_size: Option<u32>,
    /// The smallest that the host reads or writes, in bytes.
    #[attribute("physical_block_size")]
    pub physical_block_size: Option<u32>,
}

words! {
    /// How firmware counts cylinders, heads and sectors.
    pub enum GeometryTranslation("translation of a geometry", Invalid) {
        /// As it finds.
        Auto = "auto",
        /// As they are.
        None = "none",
        /// In logical blocks.
        Lba = "lba",
    }
}
