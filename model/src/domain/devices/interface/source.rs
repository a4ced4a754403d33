//! What an interface is connected with.

use crate::document::text::words;
use crate::document::{Hexadecimal, YesNo, mapped};
use crate::domain::devices::address::PciAddress;
use crate::domain::devices::character_device::Reconnect;
use crate::network_parts::{IpConfig, IpRoute};
use uuid::Uuid;

/// What an interface is connected with.
#[mapped(tag = "type", error = Invalid)]
pub enum InterfaceType {
    /// The hypervisor's own network, in which it plays a router.
    #[default]
    #[value("user")]
    User(UserInterface),
    /// A device of the host that is set up by a script or by hand.
    #[value("ethernet")]
    Ethernet(EthernetInterface),
    /// A program that speaks virtio over a UNIX socket.
    #[value("vhostuser")]
    VhostUser(VhostUserInterface),
    /// A TCP connection that others call.
    #[value("server")]
    Server(SocketInterface),
    /// A TCP connection to a server.
    #[value("client")]
    Client(SocketInterface),
    /// A multicast group.
    #[value("mcast")]
    Multicast(SocketInterface),
    /// A virtual network.
    #[value("network")]
    Network(NetworkInterface),
    /// A bridge of the host.
    #[value("bridge")]
    Bridge(BridgeInterface),
    /// A network of VirtualBox.
    #[value("internal")]
    Internal(InternalInterface),
    /// An interface of the host, over macvtap.
    #[value("direct")]
    Direct(DirectInterface),
    /// A device of the host that the guest has for itself.
    #[value("hostdev")]
    Hostdev(HostdevInterface),
    /// UDP packets.
    #[value("udp")]
    Udp(UdpInterface),
    /// A device of the host that speaks virtio.
    #[value("vdpa")]
    Vdpa(DeviceInterface),
    /// Nothing.
    #[value("null")]
    Null,
    /// A distributed switch of VMware.
    #[value("vds")]
    Vds(VdsInterface),
}

/// One in the hypervisor's own network.
#[mapped]
pub struct UserInterface {
    /// The host's side.
    #[element("source")]
    pub source: Option<UserSource>,
}

/// The host's side of the hypervisor's own network.
#[mapped(omit_empty)]
pub struct UserSource {
    /// The host's interface; absent for the one of the default route.
    #[attribute("dev", kept)]
    pub device: Option<String>,
}

/// A device of the host that is set up by a script or by hand.
#[mapped]
pub struct EthernetInterface {
    /// The host's side.
    #[element("source")]
    pub source: Option<EthernetSource>,
}

/// The host's side of an interface.
#[mapped(omit_empty)]
pub struct EthernetSource {
    /// Its addresses.
    #[element("ip")]
    pub ips: Vec<IpConfig>,
    /// Its routes.
    #[element("route")]
    pub routes: Vec<IpRoute>,
}

/// One with a program that speaks virtio over a UNIX socket.
#[mapped]
pub struct VhostUserInterface {
    /// The socket.
    #[element("source")]
    pub source: Option<VhostUserSource>,
}

/// The socket of a program that speaks virtio.
#[mapped]
pub struct VhostUserSource {
    /// The kind of socket: `unix`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// The socket.
    #[attribute("path", kept)]
    pub path: Option<String>,
    /// Who calls.
    #[attribute("mode")]
    pub mode: Option<VhostUserMode>,
    /// Whether the hypervisor calls again when the connection is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
}

/// One over a TCP connection or a multicast group.
#[mapped]
pub struct SocketInterface {
    /// Which.
    #[element("source")]
    pub source: Option<SocketSource>,
}

/// A TCP connection or a multicast group.
#[mapped]
pub struct SocketSource {
    /// The address; absent for any.
    #[attribute("address", kept)]
    pub address: Option<String>,
    /// The port.
    #[attribute("port")]
    pub port: Option<i32>,
}

/// One over UDP packets.
#[mapped]
pub struct UdpInterface {
    /// The two ends.
    #[element("source")]
    pub source: Option<UdpTunnelSource>,
}

/// The two ends of UDP packets.
#[mapped]
pub struct UdpTunnelSource {
    /// The other end's address.
    #[attribute("address", kept)]
    pub address: Option<String>,
    /// The other end's port.
    #[attribute("port")]
    pub port: Option<i32>,
    /// The host's end.
    #[element("local")]
    pub local: Option<SocketEnd>,
}

/// An end of UDP packets.
#[mapped]
pub struct SocketEnd {
    /// The address.
    #[attribute("address", kept)]
    pub address: Option<String>,
    /// The port.
    #[attribute("port")]
    pub port: Option<i32>,
}

