//! Rules for packets of IP, looked at as frames.

use super::address::{Ipv4Bits, Ipv6Bits, RuleIpv4, RuleIpv6};
use super::frames::FrameAddresses;
use super::named_number::IpProtocol;
use super::number::{Number8, Number16, RuleNumber};
use super::variable::OrVariable;
use crate::document::{YesNo, mapped};

/// The ports of a packet.
#[mapped]
pub struct Ports {
    /// The sender's port; the least.
    #[attribute("srcportstart", error = Malformed)]
    pub source_port: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("srcportend", error = Malformed)]
    pub source_port_most: Option<OrVariable<Number16>>,
    /// The receiver's port; the least.
    #[attribute("dstportstart", error = Malformed)]
    pub destination_port: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("dstportend", error = Malformed)]
    pub destination_port_most: Option<OrVariable<Number16>>,
}

/// Packets of IPv4.
#[mapped]
pub struct Ipv4Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The hardware addresses.
    #[flatten]
    pub addresses: FrameAddresses,
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
    /// What the packet carries.
    #[attribute("protocol", error = Malformed)]
    pub protocol: Option<OrVariable<IpProtocol>>,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// The class of service, up to 63.
    #[attribute("dscp", error = Malformed)]
    pub dscp: Option<OrVariable<RuleNumber<0x3f>>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets of IPv6.
#[mapped]
pub struct Ipv6Rule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The hardware addresses.
    #[flatten]
    pub addresses: FrameAddresses,
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
    /// What the packet carries.
    #[attribute("protocol", error = Malformed)]
    pub protocol: Option<OrVariable<IpProtocol>>,
    /// The ports.
    #[flatten]
    pub ports: Ports,
    /// The type of message.
    #[attribute("type", error = Malformed)]
    pub message_type: Option<OrVariable<Number8>>,
    /// The last type of message.
    #[attribute("typeend", error = Malformed)]
    pub message_type_most: Option<OrVariable<Number8>>,
    /// The code of the message.
    #[attribute("code", error = Malformed)]
    pub code: Option<OrVariable<Number8>>,
    /// The last code.
    #[attribute("codeend", error = Malformed)]
    pub code_most: Option<OrVariable<Number8>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}
