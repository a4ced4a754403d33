//! How packets leave a network.

use crate::document::text::words;
use crate::document::{YesNo, mapped};
use crate::node_device::PciLocation;
use std::net::IpAddr;

/// How packets leave a network.
#[mapped]
pub struct Forward {
    /// The interface of the host that they leave by; the first of the interfaces.
    #[attribute("dev")]
    pub device: Option<String>,
    /// How; absent for `nat`.
    #[attribute("mode", empty)]
    pub mode: Option<ForwardMode>,
    /// Whether devices of the host are taken from its drivers by themselves; only with `hostdev`.
    #[attribute("managed", lenient)]
    pub is_managed: Option<YesNo>,
    /// What drives devices of the host for guests.
    #[element("driver")]
    pub driver: Option<ForwardDriver>,
    /// How addresses are changed; at most one, with `nat`.
    #[element("nat")]
    pub nat: Vec<Nat>,
    /// The device whose virtual functions are given to guests; at most one.
    #[element("pf")]
    pub physical_functions: Vec<PhysicalFunctionDevice>,
    /// Interfaces of the host.
    #[element("interface")]
    pub interfaces: Vec<ForwardInterface>,
    /// Devices of the host.
    #[element("address")]
    pub addresses: Vec<ForwardAddress>,
}

words! {
    /// How packets leave a network.
    pub enum ForwardMode("way to forward", Unsupported) {
        /// Not at all.
        None = "none",
        /// With the host's address.
        Nat = "nat",
        /// As they are.
        Route = "route",
        /// As they are, and the host's firewall is left alone.
        Open = "open",
        /// By a switch or an interface of the host.
        Bridge = "bridge",
        /// By an interface of the host; guests on it do not reach each other.
        Private = "private",
        /// By an interface of the host; the switch behind it connects guests.
        Vepa = "vepa",
        /// By an interface of the host for each guest.
        Passthrough = "passthrough",
        /// By a device of the host for each guest.
        Hostdev = "hostdev",
    }
}

impl ForwardMode {
    /// Whether the host has an address on such a network and looks at the packets.
    #[must_use]
    pub fn is_virtual(self) -> bool {
        matches!(self, Self::None | Self::Nat | Self::Route | Self::Open)
    }
}

/// What drives devices of the host for guests.
#[mapped(omit_empty)]
pub struct ForwardDriver {
    /// Which.
    #[attribute("name", empty)]
    pub name: Option<ForwardDriverName>,
}

words! {
    /// What drives devices of the host for guests.
    pub enum ForwardDriverName("driver of a network's devices", Unsupported) {
        /// KVM.
        Kvm = "kvm",
        /// VFIO.
        Vfio = "vfio",
    }
}

/// How addresses are changed.
#[mapped]
pub struct Nat {
    /// Whether those of IPv6 are too.
    #[attribute("ipv6")]
    pub changes_ipv6: Option<YesNo>,
    /// What they are changed to; at most one.
    #[element("address")]
    pub addresses: Vec<NatAddresses>,
    /// What ports are changed to; at most one.
    #[element("port")]
    pub ports: Vec<NatPorts>,
}

/// Addresses in a row, of IPv4.
#[mapped]
pub struct NatAddresses {
    /// The first.
    #[attribute("start")]
    pub start: IpAddr,
    /// The last.
    #[attribute("end")]
    pub end: IpAddr,
}

/// Ports in a row.
#[mapped]
pub struct NatPorts {
    /// The first.
    #[attribute("start", error = Syntax)]
    pub start: u32,
    /// The last, up to 65535.
    #[attribute("end", error = Syntax)]
    pub end: u32,
}

/// The device whose virtual functions are given to guests.
#[mapped]
pub struct PhysicalFunctionDevice {
    /// The name of its interface.
    #[attribute("dev", kept)]
    pub device: String,
}

/// An interface of the host.
#[mapped]
pub struct ForwardInterface {
    /// Its name.
    #[attribute("dev", kept)]
    pub device: String,
    /// How many guests use it; only in what a host tells.
    #[attribute("connections", lenient)]
    pub connections: Option<u32>,
}

/// A device of the host.
#[mapped(tag = "type", error = Unsupported)]
pub enum ForwardAddress {
    /// On a PCI bus.
    #[value("pci")]
    Pci(PciLocation),
}
