//! Switches for other interfaces.

use super::bond::BondMember;
use super::settings::{EthernetMember, Settings};
use super::vlan::VlanMember;
use crate::document::{OnOff, mapped};

/// A switch for other interfaces.
#[mapped]
pub struct Bridge {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// What every interface has.
    #[flatten]
    pub settings: Settings,
    /// The other interfaces.
    #[element("bridge")]
    pub bridge: BridgeSettings,
}

/// Which interfaces are switched, and how.
#[mapped]
pub struct BridgeSettings {
    /// Whether loops of switches are found.
    #[attribute("stp", lenient)]
    pub spanning_tree: Option<OnOff>,
    /// How long the switch learns before it passes packets on, in seconds, as it was written.
    #[attribute("delay")]
    pub delay: Option<String>,
    /// The interfaces.
    #[element("interface")]
    pub members: Vec<BridgeMember>,
}

/// An interface of a switch.
#[mapped(tag = "type")]
pub enum BridgeMember {
    /// A card.
    #[value("ethernet")]
    Ethernet(EthernetMember),
    /// Several cards that are used as one.
    #[value("bond")]
    Bond(BondMember),
    /// A virtual network over another interface.
    #[value("vlan")]
    Vlan(VlanMember),
}
