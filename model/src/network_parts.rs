//! What the documents of networks and of domains' network interfaces have in common.

mod bandwidth;
pub(crate) mod ip;
mod mac;
mod virtual_port;
mod vlan;

pub use bandwidth::{Bandwidth, BandwidthLimits};
pub use ip::{IpConfig, IpFamily, IpRoute};
pub use mac::MacAddress;
pub use virtual_port::{DecimalOrHexadecimal, VirtualPort, VirtualPortParameters, VirtualPortType};
pub use vlan::{NativeVlanMode, Vlan, VlanTag};

use crate::document::{YesNo, mapped};

/// Options of the port of a bridge.
#[mapped(omit_empty)]
pub struct PortOptions {
    /// Whether it cannot reach the other isolated ports; absent for no.
    #[attribute("isolated")]
    pub isolated: Option<YesNo>,
}

/// The largest packet.
#[mapped(omit_empty)]
pub struct Mtu {
    /// Its bytes, without the Ethernet header; absent or 0 for the usual.
    #[attribute("size")]
    pub size: Option<u32>,
}

/// How packets are collected before an interrupt is raised.
#[mapped(omit_empty)]
pub struct Coalesce {
    /// For packets that arrive.
    #[element("rx")]
    pub receive: Option<ReceiveCoalesce>,
}

/// How packets that arrive are collected.
#[mapped(omit_empty)]
pub struct ReceiveCoalesce {
    /// How many.
    #[element("frames")]
    pub frames: Option<CoalescedFrames>,
}

/// How many packets are collected.
#[mapped(omit_empty)]
pub struct CoalescedFrames {
    /// At most so many.
    #[attribute("max", error = Syntax)]
    pub max: Option<u32>,
}
