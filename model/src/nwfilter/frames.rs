//! Rules for frames.

use super::address::{Ipv4Bits, MacMask, RuleIpv4};
use super::named_number::{ArpOperation, EncapsulatedType, EtherType, Truth};
use super::number::{Number8, Number16, Number32, RuleNumber};
use super::variable::OrVariable;
use crate::document::{YesNo, mapped};
use crate::network_parts::MacAddress;

/// The hardware addresses of a frame.
#[mapped]
pub struct FrameAddresses {
    /// The sender's hardware address.
    #[attribute("srcmacaddr", error = Malformed)]
    pub source_mac: Option<OrVariable<MacAddress>>,
    /// Which bits of it count.
    #[attribute("srcmacmask", error = Malformed)]
    pub source_mac_mask: Option<OrVariable<MacMask>>,
    /// The receiver's hardware address.
    #[attribute("dstmacaddr", error = Malformed)]
    pub destination_mac: Option<OrVariable<MacAddress>>,
    /// Which bits of it count.
    #[attribute("dstmacmask", error = Malformed)]
    pub destination_mac_mask: Option<OrVariable<MacMask>>,
}

/// Frames of any sort.
#[mapped]
pub struct MacRule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The hardware addresses.
    #[flatten]
    pub addresses: FrameAddresses,
    /// What the frame carries.
    #[attribute("protocolid", error = Malformed)]
    pub protocol: Option<OrVariable<EtherType>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Frames of virtual networks.
#[mapped]
pub struct VlanRule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The hardware addresses.
    #[flatten]
    pub addresses: FrameAddresses,
    /// The number of the virtual network, up to 4095.
    #[attribute("vlanid", error = Malformed)]
    pub vlan: Option<OrVariable<RuleNumber<0xfff>>>,
    /// What the frame carries.
    #[attribute("encap-protocol", error = Malformed)]
    pub protocol: Option<OrVariable<EncapsulatedType>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Messages of switches that look for loops.
#[mapped]
pub struct StpRule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The sender's hardware address.
    #[attribute("srcmacaddr", error = Malformed)]
    pub source_mac: Option<OrVariable<MacAddress>>,
    /// Which bits of it count.
    #[attribute("srcmacmask", error = Malformed)]
    pub source_mac_mask: Option<OrVariable<MacMask>>,
    /// The type of message.
    #[attribute("type", error = Malformed)]
    pub message_type: Option<OrVariable<Number8>>,
    /// The flags.
    #[attribute("flags", error = Malformed)]
    pub flags: Option<OrVariable<Number8>>,
    /// The priority of the root switch; the least.
    #[attribute("root-priority", error = Malformed)]
    pub root_priority: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("root-priority-hi", error = Malformed)]
    pub root_priority_most: Option<OrVariable<Number16>>,
    /// The address of the root switch.
    #[attribute("root-address", error = Malformed)]
    pub root_address: Option<OrVariable<MacAddress>>,
    /// Which bits of it count.
    #[attribute("root-address-mask", error = Malformed)]
    pub root_address_mask: Option<OrVariable<MacMask>>,
    /// How far the root switch is; the least.
    #[attribute("root-cost", error = Malformed)]
    pub root_cost: Option<OrVariable<Number32>>,
    /// The most.
    #[attribute("root-cost-hi", error = Malformed)]
    pub root_cost_most: Option<OrVariable<Number32>>,
    /// The priority of the sender; the least.
    #[attribute("sender-priority", error = Malformed)]
    pub sender_priority: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("sender-priority-hi", error = Malformed)]
    pub sender_priority_most: Option<OrVariable<Number16>>,
    /// The address of the sender.
    #[attribute("sender-address", error = Malformed)]
    pub sender_address: Option<OrVariable<MacAddress>>,
    /// Which bits of it count.
    #[attribute("sender-address-mask", error = Malformed)]
    pub sender_address_mask: Option<OrVariable<MacMask>>,
    /// The port of the sender; the least.
    #[attribute("port", error = Malformed)]
    pub port: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("port-hi", error = Malformed)]
    pub port_most: Option<OrVariable<Number16>>,
    /// How old the message is; the least.
    #[attribute("age", error = Malformed)]
    pub age: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("age-hi", error = Malformed)]
    pub age_most: Option<OrVariable<Number16>>,
    /// How old a message can be; the least.
    #[attribute("max-age", error = Malformed)]
    pub age_limit: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("max-age-hi", error = Malformed)]
    pub age_limit_most: Option<OrVariable<Number16>>,
    /// How often the root switch sends messages; the least.
    #[attribute("hello-time", error = Malformed)]
    pub hello_time: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("hello-time-hi", error = Malformed)]
    pub hello_time_most: Option<OrVariable<Number16>>,
    /// How long a switch learns; the least.
    #[attribute("forward-delay", error = Malformed)]
    pub forward_delay: Option<OrVariable<Number16>>,
    /// The most.
    #[attribute("forward-delay-hi", error = Malformed)]
    pub forward_delay_most: Option<OrVariable<Number16>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}

/// Packets that ask for hardware addresses, or answer that.
#[mapped]
pub struct ArpRule {
    /// Whether the rule is for packets of this sort; `no` for all others.
    #[attribute("match", lenient)]
    pub is_match: Option<YesNo>,
    /// The hardware addresses.
    #[flatten]
    pub addresses: FrameAddresses,
    /// The kind of hardware.
    #[attribute("hwtype", error = Malformed)]
    pub hardware_type: Option<OrVariable<Number16>>,
    /// The kind of protocol.
    #[attribute("protocoltype", error = Malformed)]
    pub protocol_type: Option<OrVariable<Number16>>,
    /// What the packet is for.
    #[attribute("opcode", error = Malformed)]
    pub operation: Option<OrVariable<ArpOperation>>,
    /// The hardware address of the sender in the packet.
    #[attribute("arpsrcmacaddr", error = Malformed)]
    pub asked_source_mac: Option<OrVariable<MacAddress>>,
    /// The IP address of the sender in the packet.
    #[attribute("arpsrcipaddr", error = Malformed)]
    pub asked_source_ip: Option<OrVariable<RuleIpv4>>,
    /// How many bits of it count.
    #[attribute("arpsrcipmask", error = Malformed)]
    pub asked_source_ip_bits: Option<OrVariable<Ipv4Bits>>,
    /// The hardware address of the receiver in the packet.
    #[attribute("arpdstmacaddr", error = Malformed)]
    pub asked_destination_mac: Option<OrVariable<MacAddress>>,
    /// The IP address of the receiver in the packet.
    #[attribute("arpdstipaddr", error = Malformed)]
    pub asked_destination_ip: Option<OrVariable<RuleIpv4>>,
    /// How many bits of it count.
    #[attribute("arpdstipmask", error = Malformed)]
    pub asked_destination_ip_bits: Option<OrVariable<Ipv4Bits>>,
    /// Whether nobody asked for it.
    #[attribute("gratuitous", error = Malformed)]
    pub is_gratuitous: Option<OrVariable<Truth>>,
    /// A text for people; the first 256 bytes are kept.
    #[attribute("comment", kept)]
    pub comment: Option<String>,
}