/// One in a virtual network.
#[mapped]
pub struct NetworkInterface {
    /// Which network.
    #[element("source")]
    pub source: Option<NetworkSource>,
}

/// A virtual network.
#[mapped]
pub struct NetworkSource {
    /// Its name.
    #[attribute("network", kept)]
    pub network: Option<String>,
    /// The network's group of settings.
    #[attribute("portgroup", kept)]
    pub port_group: Option<String>,
}

/// One at a bridge of the host.
#[mapped]
pub struct BridgeInterface {
    /// Which bridge.
    #[element("source")]
    pub source: Option<BridgeSource>,
}

/// A bridge of the host.
#[mapped]
pub struct BridgeSource {
    /// Its name.
    #[attribute("bridge", kept)]
    pub bridge: Option<String>,
}

/// One in a network of VirtualBox.
#[mapped]
pub struct InternalInterface {
    /// Which network.
    #[element("source")]
    pub source: Option<InternalSource>,
}

/// A network of VirtualBox.
#[mapped]
pub struct InternalSource {
    /// Its name.
    #[attribute("name", kept)]
    pub name: Option<String>,
}

/// One at an interface of the host.
#[mapped]
pub struct DirectInterface {
    /// Which.
    #[element("source")]
    pub source: Option<DirectSource>,
}

/// An interface of the host.
#[mapped]
pub struct DirectSource {
    /// Its name.
    #[attribute("dev", kept)]
    pub device: Option<String>,
    /// How packets get to the other guests.
    #[attribute("mode")]
    pub mode: Option<BridgeMode>,
}

/// A device of the host that the guest has for itself.
#[mapped]
pub struct HostdevInterface {
    /// Whether the driver takes it from the host and gives it back.
    #[attribute("managed", lenient)]
    pub managed: Option<YesNo>,
    /// Which device.
    #[element("source")]
    pub source: Option<HostdevSource>,
}

/// A device of the host.
#[mapped]
pub struct HostdevSource {
    /// The maker of a USB device.
    #[element("vendor")]
    pub vendor: Option<UsbIdentity>,
    /// The kind of a USB device.
    #[element("product")]
    pub product: Option<UsbIdentity>,
    /// Where it is.
    #[element("address")]
    pub address: Option<HostdevAddress>,
}

/// A number of a maker or of a kind of USB devices.
#[mapped]
pub struct UsbIdentity {
    /// The number.
    #[attribute("id")]
    pub id: Hexadecimal<4>,
}

/// Where a device of the host is.
#[mapped(tag = "type", error = Unsupported, missing = Invalid)]
pub enum HostdevAddress {
    /// On a PCI bus.
    #[value("pci")]
    Pci(PciAddress),
    /// On a USB bus.
    #[value("usb")]
    Usb(HostUsbAddress),
}

/// A place on a USB bus of the host.
#[mapped]
pub struct HostUsbAddress {
    /// The bus.
    #[attribute("bus")]
    pub bus: Option<u32>,
    /// The device.
    #[attribute("device")]
    pub device: Option<u32>,
}

/// One with a device of the host that speaks virtio.
#[mapped]
pub struct DeviceInterface {
    /// Which device.
    #[element("source")]
    pub source: Option<DeviceSource>,
}

/// A device of the host.
#[mapped]
pub struct DeviceSource {
    /// Its path.
    #[attribute("dev", kept)]
    pub device: Option<String>,
}

/// One at a distributed switch of VMware.
#[mapped]
pub struct VdsInterface {
    /// Which port.
    #[element("source")]
    pub source: Option<VdsSource>,
}

/// A port of a distributed switch of VMware.
#[mapped]
pub struct VdsSource {
    /// The switch.
    #[attribute("switchid", error = Invalid)]
    pub switch: Option<Uuid>,
    /// The port.
    #[attribute("portid")]
    pub port: Option<i64>,
    /// The group of ports.
    #[attribute("portgroupid")]
    pub port_group: Option<String>,
    /// The connection.
    #[attribute("connectionid")]
    pub connection: Option<i64>,
}

words! {
    /// How packets get to the other guests of an interface of the host.
    pub enum BridgeMode("mode of a direct interface", Invalid) {
        /// Over the switch outside.
        Vepa = "vepa",
        /// Not at all.
        Private = "private",
        /// Directly.
        Bridge = "bridge",
        /// There are no others: the guest has the interface for itself.
        Passthrough = "passthrough",
    }
}

words! {
    /// Who calls whom at the socket of a program that speaks virtio.
    pub enum VhostUserMode("mode of a vhost-user interface", Invalid) {
        /// The hypervisor calls.
        Client = "client",
        /// The program calls.
        Server = "server",
    }
}
