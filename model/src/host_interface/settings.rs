//! What every interface has, and cards.

use super::link::InterfaceLink;
use super::protocol::HostProtocol;
use crate::document::mapped;
use crate::document::text::words;

/// What every interface has that is no part of another.
#[mapped]
pub struct Settings {
    /// When it is started.
    #[element("start")]
    pub start: Option<Start>,
    /// The largest packet.
    #[element("mtu")]
    pub mtu: Option<InterfaceMtu>,
    /// The addresses that it has, for each protocol.
    #[element("protocol")]
    pub protocols: Vec<HostProtocol>,
}

/// When an interface is started.
#[mapped(omit_empty)]
pub struct Start {
    /// When.
    #[attribute("mode", empty)]
    pub mode: Option<StartMode>,
}

words! {
    /// When an interface is started.
    pub enum StartMode("way to start an interface", Invalid) {
        /// With the host.
        OnBoot = "onboot",
        /// Never by itself.
        Never = "none",
        /// When it is plugged in.
        HotPlug = "hotplug",
    }
}

/// The largest packet.
#[mapped(omit_empty)]
pub struct InterfaceMtu {
    /// Its size, in bytes; 0 for what the kernel chooses.
    #[attribute("size", error = Malformed, default, empty)]
    pub size: u32,
}

/// A card.
#[mapped]
pub struct Ethernet {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// What every interface has.
    #[flatten]
    pub settings: Settings,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// Its hardware address.
    #[element("mac")]
    pub hardware_address: Option<HardwareAddress>,
}

/// A card that is part of another interface.
#[mapped]
pub struct EthernetMember {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// Its hardware address.
    #[element("mac")]
    pub hardware_address: Option<HardwareAddress>,
}

/// A hardware address.
#[mapped(omit_empty)]
pub struct HardwareAddress {
    /// The address, as it was written.
    #[attribute("address")]
    pub address: Option<String>,
}
