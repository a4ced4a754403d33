//! The name server of a network.

use crate::document::{YesNo, mapped};
use std::net::IpAddr;

/// The DNS domain of guests.
#[mapped(omit_empty)]
pub struct NetworkDomain {
    /// Its name; without one there is none.
    #[attribute("name", kept)]
    pub name: Option<String>,
    /// Whether names in it are only asked of the network's own server.
    #[attribute("localOnly")]
    pub is_local: Option<YesNo>,
}

/// The name server.
#[mapped(omit_empty)]
pub struct Dns {
    /// Whether there is one; absent for yes.
    #[attribute("enable")]
    pub is_enabled: Option<YesNo>,
    /// Whether names without a domain are asked of other servers.
    #[attribute("forwardPlainNames")]
    pub forwards_plain_names: Option<YesNo>,
    /// The other servers that are asked.
    #[element("forwarder")]
    pub forwarders: Vec<DnsForwarder>,
    /// Texts.
    #[element("txt")]
    pub texts: Vec<DnsText>,
    /// Services.
    #[element("srv")]
    pub services: Vec<DnsService>,
    /// Names and their addresses.
    #[element("host")]
    pub hosts: Vec<DnsHost>,
}

/// Another server that is asked.
#[mapped]
pub struct DnsForwarder {
    /// The domain that it is asked about; absent for all.
    #[attribute("domain", kept)]
    pub domain: Option<String>,
    /// Its address; absent where the host's own servers are asked.
    #[attribute("addr")]
    pub address: Option<IpAddr>,
}

/// A text.
#[mapped]
pub struct DnsText {
    /// Its name.
    #[attribute("name", missing = Syntax, kept)]
    pub name: String,
    /// The text.
    #[attribute("value", missing = Syntax, kept)]
    pub value: String,
}

/// A service.
#[mapped]
pub struct DnsService {
    /// Its name.
    #[attribute("service", missing = Syntax, kept)]
    pub service: String,
    /// The protocol that it is reached by.
    #[attribute("protocol", missing = Syntax, kept)]
    pub protocol: String,
    /// The domain that it is for.
    #[attribute("domain", kept)]
    pub domain: Option<String>,
    /// The host that serves.
    #[attribute("target", kept)]
    pub target: Option<String>,
    /// The port; only with a target.
    #[attribute("port", error = Syntax)]
    pub port: Option<u32>,
    /// Lower ones are tried first; only with a target.
    #[attribute("priority", error = Syntax)]
    pub priority: Option<u32>,
    /// Among those of a priority, higher ones are tried more often; only with a target.
    #[attribute("weight", error = Syntax)]
    pub weight: Option<u32>,
}

/// Names of an address.
#[mapped]
pub struct DnsHost {
    /// The address.
    #[attribute("ip", error = Syntax)]
    pub ip: IpAddr,
    /// The names.
    #[element("hostname")]
    pub names: Vec<String>,
}

/// Options of the program that serves names and addresses.
#[mapped(omit_empty)]
pub struct DnsmasqOptions {
    /// The options.
    #[element("dnsmasq:option")]
    pub options: Vec<DnsmasqOption>,
}

/// A line of the program's configuration.
#[mapped]
pub struct DnsmasqOption {
    /// The line.
    #[attribute("value", missing = Malformed, kept)]
    pub value: String,
}
