//! The network document: virtual networks of a host.
//!
//! ```
//! use omnivirt_model::network::NetworkConfig;
//!
//! let config = NetworkConfig::parse("<network>
//!   <name>default</name>
//!   <forward mode='nat'/>
//!   <ip address='192.168.122.1' netmask='255.255.255.0'/>
//! </network>")?;
//! assert_eq!(config.typed().ips.len(), 1);
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod bridge;
mod completion;
mod dhcp;
mod dns;
mod driver;
mod forward;
mod ip;
mod metadata;
mod number;
mod port;
mod port_group;
mod range;
mod route;

pub use bridge::{MacTableManager, NetworkBridge, NetworkMac, NetworkMtu};
pub use dhcp::{BootFile, DhcpHost, DhcpRange, DhcpServer, LeaseTime, LeaseUnit};
pub use dns::{
    Dns, DnsForwarder, DnsHost, DnsService, DnsText, DnsmasqOption, DnsmasqOptions, NetworkDomain,
};
pub use forward::{
    Forward, ForwardAddress, ForwardDriver, ForwardDriverName, ForwardInterface, ForwardMode, Nat,
    NatAddresses, NatPorts, PhysicalFunctionDevice,
};
pub use ip::{NetworkIp, Tftp};
pub use number::WrappingNumber;
pub use port::{
    DirectMode, DirectPlug, HostdevPlug, NetworkPort, NetworkPortConfig, Plug, PortMac, PortOwner,
    ReceiveFilters, SwitchPlug,
};
pub use port_group::PortGroup;

use crate::document::{Config, DocumentError, DocumentRoot, Verbatim, YesNo, mapped};
use crate::network_parts::{Bandwidth, IpRoute, PortOptions, VirtualPort, Vlan};
use crate::xml::Element;
use uuid::Uuid;

/// A network's document.
pub type NetworkConfig = Config<Network>;

/// A network.
#[mapped]
pub struct Network {
    /// How many interfaces are connected; only in what a host tells.
    #[attribute("connections", lenient)]
    pub connections: Option<u32>,
    /// Whether guests reach each other over IPv6 although the network has no address of it.
    #[attribute("ipv6", empty)]
    pub allows_ipv6: Option<YesNo>,
    /// Whether guests may say which packets they want.
    #[attribute("trustGuestRxFilters")]
    pub trusts_receive_filters: Option<YesNo>,
    /// Its name.
    #[element("name", missing = MissingName)]
    pub name: String,
    /// Its UUID; absent when one is to be made.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// What other programs keep in the document.
    #[element("metadata")]
    pub metadata: Option<Verbatim>,
    /// How packets leave the network; absent where they do not.
    #[element("forward")]
    pub forward: Option<Forward>,
    /// The switch that it is.
    #[element("bridge")]
    pub bridge: Option<NetworkBridge>,
    /// The largest packet.
    #[element("mtu")]
    pub mtu: Option<NetworkMtu>,
    /// The hardware address of the host on it.
    #[element("mac")]
    pub mac: Option<NetworkMac>,
    /// The DNS domain of the guests.
    #[element("domain")]
    pub domain: Option<NetworkDomain>,
    /// The name server.
    #[element("dns")]
    pub dns: Option<Dns>,
    /// The virtual LANs that guests are in.
    #[element("vlan")]
    pub vlan: Option<Vlan>,
    /// How much may go in and out.
    #[element("bandwidth")]
    pub bandwidth: Option<Bandwidth>,
    /// Options of the switch's ports.
    #[element("port")]
    pub port: Option<PortOptions>,
    /// The addresses of the host on it.
    #[element("ip")]
    pub ips: Vec<NetworkIp>,
    /// Ways to other networks.
    #[element("route")]
    pub routes: Vec<IpRoute>,
    /// How guests are announced to the switch.
    #[element("virtualport")]
    pub virtual_port: Option<VirtualPort>,
    /// Settings that interfaces can choose by name.
    #[element("portgroup")]
    pub port_groups: Vec<PortGroup>,
    /// Options of the program that serves names and addresses.
    #[element("dnsmasq:options")]
    pub dnsmasq: Option<DnsmasqOptions>,
}

impl DocumentRoot for Network {
    const ROOT: &'static str = "network";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
