//! What a host makes of an interface's document: what it leaves out.

use super::{
    Bond, BondMember, BondSettings, Bridge, BridgeMember, Ethernet, HostInterface, HostProtocol, Settings,
    Vlan,
};

impl HostInterface {
    /// Makes an interface as it was written into one as the host shows it.
    pub fn complete(&mut self) {
        match self {
            Self::Ethernet(Ethernet { settings, .. }) | Self::Vlan(Vlan { settings, .. }) => {
                settings.complete()
            }
            Self::Bridge(Bridge { settings, bridge, .. }) => {
                settings.complete();
                for member in &mut bridge.members {
                    if let BridgeMember::Bond(BondMember { bond, .. }) = member {
                        bond.complete();
                    }
                }
            }
            Self::Bond(Bond { settings, bond, .. }) => {
                settings.complete();
                bond.complete();
            }
        }
    }
}

impl Settings {
    /// An address without the address is none.
    fn complete(&mut self) {
        for protocol in &mut self.protocols {
            let addresses = match protocol {
                HostProtocol::Ipv4(protocol) => &mut protocol.addresses,
                HostProtocol::Ipv6(protocol) => &mut protocol.addresses,
            };
            addresses.retain(|address| address.address.is_some());
        }
    }
}

impl BondSettings {
    /// A link monitor comes before an ARP monitor, and its delays are above 0.
    fn complete(&mut self) {
        if let Some(monitor) = &mut self.link_monitor {
            self.arp_monitor = None;
            monitor.down_delay = monitor.down_delay.max(0);
            monitor.up_delay = monitor.up_delay.max(0);
        }
    }
}
