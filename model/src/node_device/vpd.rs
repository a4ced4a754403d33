//! What PCI devices tell about themselves.

use crate::document::mapped;
use crate::document::text::words;

/// What a PCI device tells about itself.
#[mapped]
pub struct Vpd {
    /// Its name.
    #[element("name")]
    pub name: String,
    /// What else it tells.
    #[element("fields")]
    pub fields: Vec<VpdFields>,
}

/// Fields that can be read, or written too. Which there are depends on that.
#[mapped]
pub struct VpdFields {
    /// Whether they can be written.
    #[attribute("access")]
    pub access: Option<VpdAccess>,
    /// The engineering change level; only to read.
    #[element("change_level")]
    pub change_level: Option<String>,
    /// The number of the manufacturer; only to read.
    #[element("manufacture_id")]
    pub manufacture_id: Option<String>,
    /// The number of the part; only to read.
    #[element("part_number")]
    pub part_number: Option<String>,
    /// The serial number; only to read.
    #[element("serial_number")]
    pub serial_number: Option<String>,
    /// What its owner knows it by; only to write.
    #[element("asset_tag")]
    pub asset_tag: Option<String>,
    /// Fields of the vendor.
    #[element("vendor_field")]
    pub vendor_fields: Vec<VpdField>,
    /// Fields of the system; only to write.
    #[element("system_field")]
    pub system_fields: Vec<VpdField>,
}

words! {
    /// Whether fields can be written.
    pub enum VpdAccess("access to fields", Invalid) {
        /// They can be read.
        ReadOnly = "readonly",
        /// They can be written too.
        ReadWrite = "readwrite",
    }
}

/// A field that a number or a letter stands for.
#[mapped]
pub struct VpdField {
    /// The number or letter.
    #[attribute("index")]
    pub index: Option<String>,
    /// What is in it.
    #[text]
    pub value: String,
}
