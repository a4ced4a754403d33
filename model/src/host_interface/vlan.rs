//! Virtual networks.

use super::link::InterfaceLink;
use super::settings::Settings;
use crate::document::mapped;

/// A virtual network over another interface.
#[mapped]
pub struct Vlan {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// What every interface has.
    #[flatten]
    pub settings: Settings,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// Over what it is.
    #[element("vlan")]
    pub vlan: VlanSettings,
}

/// A virtual network that is part of another interface.
#[mapped]
pub struct VlanMember {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// Over what it is.
    #[element("vlan")]
    pub vlan: VlanSettings,
}

/// Over what interface a virtual network is.
#[mapped]
pub struct VlanSettings {
    /// The number of the network, as it was written.
    #[attribute("tag")]
    pub tag: String,
    /// The interface.
    #[element("interface")]
    pub lower: VlanLower,
}

/// The interface under a virtual network.
#[mapped]
pub struct VlanLower {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
}
