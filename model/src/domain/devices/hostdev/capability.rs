//! What the host's kernel does for a container.

use crate::document::mapped;
use crate::network_parts::{IpConfig, IpRoute};

/// What the host's kernel does for a container.
#[mapped(tag = "type", error = Unsupported)]
pub enum CapabilityHostdev {
    /// A block device.
    #[value("storage")]
    Block(BlockCapability),
    /// A character device.
    #[value("misc")]
    Character(CharacterCapability),
    /// A network interface.
    #[value("net")]
    Interface(InterfaceCapability),
}

/// Where nothing is said, a block device.
impl Default for CapabilityHostdev {
    fn default() -> Self {
        Self::Block(BlockCapability::default())
    }
}

/// A block device of the host.
#[mapped]
pub struct BlockCapability {
    /// Which.
    #[element("source")]
    pub source: Option<HostBlock>,
}

/// A block device.
#[mapped(omit_empty)]
pub struct HostBlock {
    /// Its path.
    #[element("block")]
    pub path: Option<String>,
}

/// A character device of the host.
#[mapped]
pub struct CharacterCapability {
    /// Which.
    #[element("source")]
    pub source: Option<HostCharacter>,
}

/// A character device.
#[mapped(omit_empty)]
pub struct HostCharacter {
    /// Its path.
    #[element("char")]
    pub path: Option<String>,
}

/// A network interface of the host.
#[mapped]
pub struct InterfaceCapability {
    /// Which.
    #[element("source")]
    pub source: Option<HostInterface>,
    /// Its addresses in the container.
    #[element("ip")]
    pub addresses: Vec<IpConfig>,
    /// The ways from there.
    #[element("route")]
    pub routes: Vec<IpRoute>,
}

/// A network interface.
#[mapped(omit_empty)]
pub struct HostInterface {
    /// Its name.
    #[element("interface")]
    pub name: Option<String>,
}
