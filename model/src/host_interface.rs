//! The host interface document: how a host's network interface is set up.
//!
//! ```
//! use omnivirt_model::host_interface::{HostInterface, HostInterfaceConfig};
//!
//! let config = HostInterfaceConfig::parse("<interface type='vlan' name='eth5.42'>
//!   <vlan tag='42'><interface name='eth5'/></vlan>
//! </interface>")?;
//! assert!(matches!(config.typed(), HostInterface::Vlan(_)));
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod bond;
mod bridge;
mod completion;
mod link;
mod protocol;
mod settings;
mod vlan;

pub use bond::{
    ArpMonitor, ArpValidation, Bond, BondCard, BondMember, BondMode, BondSettings, CarrierDetection,
    LinkMonitor,
};
pub use bridge::{Bridge, BridgeMember, BridgeSettings};
pub use link::{InterfaceLink, LinkState};
pub use protocol::{Dhcp, HostAddress, HostProtocol, HostRoute, Ipv4, Ipv6};
pub use settings::{Ethernet, EthernetMember, HardwareAddress, InterfaceMtu, Settings, Start, StartMode};
pub use vlan::{Vlan, VlanLower, VlanMember, VlanSettings};

use crate::document::{Config, DocumentError, DocumentRoot, mapped};
use crate::xml::Element;

/// A host interface's document.
pub type HostInterfaceConfig = Config<HostInterface>;

/// A network interface of a host.
#[mapped(tag = "type")]
pub enum HostInterface {
    /// A card.
    #[value("ethernet")]
    Ethernet(Ethernet),
    /// A switch for other interfaces.
    #[value("bridge")]
    Bridge(Bridge),
    /// Several cards that are used as one.
    #[value("bond")]
    Bond(Bond),
    /// A virtual network over another interface.
    #[value("vlan")]
    Vlan(Vlan),
}

impl DocumentRoot for HostInterface {
    const ROOT: &'static str = "interface";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
