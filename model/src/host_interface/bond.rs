//! Several cards that are used as one.

use super::link::InterfaceLink;
use super::settings::{EthernetMember, Settings};
use crate::document::mapped;
use crate::document::text::words;

/// Several cards that are used as one.
#[mapped]
pub struct Bond {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// What every interface has.
    #[flatten]
    pub settings: Settings,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// The cards.
    #[element("bond")]
    pub bond: BondSettings,
}

/// Several cards that are used as one, as part of another interface.
#[mapped]
pub struct BondMember {
    /// Its name.
    #[attribute("name", kept)]
    pub name: String,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// The cards.
    #[element("bond")]
    pub bond: BondSettings,
}

/// Which cards are used, and how.
#[mapped]
pub struct BondSettings {
    /// How packets are shared out.
    #[attribute("mode", empty)]
    pub mode: Option<BondMode>,
    /// How it is known whether a card is connected.
    #[element("miimon")]
    pub link_monitor: Option<LinkMonitor>,
    /// How it is known whether a card reaches another host; not with a link monitor.
    #[element("arpmon")]
    pub arp_monitor: Option<ArpMonitor>,
    /// The cards.
    #[element("interface")]
    pub members: Vec<BondCard>,
}

/// One of the cards.
#[mapped(tag = "type")]
pub enum BondCard {
    /// A card.
    #[value("ethernet")]
    Ethernet(EthernetMember),
}

words! {
    /// How packets are shared out among cards.
    pub enum BondMode("mode of a bond", Invalid) {
        /// One after the other.
        RoundRobin = "balance-rr",
        /// All to one, the others in reserve.
        ActiveBackup = "active-backup",
        /// By address.
        Xor = "balance-xor",
        /// All to all.
        Broadcast = "broadcast",
        /// As the switch agrees.
        Negotiated = "802.3ad",
        /// By load, of what goes out.
        SendLoad = "balance-tlb",
        /// By load.
        Load = "balance-alb",
    }
}

/// How it is known whether a card is connected.
#[mapped]
pub struct LinkMonitor {
    /// How often it is looked, in milliseconds.
    #[attribute("freq")]
    pub frequency: i32,
    /// How long a card must have been disconnected, in milliseconds; 0 where it is not said.
    #[attribute("downdelay", default)]
    pub down_delay: i32,
    /// How long a card must have been connected, in milliseconds; 0 where it is not said.
    #[attribute("updelay", default)]
    pub up_delay: i32,
    /// How it is looked.
    #[attribute("carrier", empty)]
    pub carrier: Option<CarrierDetection>,
}

words! {
    /// How it is looked whether a card is connected.
    pub enum CarrierDetection("way to look at a card", Invalid) {
        /// The card is asked.
        Ioctl = "ioctl",
        /// The kernel's driver knows.
        Driver = "netif",
    }
}

/// How it is known whether a card reaches another host.
#[mapped]
pub struct ArpMonitor {
    /// How often the host is asked, in milliseconds.
    #[attribute("interval")]
    pub interval: i32,
    /// The address of the host.
    #[attribute("target")]
    pub target: String,
    /// Which cards' answers are checked.
    #[attribute("validate", empty)]
    pub validation: Option<ArpValidation>,
}

words! {
    /// Which cards' answers are checked.
    pub enum ArpValidation("sort of check", Invalid) {
        /// The one that is used.
        Active = "active",
        /// Those in reserve.
        Backup = "backup",
        /// All.
        All = "all",
    }
}
