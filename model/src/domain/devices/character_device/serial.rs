//! A serial port.

use super::source::{CharacterLog, CharacterSource};
use crate::document::mapped;
use crate::document::text::words;
use crate::domain::devices::DeviceInfo;

/// A serial port.
#[mapped]
#[order("source", "protocol", "log", "target", "alias", "acpi", "address")]
pub struct Serial {
    /// Where its characters go on the host.
    #[flatten]
    pub source: CharacterSource,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<SerialTarget>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// What the guest sees of a serial port.
#[mapped]
pub struct SerialTarget {
    /// The bus that the port is on.
    #[attribute("type")]
    pub target_type: Option<SerialTargetType>,
    /// The number of the port.
    #[attribute("port")]
    pub port: Option<i32>,
    /// The chip.
    #[element("model")]
    pub model: Option<SerialModel>,
}

/// The chip of a serial port.
#[mapped(omit_empty)]
pub struct SerialModel {
    /// Which.
    #[attribute("name")]
    pub name: Option<SerialModelName>,
}

words! {
    /// The bus that a serial port is on.
    pub enum SerialTargetType("target type of a serial port", Unsupported) {
        /// ISA.
        IsaSerial = "isa-serial",
        /// USB.
        UsbSerial = "usb-serial",
        /// PCI.
        PciSerial = "pci-serial",
        /// The virtual bus of a pseries machine.
        SpaprVioSerial = "spapr-vio-serial",
        /// The board of an ARM or RISC-V machine.
        SystemSerial = "system-serial",
        /// The service call interface of a mainframe.
        SclpSerial = "sclp-serial",
        /// A debug port on ISA.
        IsaDebug = "isa-debug",
    }
}

words! {
    /// The chip of a serial port.
    pub enum SerialModelName("model of a serial port", Unsupported) {
        /// A PC's.
        IsaSerial = "isa-serial",
        /// One on USB.
        UsbSerial = "usb-serial",
        /// One on PCI.
        PciSerial = "pci-serial",
        /// One of a pseries machine.
        SpaprVty = "spapr-vty",
        /// ARM's PL011.
        Pl011 = "pl011",
        /// A 16550A.
        Uart16550a = "16550a",
        /// A mainframe's console.
        SclpConsole = "sclpconsole",
        /// A mainframe's line-mode console.
        SclpLineModeConsole = "sclplmconsole",
        /// A debug port on ISA.
        IsaDebugConsole = "isa-debugcon",
    }
}
