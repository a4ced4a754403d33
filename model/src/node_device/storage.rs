//! Devices that store data.

use crate::document::mapped;

/// A device that stores data.
#[mapped]
pub struct StorageDevice {
    /// Its file under `/dev`.
    #[element("block", error = Malformed)]
    pub block: String,
    /// The bus that it is connected by.
    #[element("bus")]
    pub bus: Option<String>,
    /// What it is, such as `disk` or `cdrom`.
    #[element("drive_type")]
    pub drive_type: Option<String>,
    /// What model it is.
    #[element("model")]
    pub model: Option<String>,
    /// Who made it.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// Its serial number.
    #[element("serial")]
    pub serial: Option<String>,
    /// How much it holds, in bytes; absent where the medium can be taken out.
    #[element("size", error = Malformed)]
    pub size: Option<u64>,
    /// The size of a block, in bytes.
    #[element("logical_block_size", lenient)]
    pub logical_block_size: Option<u64>,
    /// How many blocks there are.
    #[element("num_blocks", lenient)]
    pub block_count: Option<u64>,
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<StorageCapability>,
}

/// What else a device that stores data can do.
#[mapped(tag = "type", error = Malformed, missing = Malformed)]
pub enum StorageCapability {
    /// The medium can be taken out.
    #[value("removable")]
    Removable(RemovableMedia),
    /// It can be plugged in and out.
    #[value("hotpluggable")]
    HotPluggable,
}

/// A medium that can be taken out.
#[mapped]
pub struct RemovableMedia {
    /// Whether one is there: 1 if so.
    #[element("media_available", lenient)]
    pub available: Option<u32>,
    /// How much it holds, in bytes.
    #[element("media_size", error = Malformed)]
    pub size: u64,
    /// What is written on it.
    #[element("media_label")]
    pub label: Option<String>,
    /// The size of a block, in bytes.
    #[element("logical_block_size", lenient)]
    pub logical_block_size: Option<u64>,
    /// How many blocks there are.
    #[element("num_blocks", lenient)]
    pub block_count: Option<u64>,
}
