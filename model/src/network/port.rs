//! The network port document: an interface of a running domain on a network.

use super::bridge::MacTableManager;
use super::forward::ForwardDriver;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot, YesNo, mapped};
use crate::network_parts::{Bandwidth, MacAddress, PortOptions, VirtualPort, Vlan};
use crate::node_device::PciLocation;
use crate::xml::Element;
use uuid::Uuid;

/// A network port's document.
pub type NetworkPortConfig = Config<NetworkPort>;

/// An interface of a running domain on a network.
#[mapped]
pub struct NetworkPort {
    /// Its UUID; absent when one is to be made.
    #[element("uuid", error = Invalid)]
    pub uuid: Option<Uuid>,
    /// The domain.
    #[element("owner")]
    pub owner: PortOwner,
    /// The port group that it chose.
    #[element("group")]
    pub group: Option<String>,
    /// Its hardware address.
    #[element("mac")]
    pub mac: PortMac,
    /// Whether it may say which packets it wants.
    #[element("rxfilters")]
    pub receive_filters: Option<ReceiveFilters>,
    /// How it is announced to the switch.
    #[element("virtualport")]
    pub virtual_port: Option<VirtualPort>,
    /// How much may go in and out.
    #[element("bandwidth")]
    pub bandwidth: Option<Bandwidth>,
    /// The virtual LANs that it is in.
    #[element("vlan")]
    pub vlan: Option<Vlan>,
    /// Options of the switch's port.
    #[element("port")]
    pub port: Option<PortOptions>,
    /// What it is plugged into.
    #[element("plug")]
    pub plug: Option<Plug>,
}

/// The domain of an interface.
#[mapped]
pub struct PortOwner {
    /// Its name.
    #[element("name")]
    pub name: String,
    /// Its UUID.
    #[element("uuid", error = Invalid)]
    pub uuid: Uuid,
}

/// The hardware address of an interface.
#[mapped]
pub struct PortMac {
    /// The address.
    #[attribute("address")]
    pub address: MacAddress,
}

/// Whether an interface may say which packets it wants.
#[mapped]
pub struct ReceiveFilters {
    /// Whether it may.
    #[attribute("trustGuest")]
    pub trusts_guest: Option<YesNo>,
}

/// What an interface is plugged into.
#[mapped(tag = "type")]
pub enum Plug {
    /// The switch of a network.
    #[value("network")]
    Network(SwitchPlug),
    /// A switch of the host.
    #[value("bridge")]
    Bridge(SwitchPlug),
    /// An interface of the host.
    #[value("direct")]
    Direct(DirectPlug),
    /// A device of the host.
    #[value("hostdev-pci")]
    HostdevPci(HostdevPlug),
}

/// A switch.
#[mapped]
pub struct SwitchPlug {
    /// Its name.
    #[attribute("bridge")]
    pub bridge: String,
    /// Who learns which address is behind which port.
    #[attribute("macTableManager")]
    pub mac_table_manager: Option<MacTableManager>,
}

/// An interface of the host.
#[mapped]
pub struct DirectPlug {
    /// Its name.
    #[attribute("dev")]
    pub device: String,
    /// How it is shared.
    #[attribute("mode")]
    pub mode: Option<DirectMode>,
}

words! {
    /// How an interface of the host is shared.
    pub enum DirectMode("way to share an interface", Invalid) {
        /// The switch behind it connects guests.
        Vepa = "vepa",
        /// Guests do not reach each other.
        Private = "private",
        /// The host connects guests.
        Bridge = "bridge",
        /// Not at all.
        Passthrough = "passthrough",
    }
}

/// A device of the host.
#[mapped]
pub struct HostdevPlug {
    /// Whether it is taken from its driver by itself.
    #[attribute("managed")]
    pub is_managed: Option<YesNo>,
    /// What drives it for the guest.
    #[element("driver")]
    pub driver: Option<ForwardDriver>,
    /// Where it is.
    #[element("address")]
    pub address: PciLocation,
}

impl DocumentRoot for NetworkPort {
    const ROOT: &'static str = "networkport";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
