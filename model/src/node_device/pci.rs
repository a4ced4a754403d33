//! PCI devices.

use super::mediated::MediatedTypes;
use super::number::BaseSixteen;
use super::vpd::Vpd;
use crate::document::text::words;
use crate::document::{Hexadecimal, mapped};

/// A device on a PCI bus.
#[mapped]
pub struct PciDevice {
    /// The class of device.
    #[element("class", error = Malformed)]
    pub class: Option<BaseSixteen<6>>,
    /// The PCI domain.
    #[element("domain", error = Malformed)]
    pub domain: u32,
    /// The bus.
    #[element("bus", error = Malformed)]
    pub bus: u32,
    /// The slot.
    #[element("slot", error = Malformed)]
    pub slot: u32,
    /// The function.
    #[element("function", error = Malformed)]
    pub function: u32,
    /// What it is.
    #[element("product", error = Malformed)]
    pub product: ProductName,
    /// Who made it.
    #[element("vendor", error = Malformed)]
    pub vendor: ProductName,
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<PciCapability>,
    /// The devices that it can only be given away with.
    #[element("iommuGroup")]
    pub group: Option<IommuGroup>,
    /// The NUMA node that it is near to.
    #[element("numa", error = Malformed)]
    pub numa: Option<NumaNode>,
    /// What is known of its connection.
    #[element("pci-express")]
    pub express: Option<PciExpress>,
}

/// A product or a vendor.
#[mapped]
pub struct ProductName {
    /// The number.
    #[attribute("id")]
    pub id: BaseSixteen<4>,
    /// The name; empty where it is not known.
    #[text]
    pub name: String,
}

/// What else a PCI device can do.
#[mapped(tag = "type", lenient, missing = Invalid)]
pub enum PciCapability {
    /// It is a virtual function of another device.
    #[value("phys_function")]
    PhysicalFunction(PhysicalFunction),
    /// It has virtual functions.
    #[value("virt_functions")]
    VirtualFunctions(VirtualFunctions),
    /// It is a bridge to another bus.
    #[value("pci-bridge")]
    Bridge,
    /// It is a bridge to cards.
    #[value("cardbus-bridge")]
    CardBusBridge,
    /// It gives parts of itself to guests.
    #[value("mdev_types")]
    MediatedTypes(MediatedTypes),
    /// It tells about itself.
    #[value("vpd")]
    Vpd(Vpd),
}

/// The device that a virtual function belongs to.
#[mapped]
pub struct PhysicalFunction {
    /// Where that device is.
    #[element("address")]
    pub address: PciLocation,
}

/// Virtual functions of a device.
#[mapped]
pub struct VirtualFunctions {
    /// How many there can be; 0 where it is not known.
    #[attribute("maxCount", default)]
    pub most: u32,
    /// Where those are that there are.
    #[element("address")]
    pub addresses: Vec<PciLocation>,
}

/// A place on a host's PCI bus.
#[mapped]
pub struct PciLocation {
    /// The PCI domain; absent for 0.
    #[attribute("domain")]
    pub domain: Option<Hexadecimal<4>>,
    /// The bus, up to 0xff; absent for 0.
    #[attribute("bus")]
    pub bus: Option<Hexadecimal<2>>,
    /// The slot, up to 0x1f; absent for 0.
    #[attribute("slot")]
    pub slot: Option<Hexadecimal<2>>,
    /// The function, up to 7; absent for 0.
    #[attribute("function")]
    pub function: Option<Hexadecimal<1>>,
}

/// Devices that can only be given away together.
#[mapped]
pub struct IommuGroup {
    /// The group's number.
    #[attribute("number")]
    pub number: u32,
    /// Where they are.
    #[element("address")]
    pub addresses: Vec<PciLocation>,
}

/// The NUMA node that a device is near to.
#[mapped(omit_empty)]
pub struct NumaNode {
    /// The node's number; negative for none.
    #[attribute("node")]
    pub node: Option<i32>,
}

/// What is known of a PCI Express connection.
#[mapped]
pub struct PciExpress {
    /// What it can do and what it does.
    #[element("link")]
    pub links: Vec<PciExpressLink>,
}

/// A connection, as it could be or as it is.
#[mapped(tag = "validity", lenient)]
pub enum PciExpressLink {
    /// As it could be.
    #[value("cap")]
    Capability(LinkFigures),
    /// As it is.
    #[value("sta")]
    Status(LinkFigures),
}

/// Figures of a connection.
#[mapped]
pub struct LinkFigures {
    /// The port; negative for none.
    #[attribute("port")]
    pub port: Option<i32>,
    /// How fast a lane is.
    #[attribute("speed")]
    pub speed: Option<LinkSpeed>,
    /// How many lanes there are.
    #[attribute("width")]
    pub width: u32,
}

words! {
    /// How fast a lane is, in GT/s.
    pub enum LinkSpeed("speed of a link", Invalid) {
        /// 2.5 GT/s.
        Generation1 = "2.5",
        /// 5 GT/s.
        Generation2 = "5",
        /// 8 GT/s.
        Generation3 = "8",
        /// 16 GT/s.
        Generation4 = "16",
        /// 32 GT/s.
        Generation5 = "32",
        /// 64 GT/s.
        Generation6 = "64",
    }
}
