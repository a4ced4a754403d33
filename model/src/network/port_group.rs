//! Settings that interfaces choose by name.

use crate::document::{YesNo, mapped};
use crate::network_parts::{Bandwidth, VirtualPort, Vlan};

/// Settings of interfaces that choose them.
#[mapped]
pub struct PortGroup {
    /// The name that they are chosen by.
    #[attribute("name")]
    pub name: String,
    /// Whether interfaces that choose none get these.
    #[attribute("default", lenient)]
    pub is_default: Option<YesNo>,
    /// Whether guests may say which packets they want.
    #[attribute("trustGuestRxFilters")]
    pub trusts_receive_filters: Option<YesNo>,
    /// The virtual LANs that they are in.
    #[element("vlan")]
    pub vlan: Option<Vlan>,
    /// How they are announced to the switch.
    #[element("virtualport")]
    pub virtual_port: Option<VirtualPort>,
    /// How much may go in and out.
    #[element("bandwidth")]
    pub bandwidth: Option<Bandwidth>,
}
