//! The rules of a filter.

use super::frames::{ArpRule, MacRule, StpRule, VlanRule};
use super::packets::{Ipv4Rule, Ipv6Rule};
use super::traffic::{
    IcmpIpv4Rule, IcmpIpv6Rule, PortsIpv4Rule, PortsIpv6Rule, TcpIpv4Rule, TcpIpv6Rule, TrafficIpv4Rule,
    TrafficIpv6Rule,
};
use crate::document::mapped;
use crate::document::text::words;

/// A rule: what is done with packets of a sort.
#[mapped]
pub struct Rule {
    /// What is done with them.
    #[attribute("action", missing = Malformed)]
    pub action: RuleAction,
    /// Which way they go.
    #[attribute("direction", missing = Malformed)]
    pub direction: RuleDirection,
    /// Rules of lower numbers come first, from -1000 to 1000; absent for 500.
    #[attribute("priority", lenient)]
    pub priority: Option<i32>,
    /// `false` where the state of the connection does not count.
    #[attribute("statematch")]
    pub state_match: Option<String>,
    /// The packets; the first counts. More than one is written where a part is for all others.
    #[choice]
    pub protocols: Vec<RuleProtocol>,
}

words! {
    /// What is done with packets.
    pub enum RuleAction("action of a rule", Unsupported) {
        /// They are dropped.
        Drop = "drop",
        /// They are let through.
        Accept = "accept",
        /// They are dropped, and the sender is told.
        Reject = "reject",
        /// The filter that this one is part of goes on.
        Return = "return",
        /// The next rule is tried.
        Continue = "continue",
    }
}

words! {
    /// Which way packets go.
    pub enum RuleDirection("direction of a rule", Unsupported) {
        /// To the guest.
        In = "in",
        /// From the guest.
        Out = "out",
        /// Both.
        InOut = "inout",
    }
}

/// What packets a rule is for.
#[mapped(by_name)]
pub enum RuleProtocol {
    /// Frames of any sort.
    #[value("mac")]
    Mac(MacRule),
    /// Frames of virtual networks.
    #[value("vlan")]
    Vlan(VlanRule),
    /// Messages of switches.
    #[value("stp")]
    Stp(StpRule),
    /// ARP.
    #[value("arp")]
    Arp(ArpRule),
    /// RARP.
    #[value("rarp")]
    Rarp(ArpRule),
    /// IPv4, as frames.
    #[value("ip")]
    Ipv4(Ipv4Rule),
    /// IPv6, as frames.
    #[value("ipv6")]
    Ipv6(Ipv6Rule),
    /// TCP over IPv4.
    #[value("tcp")]
    Tcp(TcpIpv4Rule),
    /// TCP over IPv6.
    #[value("tcp-ipv6")]
    TcpIpv6(TcpIpv6Rule),
    /// UDP over IPv4.
    #[value("udp")]
    Udp(PortsIpv4Rule),
    /// UDP over IPv6.
    #[value("udp-ipv6")]
    UdpIpv6(PortsIpv6Rule),
    /// SCTP over IPv4.
    #[value("sctp")]
    Sctp(PortsIpv4Rule),
    /// SCTP over IPv6.
    #[value("sctp-ipv6")]
    SctpIpv6(PortsIpv6Rule),
    /// UDP Lite over IPv4.
    #[value("udplite")]
    UdpLite(TrafficIpv4Rule),
    /// UDP Lite over IPv6.
    #[value("udplite-ipv6")]
    UdpLiteIpv6(TrafficIpv6Rule),
    /// ESP over IPv4.
    #[value("esp")]
    Esp(TrafficIpv4Rule),
    /// ESP over IPv6.
    #[value("esp-ipv6")]
    EspIpv6(TrafficIpv6Rule),
    /// AH over IPv4.
    #[value("ah")]
    Ah(TrafficIpv4Rule),
    /// AH over IPv6.
    #[value("ah-ipv6")]
    AhIpv6(TrafficIpv6Rule),
    /// All packets over IPv4.
    #[value("all")]
    All(TrafficIpv4Rule),
    /// All packets over IPv6.
    #[value("all-ipv6")]
    AllIpv6(TrafficIpv6Rule),
    /// ICMP.
    #[value("icmp")]
    Icmp(IcmpIpv4Rule),
    /// IGMP.
    #[value("igmp")]
    Igmp(TrafficIpv4Rule),
    /// ICMP for IPv6.
    #[value("icmpv6")]
    IcmpIpv6(IcmpIpv6Rule),
}
