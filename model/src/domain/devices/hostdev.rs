//! A device of the host that is given to the guest.

mod capability;
mod subsystem;

use super::info::DeviceInfo;
use crate::document::mapped;

pub use capability::{
    BlockCapability, CapabilityHostdev, CharacterCapability, HostBlock, HostCharacter, HostInterface,
    InterfaceCapability,
};
pub use subsystem::{
    FibreHostdev, FibreSource, FibreSourceProtocol, GuestReset, HostdevDevice, IscsiHostdevSource,
    MediatedAddress, MediatedHostdev, MediatedModel, MediatedSource, PciDriver, PciDriverName, PciHostdev,
    PciHostdevSource, ScsiAdapter, ScsiAddress, ScsiHostdev, ScsiHostdevSource, ScsiUnitSource,
    SubsystemHostdev, UsbHostdev, UsbHostdevSource, UsbId, UsbSourceAddress,
};

/// A device of the host that is given to the guest.
#[mapped]
#[order(
    "driver",
    "source",
    "ip",
    "route",
    "teaming",
    "readonly",
    "shareable",
    "boot",
    "alias",
    "rom",
    "acpi",
    "address"
)]
pub struct Hostdev {
    /// Which one, and the way in which the guest gets it.
    #[flatten]
    pub mode: HostdevMode,
    /// Whether the guest may only read it.
    #[flag("readonly")]
    pub is_read_only: bool,
    /// Whether several guests may use it at once.
    #[flag("shareable")]
    pub is_shareable: bool,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// The way in which a guest gets a device of the host.
#[mapped(tag = "mode", error = Unsupported)]
pub enum HostdevMode {
    /// As the device that it is.
    #[default]
    #[value("subsystem")]
    Subsystem(SubsystemHostdev),
    /// As something that the host's kernel does, for containers.
    #[value("capabilities")]
    Capabilities(CapabilityHostdev),
}
