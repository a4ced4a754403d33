//! The switch that a network is.

use super::number::WrappingNumber;
use crate::document::text::words;
use crate::document::{OnOff, mapped};
use crate::network_parts::MacAddress;

/// The switch that a network is.
#[mapped(omit_empty)]
pub struct NetworkBridge {
    /// The name of its interface on the host; `%d` stands for a number that is free.
    #[attribute("name")]
    pub name: Option<String>,
    /// The firewall's zone that it is in.
    #[attribute("zone")]
    pub zone: Option<String>,
    /// Whether loops of switches are found; absent for `on`.
    #[attribute("stp", lenient)]
    pub spanning_tree: Option<OnOff>,
    /// How long it learns before it passes packets on, in seconds; absent for 0.
    #[attribute("delay", empty)]
    pub delay: Option<u64>,
    /// Who learns which address is behind which port.
    #[attribute("macTableManager", empty)]
    pub mac_table_manager: Option<MacTableManager>,
}

words! {
    /// Who learns which address is behind which port of a switch.
    pub enum MacTableManager("manager of a switch's table", Invalid) {
        /// The kernel, from packets.
        Kernel = "kernel",
        /// libvirt, from the documents.
        Libvirt = "libvirt",
    }
}

/// The largest packet of a network.
#[mapped(omit_empty)]
pub struct NetworkMtu {
    /// Its bytes, without the Ethernet header; 0 for what the kernel chooses.
    #[attribute("size", empty, default)]
    pub size: WrappingNumber,
}

/// The hardware address of the host on a network.
#[mapped(omit_empty)]
pub struct NetworkMac {
    /// The address.
    #[attribute("address", empty)]
    pub address: Option<MacAddress>,
}
