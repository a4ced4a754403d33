//! A network interface.

mod driver;
mod filter;
mod port_forward;
mod source;

pub use driver::{GuestOffloads, HostOffloads, InterfaceBackend, InterfaceDriver, TransmitMode};
pub use filter::{FilterParameter, FilterReference};
pub use port_forward::{PortForward, PortProtocol, PortRange};
pub use source::{
    BridgeInterface, BridgeMode, BridgeSource, DeviceInterface, DeviceSource, DirectInterface, DirectSource,
    EthernetInterface, EthernetSource, HostUsbAddress, HostdevAddress, HostdevInterface, HostdevSource,
    InterfaceType, InternalInterface, InternalSource, NetworkInterface, NetworkSource, SocketEnd,
    SocketInterface, SocketSource, UdpInterface, UdpTunnelSource, UsbIdentity, UserInterface, UserSource,
    VdsInterface, VdsSource, VhostUserInterface, VhostUserMode, VhostUserSource,
};

use super::info::DeviceInfo;
use crate::document::text::words;
use crate::document::{YesNo, mapped};
use crate::network_parts::{
    Bandwidth, Coalesce, IpConfig, IpRoute, MacAddress, Mtu, PortOptions, VirtualPort, Vlan,
};

/// A network interface.
#[mapped]
#[order(
    "mac",
    "source",
    "vlan",
    "virtualport",
    "bandwidth",
    "port",
    "ip",
    "route",
    "portForward",
    "script",
    "downscript",
    "backenddomain",
    "target",
    "guest",
    "model",
    "driver",
    "backend",
    "filterref",
    "tune",
    "teaming",
    "link",
    "mtu",
    "coalesce",
    "boot",
    "alias",
    "rom",
    "acpi",
    "address"
)]
pub struct Interface {
    /// Whether the host follows the guest's filters for receiving.
    #[attribute("trustGuestRxFilters")]
    pub trust_guest_filters: Option<YesNo>,
    /// Its Ethernet address; absent for one that is made up.
    #[element("mac")]
    pub mac: Option<InterfaceMac>,
    /// What it is connected with.
    #[flatten]
    pub connection: InterfaceType,
    /// Its virtual LANs.
    #[element("vlan")]
    pub vlan: Option<Vlan>,
    /// How it is announced to its switch.
    #[element("virtualport")]
    pub virtual_port: Option<VirtualPort>,
    /// How much may go over it.
    #[element("bandwidth")]
    pub bandwidth: Option<Bandwidth>,
    /// Options of the bridge's port.
    #[element("port")]
    pub port: Option<PortOptions>,
    /// The guest's addresses.
    #[element("ip")]
    pub ips: Vec<IpConfig>,
    /// The guest's routes.
    #[element("route")]
    pub routes: Vec<IpRoute>,
    /// Ports of the host that lead into the guest.
    #[element("portForward")]
    pub port_forwards: Vec<PortForward>,
    /// What the hypervisor runs to set it up.
    #[element("script")]
    pub script: Option<Script>,
    /// What the hypervisor runs to tear it down.
    #[element("downscript")]
    pub down_script: Option<Script>,
    /// The domain that it is connected with.
    #[element("backenddomain")]
    pub backend_domain: Option<BackendDomain>,
    /// The device of the host.
    #[element("target")]
    pub target: Option<InterfaceTarget>,
    /// What a container calls it.
    #[element("guest")]
    pub guest: Option<GuestName>,
    /// Which network card it is; absent for the hypervisor's choice.
    #[element("model")]
    pub model: Option<InterfaceModel>,
    /// How the hypervisor runs it.
    #[element("driver")]
    pub driver: Option<InterfaceDriver>,
    /// The devices or programs behind it.
    #[element("backend")]
    pub backend: Option<InterfaceBackend>,
    /// What is filtered.
    #[element("filterref")]
    pub filter: Option<FilterReference>,
    /// How it is tuned.
    #[element("tune")]
    pub tuning: Option<InterfaceTuning>,
    /// The other interface that it makes a team with.
    #[element("teaming")]
    pub teaming: Option<Teaming>,
    /// Whether a cable is plugged in.
    #[element("link")]
    pub link: Option<Link>,
    /// The largest packet.
    #[element("mtu")]
    pub mtu: Option<Mtu>,
    /// How packets are collected before an interrupt is raised.
    #[element("coalesce")]
    pub coalesce: Option<Coalesce>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// The Ethernet address of an interface.
#[mapped(omit_empty)]
pub struct InterfaceMac {
    /// The address; absent for one that is made up.
    #[attribute("address")]
    pub address: Option<MacAddress>,
    /// Whether libvirt made it up.
    #[attribute("type")]
    pub mac_type: Option<MacType>,
    /// Whether VMware checks that it is one of its own.
    #[attribute("check")]
    pub check: Option<YesNo>,
}

/// A program that the hypervisor runs.
#[mapped(omit_empty)]
pub struct Script {
    /// Its path.
    #[attribute("path")]
    pub path: Option<String>,
}

/// A domain that runs the other side of a device.
#[mapped(omit_empty)]
pub struct BackendDomain {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// The device of the host.
#[mapped(omit_empty)]
pub struct InterfaceTarget {
    /// Its name; absent for one that the driver makes up.
    #[attribute("dev", kept)]
    pub device: Option<String>,
    /// Whether the driver makes it.
    #[attribute("managed")]
    pub managed: Option<YesNo>,
}

/// What a container calls an interface.
#[mapped(omit_empty)]
pub struct GuestName {
    /// The name.
    #[attribute("dev")]
    pub device: Option<String>,
    /// The name that it got; only known while it runs.
    #[attribute("actual")]
    pub actual: Option<String>,
}

/// Which network card it is.
#[mapped(omit_empty)]
pub struct InterfaceModel {
    /// The card: letters, digits, `-` and `_`.
    #[attribute("type")]
    pub name: Option<String>,
}

/// How an interface is tuned.
#[mapped(omit_empty)]
pub struct InterfaceTuning {
    /// The host's buffer for packets of the guest in bytes.
    #[element("sndbuf")]
    pub send_buffer: Option<u64>,
}

/// The other interface of a team.
#[mapped(omit_empty)]
pub struct Teaming {
    /// Which part this one has.
    #[attribute("type")]
    pub teaming_type: Option<TeamingType>,
    /// Of a transient one: the alias of the other.
    #[attribute("persistent")]
    pub persistent: Option<String>,
}

/// A cable.
#[mapped(omit_empty)]
pub struct Link {
    /// Whether it is plugged in.
    #[attribute("state")]
    pub state: Option<LinkState>,
}

words! {
    /// Whether an Ethernet address was made up.
    pub enum MacType("type of a MAC address", Invalid) {
        /// It was.
        Generated = "generated",
        /// It was given.
        Static = "static",
    }
}

words! {
    /// A part in a team.
    pub enum TeamingType("type of teaming", Unsupported) {
        /// The one that stays.
        Persistent = "persistent",
        /// The one that goes when the guest moves.
        Transient = "transient",
    }
}

words! {
    /// Whether a cable is plugged in.
    pub enum LinkState("link state", Unsupported) {
        /// It is.
        Up = "up",
        /// It is not.
        Down = "down",
    }
}
