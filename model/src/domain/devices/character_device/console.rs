//! A console.

use super::source::{CharacterLog, CharacterSource};
use crate::document::mapped;
use crate::document::text::words;
use crate::domain::devices::DeviceInfo;

/// A console.
#[mapped]
#[order("source", "protocol", "log", "target", "alias", "acpi", "address")]
pub struct Console {
    /// Where its characters go on the host.
    #[flatten]
    pub source: CharacterSource,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<ConsoleTarget>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// What the guest sees of a console.
#[mapped]
pub struct ConsoleTarget {
    /// The device that it is; absent for the hypervisor's choice.
    #[attribute("type")]
    pub target_type: Option<ConsoleTargetType>,
    /// The number of the console.
    #[attribute("port")]
    pub port: Option<i32>,
}

words! {
    /// The device that a console is.
    pub enum ConsoleTargetType("target type of a console", Unsupported) {
        /// The serial port of the same number.
        Serial = "serial",
        /// Xen's console.
        Xen = "xen",
        /// That of a user-mode kernel.
        Uml = "uml",
        /// A virtio console.
        Virtio = "virtio",
        /// A container's.
        Lxc = "lxc",
        /// An OpenVZ container's.
        OpenVz = "openvz",
        /// A mainframe's.
        Sclp = "sclp",
        /// A mainframe's, in line mode.
        SclpLineMode = "sclplm",
    }
}
