//! USB devices and their interfaces.

use super::pci::ProductName;
use crate::document::mapped;

/// A device on a USB bus.
#[mapped]
pub struct UsbDevice {
    /// The bus.
    #[element("bus", error = Malformed)]
    pub bus: u32,
    /// Its number on the bus.
    #[element("device", error = Malformed)]
    pub device: u32,
    /// What it is.
    #[element("product", error = Malformed)]
    pub product: ProductName,
    /// Who made it.
    #[element("vendor", error = Malformed)]
    pub vendor: ProductName,
}

/// An interface of a USB device.
#[mapped]
pub struct UsbInterface {
    /// Its number.
    #[element("number", error = Malformed)]
    pub number: u32,
    /// The class of interface.
    #[element("class", error = Malformed)]
    pub class: u32,
    /// The class within that.
    #[element("subclass", error = Malformed)]
    pub subclass: u32,
    /// How it is talked to.
    #[element("protocol", error = Malformed)]
    pub protocol: u32,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
}
