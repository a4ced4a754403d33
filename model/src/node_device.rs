//! The node device document: what hardware a host has.
//!
//! ```
//! use omnivirt_model::node_device::{Capability, NodeDeviceConfig};
//!
//! let config = NodeDeviceConfig::parse("<device>
//!   <name>drm_renderD129</name>
//!   <capability type='drm'><type>render</type></capability>
//! </device>")?;
//! assert!(matches!(config.typed().capabilities[..], [Capability::Drm(_)]));
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod adjunct;
mod capability;
mod channel;
mod completion;
mod mediated;
mod net;
mod number;
mod pci;
mod scsi;
mod storage;
mod system;
mod usb;
mod vpd;

pub use adjunct::{CryptoCard, CryptoMatrix, CryptoQueue};
pub use capability::{Capability, CharacterDevice, Drm, DrmType, Vdpa};
pub use channel::{ChannelAddress, CssDevice};
pub use mediated::{
    MediatedAttribute, MediatedCapability, MediatedDevice, MediatedGroup, MediatedType, MediatedTypeName,
    MediatedTypes,
};
pub use net::{NetDevice, NetFeature, NetFeatureName, NetKind, NetTechnology};
pub use number::BaseSixteen;
pub use pci::{
    IommuGroup, LinkFigures, LinkSpeed, NumaNode, PciCapability, PciDevice, PciExpress, PciExpressLink,
    PciLocation, PhysicalFunction, ProductName, VirtualFunctions,
};
pub use scsi::{
    FcHost, FcRemotePort, ScsiDevice, ScsiHost, ScsiHostCapability, ScsiTarget, ScsiTargetCapability,
    VportOperations,
};
pub use storage::{RemovableMedia, StorageCapability, StorageDevice};
pub use system::{SystemDevice, SystemFirmware, SystemHardware};
pub use usb::{UsbDevice, UsbInterface};
pub use vpd::{Vpd, VpdAccess, VpdField, VpdFields};

use crate::document::{Config, DocumentError, DocumentErrorKind, DocumentRoot, Problem, mapped};
use crate::xml::Element;

/// A node device's document.
pub type NodeDeviceConfig = Config<NodeDevice>;

/// A device of a host.
#[mapped]
pub struct NodeDevice {
    /// The name that the host knows it by.
    #[element("name", missing = MissingName)]
    pub name: String,
    /// Where it stands in the kernel's tree.
    #[element("path")]
    pub path: Option<String>,
    /// Its files under `/dev`.
    #[element("devnode")]
    pub nodes: Vec<DeviceNode>,
    /// The device that it is part of.
    #[element("parent")]
    pub parent: Option<ParentDevice>,
    /// What drives it.
    #[element("driver")]
    pub driver: Option<DeviceDriver>,
    /// What it can do, by which it is known what it is.
    #[element("capability")]
    pub capabilities: Vec<Capability>,
}

/// A file under `/dev`.
#[mapped(tag = "type")]
pub enum DeviceNode {
    /// The file itself.
    #[value("dev")]
    File(NodePath),
    /// A link to it.
    #[value("link")]
    Link(NodePath),
}

/// The path of a file under `/dev`.
#[mapped]
pub struct NodePath {
    /// The path.
    #[text]
    pub path: String,
}

/// The device that another is part of: its name, or what it is found by.
#[mapped(omit_empty)]
pub struct ParentDevice {
    /// The node name of a Fibre Channel adapter.
    #[attribute("wwnn")]
    pub node_name: Option<String>,
    /// The port name of a Fibre Channel adapter.
    #[attribute("wwpn")]
    pub port_name: Option<String>,
    /// The name of the fabric that an adapter is part of.
    #[attribute("fabric_wwn")]
    pub fabric_name: Option<String>,
    /// The name; empty where the names of an adapter are there.
    #[text]
    pub name: String,
}

/// What drives a device.
#[mapped(omit_empty)]
pub struct DeviceDriver {
    /// The name of the kernel's driver.
    #[element("name")]
    pub name: Option<String>,
}

impl DocumentRoot for NodeDevice {
    const ROOT: &'static str = "device";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        if self.capabilities.is_empty() {
            let problem = Problem::new(DocumentErrorKind::Malformed, "the device has no capability")
                .hint("add one that says what it is");
            return Err(problem.at(root));
        }
        Ok(())
    }
}
