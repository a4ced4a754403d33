//! The addresses of the host on a network.

use super::dhcp::DhcpServer;
use crate::document::{YesNo, mapped};
use crate::network_parts::IpFamily;
use std::net::IpAddr;

/// An address of the host on a network.
#[mapped]
pub struct NetworkIp {
    /// The family of the address; absent for IPv4.
    #[attribute("family", empty)]
    pub family: Option<IpFamily>,
    /// The address.
    #[attribute("address", empty)]
    pub address: IpAddr,
    /// The mask of the network around it, in the place of `prefix`.
    #[attribute("netmask", empty)]
    pub netmask: Option<IpAddr>,
    /// How many bits of the address are those of the network.
    #[attribute("prefix")]
    pub prefix: Option<u32>,
    /// Whether names of its addresses are only asked of the network's own server.
    #[attribute("localPtr")]
    pub answers_reverse: Option<YesNo>,
    /// The server of files to start from.
    #[element("tftp")]
    pub tftp: Option<Tftp>,
    /// The server that gives guests their addresses.
    #[element("dhcp")]
    pub dhcp: Option<DhcpServer>,
}

/// The server of files to start from.
#[mapped(omit_empty)]
pub struct Tftp {
    /// The directory that the files are in.
    #[attribute("root")]
    pub root: Option<String>,
}
