//! The server that gives guests their addresses.

use crate::document::mapped;
use crate::document::text::words;
use std::net::IpAddr;

/// The server that gives guests their addresses.
#[mapped]
pub struct DhcpServer {
    /// Addresses for guests that it does not know.
    #[element("range")]
    pub ranges: Vec<DhcpRange>,
    /// Guests that it knows.
    #[element("host")]
    pub hosts: Vec<DhcpHost>,
    /// What guests start from over the network.
    #[element("bootp")]
    pub boot_file: Option<BootFile>,
}

/// Addresses in a row.
#[mapped]
pub struct DhcpRange {
    /// The first.
    #[attribute("start", error = System, missing = Invalid)]
    pub start: IpAddr,
    /// The last.
    #[attribute("end", error = System, missing = Invalid)]
    pub end: IpAddr,
    /// How long a guest may keep one.
    #[element("lease")]
    pub lease: Option<LeaseTime>,
}

/// A guest that the server knows.
#[mapped]
pub struct DhcpHost {
    /// Its hardware address, as it was written; only with IPv4.
    #[attribute("mac", kept)]
    pub mac: Option<String>,
    /// Its identifier: hexadecimal numbers with `:` between.
    #[attribute("id", kept)]
    pub id: Option<String>,
    /// Its name.
    #[attribute("name", kept)]
    pub name: Option<String>,
    /// The address that it gets.
    #[attribute("ip")]
    pub ip: IpAddr,
    /// How long it may keep the address.
    #[element("lease")]
    pub lease: Option<LeaseTime>,
}

/// How long a guest may keep an address.
#[mapped(omit_empty)]
pub struct LeaseTime {
    /// How long, in the unit; 0 for ever.
    #[attribute("expiry")]
    pub expiry: Option<u64>,
    /// The unit; absent for minutes.
    #[attribute("unit")]
    pub unit: Option<LeaseUnit>,
}

words! {
    /// A unit of time.
    pub enum LeaseUnit("unit of a lease", Invalid) {
        /// Seconds.
        Seconds = "seconds",
        /// Minutes.
        Minutes = "minutes",
        /// Hours.
        Hours = "hours",
    }
}

/// What guests start from over the network.
#[mapped(omit_empty)]
pub struct BootFile {
    /// The file.
    #[attribute("file")]
    pub file: Option<String>,
    /// The server that has it; absent for the host.
    #[attribute("server", error = System)]
    pub server: Option<IpAddr>,
}
