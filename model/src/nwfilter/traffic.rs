//! Rules for packets of IP, looked at as parts of connections.

use super::address::{Ipv4Bits, Ipv6Bits, RuleIpv4, RuleIpv6};
use super::flags::{ConnectionStates, IpSetFlags, IpSetName, TcpFlags};
use super::number::{Decimal16, Number8, RuleNumber};
use super::packets::Ports;
use super::variable::OrVariable;
use crate::document::{YesNo, mapped};
use crate::network_parts::MacAddress;

/// What is looked at of any packet of IPv4.
#[mapped]
pub struct Ipv4Traffic {
    /// The sender's hardware address.
    #[attribute("srcmacaddr", error = Malformed)]
    pub source_mac: Option<OrVariable<MacAddress>>,
    /// The sender's address.
    #[attribute("srcipaddr", error = Malformed)]
    pub source_ip: Option<OrVariable<RuleIpv4>>,
    /// How many bits of it count.
    #[attribute("srcipmask", error = Malformed)]
    pub source_ip_bits: Option<OrVariable<Ipv4Bits>>,
    /// The receiver's address.
    #[attribute("dstipaddr", error = Malformed)]
    pub destination_ip: Option<OrVariable<RuleIpv4>>,
    /// How many bits of it count.
    #[attribute("dstipmask", error = Malformed)]
    pub destination_ip_bits: Option<OrVariable<Ipv4Bits>>,
    /// The first of the sender's addresses.
    #[attribute("srcipfrom", error = Malformed)]
    pub source_ip_first: Option<OrVariable<RuleIpv4>>,
    /// The last of the sender's addresses.
    #[attribute("srcipto", error = Malformed)]
    pub source_ip_last: Option<OrVariable<RuleIpv4>>,
    /// The first of the receiver's addresses.
    #[attribute("dstipfrom", error = Malformed)]
    pub destination_ip_first: Option<OrVariable<RuleIpv4>>,
    /// The last of the receiver's addresses.
    #[attribute("dstipto", error = Malformed)]
    pub destination_ip_last: Option<OrVariable<RuleIpv4>>,
    /// The class of service, up to 63.
    #[attribute("dscp", error = Malformed)]
    pub dscp: Option<OrVariable<RuleNumber<0x3f>>>,
    /// How many connections there must be before the rule counts.
    #[attribute("connlimit-above", error = Malformed)]
    pub connections_above: Option<OrVariable<Decimal16>>,
    /// The states that a connection can be in.
    #[attribute("state", error = Malformed)]
    pub states: Option<OrVariable<ConnectionStates>>,
    /// The set of addresses in which those of a packet must be.
    #[attribute("ipset", error = Malformed)]
    pub address_set: Option<OrVariable<IpSetName>>,
    /// Which addresses are looked for in the set.
    #[attribute("ipsetflags", error = Malformed)]
    pub address_set_flags: Option<OrVariable<IpSetFlags>>,
}

/// What is looked at of any packet of IPv6.
#[mapped]
pub struct Ipv6Traffic {
    /// The sender's hardware address.
    #[attribute("srcmacaddr", error = Malformed)]
    pub source_mac: Option<OrVariable<MacAddress>>,
    /// The sender's address.
    #[attribute("srcipaddr", error = Malformed)]
    pub source_ip: Option<OrVariable<RuleIpv6>>,
    /// How many bits of it count.
    #[attribute("srcipmask", error = Malformed)]
    pub source_ip_bits: Option<OrVariable<Ipv6Bits>>,
    /// The receiver's address.
    #[attribute("dstipaddr", error = Malformed)]
    pub destination_ip: Option<OrVariable<RuleIpv6>>,
    /// How many bits of it count.
    #[attribute("dstipmask", error = Malformed)]
    pub destination_ip_bits: Option<OrVariable<Ipv6Bits>>,
    /// The first of the sender's addresses.
    #[attribute("srcipfrom", error = Malformed)]
    pub source_ip_first: Option<OrVariable<RuleIpv6>>,
    /// The last of the sender's addresses.
    #[attribute("srcipto", error = Malformed)]
    pub source_ip_last: Option<OrVariable<RuleIpv6>>,
    /// The first of the receiver's addresses.
    #[attribute("dstipfrom", error = Malformed)]
    pub destination_ip_first: Option<OrVariable<RuleIpv6>>,
    /// The last of the receiver's addresses. libvirt wants one of IPv4 here.
    #[attribute("dstipto", error = Malformed)]
    pub destination_ip_last: Option<OrVariable<RuleIpv4>>,
    /// The class of service, up to 63.
    #[attribute("dscp", error = Malformed)]
    pub dscp: Option<OrVariable<RuleNumber<0x3f>>>,
    /// How many connections there must be before the rule counts.
    #[attribute("connlimit-above", error = Malformed)]
    pub connections_above: Option<OrVariable<Decimal16>>,
    /// The states that a connection can be in.
    #[attribute("state", error = Malformed)]
    pub states: Option<OrVariable<ConnectionStates>>,
    /// The set of addresses in which those of a packet must be.
    #[attribute("ipset", error = Malformed)]
    pub address_set: Option<OrVariable<IpSetName>>,
    /// Which addresses are looked for in the set.
    #[attribute("ipsetflags", error = Malformed)]
    pub address_set_flags: Option<OrVariable<IpSetFlags>>,
}

/// Packets of TCP over IPv4.
#[mapped]
pub struct TcpIpv4Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv4Traffic,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// The option that a packet must have.
    #[attribute("option", error = Malformed)]
    pub option: Option<OrVariable<Number8>>,
    /// The flags that a packet must have.
    #[attribute("flags", error = Malformed)]
    pub flags: Option<OrVariable<TcpFlags>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets with ports over IPv4.
#[mapped]
pub struct PortsIpv4Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv4Traffic,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Messages about IPv4.
#[mapped]
pub struct IcmpIpv4Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv4Traffic,
    /// The type of message.
    #[attribute("type", error = Malformed)]
    pub message_type: Option<OrVariable<Number8>>,
    /// The code of the message.
    #[attribute("code", error = Malformed)]
    pub code: Option<OrVariable<Number8>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets of IPv4.
#[mapped]
pub struct TrafficIpv4Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv4Traffic,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets of TCP over IPv6.
#[mapped]
pub struct TcpIpv6Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv6Traffic,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// The option that a packet must have.
    #[attribute("option", error = Malformed)]
    pub option: Option<OrVariable<Number8>>,
    /// The flags that a packet must have.
    #[attribute("flags", error = Malformed)]
    pub flags: Option<OrVariable<TcpFlags>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets with ports over IPv6.
#[mapped]
pub struct PortsIpv6Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv6Traffic,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Messages about IPv6.
#[mapped]
pub struct IcmpIpv6Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv6Traffic,
    /// The type of message.
    #[attribute("type", error = Malformed)]
    pub message_type: Option<OrVariable<Number8>>,
    /// The code of the message.
    #[attribute("code", error = Malformed)]
    pub code: Option<OrVariable<Number8>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets of IPv6.
#[mapped]
pub struct TrafficIpv6Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// What is looked at of any packet.
    #[flatten]
    pub traffic: Ipv6Traffic,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}
