//! Devices that give parts of themselves to guests, and those parts.

use crate::document::mapped;
use uuid::Uuid;

/// What a device can do that gives parts of itself to guests.
#[mapped(tag = "type", lenient, missing = Invalid)]
pub enum MediatedCapability {
    /// Give parts of these types.
    #[value("mdev_types")]
    Types(MediatedTypes),
}

/// The types of parts that a device gives.
#[mapped]
pub struct MediatedTypes {
    /// The types.
    #[element("type")]
    pub types: Vec<MediatedType>,
}

/// A type of parts.
#[mapped]
pub struct MediatedType {
    /// What it is asked for by.
    #[attribute("id")]
    pub id: String,
    /// A name for people.
    #[element("name")]
    pub name: Option<String>,
    /// How it is used, such as `vfio-pci`.
    #[element("deviceAPI")]
    pub device_api: String,
    /// How many can still be had.
    #[element("availableInstances")]
    pub available: u32,
}

/// A part of another device that is given to a guest.
#[mapped]
pub struct MediatedDevice {
    /// What type it is.
    #[element("type", error = Unsupported)]
    pub type_name: MediatedTypeName,
    /// Its UUID; absent when one is to be made.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// The device that it is part of.
    #[element("parent_addr")]
    pub parent_address: Option<String>,
    /// The group of devices that it can only be given away with.
    #[element("iommuGroup", error = Malformed)]
    pub group: Option<MediatedGroup>,
    /// Settings of the kernel's driver.
    #[element("attr")]
    pub attributes: Vec<MediatedAttribute>,
}

/// What type a part is.
#[mapped]
pub struct MediatedTypeName {
    /// The type's identifier.
    #[attribute("id")]
    pub id: String,
}

/// The group of devices that a part can only be given away with.
#[mapped]
pub struct MediatedGroup {
    /// Its number.
    #[attribute("number")]
    pub number: Option<u32>,
}

/// A setting of the kernel's driver.
#[mapped]
pub struct MediatedAttribute {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
    /// Its value.
    #[attribute("value")]
    pub value: Option<String>,
}
