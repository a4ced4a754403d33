//! Where a device stands in the guest's machine.

use crate::document::mapped;
use crate::document::{AlwaysHexadecimal, Hexadecimal, OnOff};

/// Where a device stands in the guest's machine.
#[mapped(tag = "type", error = Unsupported, missing = Malformed)]
pub enum Address {
    /// On a PCI bus.
    #[value("pci")]
    Pci(PciAddress),
    /// On a bus of disks.
    #[value("drive")]
    Drive(DriveAddress),
    /// On a port of a virtio-serial controller.
    #[value("virtio-serial")]
    VirtioSerial(PortAddress),
    /// In a slot of a smart card controller.
    #[value("ccid")]
    Ccid(CcidAddress),
    /// On a USB bus.
    #[value("usb")]
    Usb(UsbAddress),
    /// On the bus of a pseries machine.
    #[value("spapr-vio")]
    SpaprVio(SpaprVioAddress),
    /// On the bus of an IBM mainframe.
    #[value("ccw")]
    Ccw(CcwAddress),
    /// In memory, as many ARM and RISC-V boards have it.
    #[value("virtio-mmio")]
    VirtioMmio,
    /// On an ISA bus.
    #[value("isa")]
    Isa(IsaAddress),
    /// In a slot for memory.
    #[value("dimm")]
    Dimm(DimmAddress),
    /// Nowhere: the guest does not get the device.
    #[value("unassigned")]
    Unassigned,
}

/// A place on a PCI bus.
#[mapped]
pub struct PciAddress {
    /// The PCI domain; absent for 0.
    #[attribute("domain")]
    pub domain: Option<Hexadecimal<4>>,
    /// The bus, which is the index of the PCI controller; absent for 0.
    #[attribute("bus")]
    pub bus: Option<Hexadecimal<2>>,
    /// The slot, up to 0x1f; absent for 0.
    #[attribute("slot")]
    pub slot: Option<Hexadecimal<2>>,
    /// The function, up to 7; absent for 0.
    #[attribute("function")]
    pub function: Option<Hexadecimal<1>>,
    /// Whether other functions of the slot are taken.
    #[attribute("multifunction")]
    pub multifunction: Option<OnOff>,
    /// What else a mainframe needs.
    #[element("zpci")]
    pub zpci: Option<ZpciAddress>,
}

/// What identifies a PCI device of a mainframe.
#[mapped(omit_empty)]
pub struct ZpciAddress {
    /// The number chosen by the user.
    #[attribute("uid")]
    pub uid: Option<Hexadecimal<4>>,
    /// The number of the function.
    #[attribute("fid")]
    pub fid: Option<Hexadecimal<8>>,
}

/// A place on a bus of disks.
#[mapped]
pub struct DriveAddress {
    /// The index of the controller; absent for 0.
    #[attribute("controller")]
    pub controller: Option<u32>,
    /// The bus of the controller; absent for 0.
    #[attribute("bus")]
    pub bus: Option<u32>,
    /// The target on the bus; absent for 0.
    #[attribute("target")]
    pub target: Option<u32>,
    /// The unit of the target; absent for 0.
    #[attribute("unit")]
    pub unit: Option<u32>,
}

/// A port of a virtio-serial controller.
#[mapped]
pub struct PortAddress {
    /// The index of the controller; absent for 0.
    #[attribute("controller")]
    pub controller: Option<u32>,
    /// The bus of the controller; absent for 0.
    #[attribute("bus")]
    pub bus: Option<u32>,
    /// The port; absent for 0, which stands for any that is free.
    #[attribute("port")]
    pub port: Option<u32>,
}

/// A slot of a smart card controller.
#[mapped]
pub struct CcidAddress {
    /// The index of the controller; absent for 0.
    #[attribute("controller")]
    pub controller: Option<u32>,
    /// The slot; absent for 0.
    #[attribute("slot")]
    pub slot: Option<u32>,
}

/// A port of a USB bus.
#[mapped]
pub struct UsbAddress {
    /// The index of the controller; absent for 0.
    #[attribute("bus")]
    pub bus: Option<u32>,
    /// The port, with those of the hubs before it: `1.2`.
    #[attribute("port")]
    pub port: Option<String>,
}

/// A place on the bus of a pseries machine.
#[mapped]
pub struct SpaprVioAddress {
    /// The register.
    #[attribute("reg")]
    pub register: Option<AlwaysHexadecimal<8>>,
}

/// A place on the bus of a mainframe.
#[mapped]
pub struct CcwAddress {
    /// The channel subsystem.
    #[attribute("cssid")]
    pub subsystem: Option<Hexadecimal<1>>,
    /// The subchannel set.
    #[attribute("ssid")]
    pub subchannel_set: Option<Hexadecimal<1>>,
    /// The device's number.
    #[attribute("devno")]
    pub device_number: Option<Hexadecimal<4>>,
}

/// A place on an ISA bus.
#[mapped]
pub struct IsaAddress {
    /// The first I/O port.
    #[attribute("iobase")]
    pub io_base: Option<AlwaysHexadecimal<1>>,
    /// The interrupt.
    #[attribute("irq")]
    pub interrupt: Option<AlwaysHexadecimal<1>>,
}

/// A slot for memory.
#[mapped]
pub struct DimmAddress {
    /// The slot.
    #[attribute("slot")]
    pub slot: Option<u32>,
    /// Where the memory begins in the guest's address space.
    #[attribute("base")]
    pub base: Option<AlwaysHexadecimal<1>>,
}
