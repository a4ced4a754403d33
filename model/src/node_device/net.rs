//! Network interfaces.

use crate::document::mapped;
use crate::document::text::words;
use crate::host_interface::InterfaceLink;

/// A network interface.
#[mapped]
pub struct NetDevice {
    /// Its name.
    #[element("interface", error = Malformed)]
    pub interface: String,
    /// Its hardware address.
    #[element("address")]
    pub address: Option<String>,
    /// How it is connected.
    #[element("link")]
    pub link: Option<InterfaceLink>,
    /// What it does itself instead of the kernel.
    #[element("feature")]
    pub features: Vec<NetFeature>,
    /// What technology it is of.
    #[element("capability")]
    pub kinds: Vec<NetKind>,
}

/// Something that an interface does itself.
#[mapped]
pub struct NetFeature {
    /// What it is.
    #[attribute("name")]
    pub name: NetFeatureName,
}

words! {
    /// What an interface can do itself instead of the kernel.
    pub enum NetFeatureName("feature of a network interface", Invalid) {
        /// Checksums of what comes in.
        ReceiveChecksum = "rx",
        /// Checksums of what goes out.
        SendChecksum = "tx",
        /// Gathering what goes out from several places.
        ScatterGather = "sg",
        /// Cutting TCP data.
        TcpSegmentation = "tso",
        /// Cutting data.
        Segmentation = "gso",
        /// Putting data together.
        Receive = "gro",
        /// Putting a lot of data together.
        LargeReceive = "lro",
        /// VLAN tags of what comes in.
        ReceiveVlan = "rxvlan",
        /// VLAN tags of what goes out.
        SendVlan = "txvlan",
        /// Filtering.
        Filters = "ntuple",
        /// Hashing what comes in.
        ReceiveHash = "rxhash",
        /// Remote memory access.
        Rdma = "rdma",
        /// Cutting data in UDP tunnels.
        UdpTunnel = "txudptnl",
        /// Switching.
        Switch = "switchdev",
    }
}

/// What technology an interface is of.
#[mapped(omit_empty)]
pub struct NetKind {
    /// The technology.
    #[attribute("type")]
    pub technology: Option<NetTechnology>,
}

words! {
    /// A technology of networks.
    pub enum NetTechnology("technology of a network interface", Unsupported) {
        /// Ethernet.
        Ethernet = "80203",
        /// Wireless.
        Wireless = "80211",
    }
}
