//! The addresses of an interface.

use crate::document::{YesNo, mapped};

/// A protocol, and the addresses that an interface has in it.
#[mapped(tag = "family")]
pub enum HostProtocol {
    /// IPv4.
    #[value("ipv4")]
    Ipv4(Ipv4),
    /// IPv6.
    #[value("ipv6")]
    Ipv6(Ipv6),
}

/// Addresses of IPv4.
#[mapped]
pub struct Ipv4 {
    /// Whether a DHCP server is asked, and how.
    #[element("dhcp")]
    pub dhcp: Option<Dhcp>,
    /// The addresses.
    #[element("ip")]
    pub addresses: Vec<HostAddress>,
    /// Where packets for elsewhere go.
    #[element("route")]
    pub route: Option<HostRoute>,
}

/// Addresses of IPv6.
#[mapped]
pub struct Ipv6 {
    /// Whether the interface takes addresses that routers announce.
    #[flag("autoconf")]
    pub is_automatic: bool,
    /// Whether a DHCP server is asked, and how.
    #[element("dhcp")]
    pub dhcp: Option<Dhcp>,
    /// The addresses.
    #[element("ip")]
    pub addresses: Vec<HostAddress>,
    /// Where packets for elsewhere go.
    #[element("route")]
    pub route: Option<HostRoute>,
}

/// How a DHCP server is asked.
#[mapped]
pub struct Dhcp {
    /// Whether its name servers are used.
    #[attribute("peerdns")]
    pub uses_name_servers: Option<YesNo>,
}

/// An address.
#[mapped(omit_empty)]
pub struct HostAddress {
    /// The address, as it was written; one without is none.
    #[attribute("address", kept)]
    pub address: Option<String>,
    /// How many bits of it are the network's; 0 where it is not said.
    #[attribute("prefix", default)]
    pub prefix: i32,
}

/// Where packets for elsewhere go.
#[mapped(omit_empty)]
pub struct HostRoute {
    /// The address of a router, as it was written.
    #[attribute("gateway")]
    pub gateway: Option<String>,
}
