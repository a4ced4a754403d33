//! Ports of the host that lead into the guest.

use crate::document::text::words;
use crate::document::{YesNo, mapped};
use std::net::IpAddr;

/// Ports of the host that lead into the guest, of one protocol.
#[mapped]
pub struct PortForward {
    /// The protocol.
    #[attribute("proto")]
    pub protocol: PortProtocol,
    /// The address of the host; absent for all.
    #[attribute("address")]
    pub address: Option<IpAddr>,
    /// The interface of the host; absent for all.
    #[attribute("dev", kept)]
    pub device: Option<String>,
    /// Which ports; none for all.
    #[element("range")]
    pub ranges: Vec<PortRange>,
}

/// Ports of the host that lead into the guest, or do not.
#[mapped(omit_empty)]
pub struct PortRange {
    /// The first.
    #[attribute("start")]
    pub start: Option<u32>,
    /// The last; absent for the first.
    #[attribute("end")]
    pub end: Option<u32>,
    /// The guest's port for the first; absent for the same.
    #[attribute("to")]
    pub to: Option<u32>,
    /// Whether these ports do not lead into the guest.
    #[attribute("exclude")]
    pub exclude: Option<YesNo>,
}

words! {
    /// A protocol with ports.
    pub enum PortProtocol("protocol", Invalid) {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }
}
