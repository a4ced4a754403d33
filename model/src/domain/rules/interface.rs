//! Network interfaces: what is filled in and refused whatever the hypervisor is.

mod source;

use super::Fault;
use crate::document::{DocumentErrorKind, Problem, YesNo};
use crate::domain::devices::interface::{
    FilterReference, Interface, InterfaceMac, InterfaceModel, InterfaceType, PortForward, TeamingType,
};
use crate::domain::devices::{Devices, VirtioOptions};
use crate::network_parts::{IpConfig, IpFamily, IpRoute, MacAddress};
use std::net::IpAddr;

/// How QEMU's and the test driver's made-up Ethernet addresses begin.
const MAC_PREFIX: [u8; 3] = [0x52, 0x54, 0x00];

/// The beginnings of names that drivers make up for the host's side of interfaces; these are made up anew.
const MADE_UP_NAMES: [&str; 3] = ["vnet", "macvtap", "macvlan"];

/// Network cards whose names are known whatever the case of their letters.
const MODELS: [&str; 20] = [
    "netfront",
    "rtl8139",
    "virtio",
    "e1000",
    "e1000e",
    "igb",
    "virtio-transitional",
    "virtio-non-transitional",
    "usb-net",
    "spapr-vlan",
    "lan9118",
    "smc91c111",
    "vlance",
    "vmxnet",
    "vmxnet2",
    "vmxnet3",
    "Am79C970A",
    "Am79C973",
    "82540EM",
    "82545EM",
];

/// Completes each network interface by itself.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    for (index, interface) in devices.interfaces.iter_mut().enumerate() {
        complete_one(interface)
            .map_err(|fault| fault.within(&format!("devices/interface[{}]", index + 1)))?;
    }
    Ok(())
}

fn complete_one(interface: &mut Interface) -> Result<(), Fault> {
    complete_mac(interface)?;
    complete_virtual_port(interface)?;
    source::complete(&mut interface.connection)?;
    complete_ips(&mut interface.ips, &mut interface.routes)?;
    check_ports(&interface.port_forwards)?;
    complete_target(interface)?;
    complete_model(interface)?;
    complete_driver(interface)?;
    complete_network_parts(interface)?;
    complete_filter(interface);
    check_teaming(interface)?;
    check_port(interface)
}

fn complete_mac(interface: &mut Interface) -> Result<(), Fault> {
    let mac = interface.mac.get_or_insert_with(InterfaceMac::default);
    let address = *mac.address.get_or_insert_with(|| MacAddress::random(MAC_PREFIX));
    if address.is_multicast() {
        let message = format!("the MAC address {address} is one of a group of receivers");
        return Err(Fault::new(DocumentErrorKind::Invalid, "mac/@address", message)
            .hint("use one whose first byte is even, such as 52:54:00:…"));
    }
    Ok(())
}

fn complete_virtual_port(interface: &mut Interface) -> Result<(), Fault> {
    let Some(port) = &mut interface.virtual_port else { return Ok(()) };
    let place = |problem| Fault::of(problem, "virtualport");
    let needs_type = match interface.connection {
        InterfaceType::Network(_) => false,
        InterfaceType::Bridge(_) | InterfaceType::Direct(_) | InterfaceType::Hostdev(_) => true,
        _ => {
            let message =
                format!("an interface of type {} has no virtual port", interface.connection.as_str());
            return Err(place(Problem::new(DocumentErrorKind::Unsupported, message)));
        }
    };
    port.check(needs_type).map_err(place)?;
    port.complete();
    Ok(())
}

/// Fills in the families of addresses and checks them.
pub(super) fn complete_ips(ips: &mut [IpConfig], routes: &mut [IpRoute]) -> Result<(), Fault> {
    let fault = |path: &str, index: usize, message: &str| {
        Fault::new(DocumentErrorKind::Invalid, format!("{path}[{}]", index + 1), message)
    };
    for (index, ip) in ips.iter_mut().enumerate() {
        let family = family(ip.address);
        if ip.family.is_some_and(|given| given != family) {
            return Err(fault("ip", index, "the address is not of the family given"));
        }
        ip.family = Some(family);
        if ip.prefix.is_some_and(|prefix| prefix > bits(family)) {
            return Err(fault("ip", index, "the prefix is longer than the address"));
        }
        ip.prefix = ip.prefix.filter(|prefix| *prefix > 0);
    }
    for (index, route) in routes.iter().enumerate() {
        check_route(route).map_err(|message| fault("route", index, message))?;
    }
    Ok(())
}

fn check_route(route: &IpRoute) -> Result<(), &'static str> {
    let family = route.family.unwrap_or(IpFamily::Ipv4);
    if self::family(route.address) != family || self::family(route.gateway) != family {
        return Err("the addresses of a route are of different families, or its family is not given");
    }
    if route.netmask.is_some_and(|netmask| family == IpFamily::Ipv6 || netmask.is_ipv6()) {
        return Err("only a route of IPv4 can have a netmask");
    }
    if route.netmask.is_some() && route.prefix.is_some() {
        return Err("a route has both a netmask and a prefix");
    }
    if route.prefix.is_some_and(|prefix| prefix > bits(family)) {
        return Err("the prefix is longer than the address");
    }
    if !is_network(route) {
        return Err("the address of a route is not that of a network: bits behind the prefix are set");
    }
    if route.metric == Some(0) {
        return Err("a metric is at least 1");
    }
    Ok(())
}

/// Whether no bit is set behind the network's part.
fn is_network(route: &IpRoute) -> bool {
    let prefix = route.prefix.unwrap_or_else(|| match route.netmask {
        Some(IpAddr::V4(netmask)) => u32::from(netmask).leading_ones(),
        _ => 0,
    });
    match route.address {
        IpAddr::V4(address) => u32::from(address).checked_shl(prefix).unwrap_or(0) == 0,
        IpAddr::V6(address) => u128::from(address).checked_shl(prefix).unwrap_or(0) == 0,
    }
}

fn family(address: IpAddr) -> IpFamily {
    if address.is_ipv4() { IpFamily::Ipv4 } else { IpFamily::Ipv6 }
}

fn bits(family: IpFamily) -> u32 {
    if family == IpFamily::Ipv4 { 32 } else { 128 }
}

fn check_ports(forwards: &[PortForward]) -> Result<(), Fault> {
    let ranges = forwards.iter().flat_map(|forward| &forward.ranges);
    for (name, port) in
        ranges.flat_map(|range| [("start", range.start), ("end", range.end), ("to", range.to)])
    {
        if port == Some(0) {
            let path = format!("portForward/range/@{name}");
            return Err(Fault::new(DocumentErrorKind::Invalid, path, "0 is no port"));
        }
    }
    Ok(())
}

fn complete_target(interface: &mut Interface) -> Result<(), Fault> {
    let Some(target) = &mut interface.target else { return Ok(()) };
    target.device =
        target.device.take().filter(|name| !MADE_UP_NAMES.iter().any(|made_up| name.starts_with(made_up)));
    if target.managed == Some(YesNo::No) && !matches!(interface.connection, InterfaceType::Ethernet(_)) {
        let message = "only a device of type ethernet can be set up by others";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "target/@managed", message));
    }
    Ok(())
}

fn complete_model(interface: &mut Interface) -> Result<(), Fault> {
    if let Some(InterfaceModel { name: Some(name), .. }) = &mut interface.model {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            let message = "the model of an interface has other characters than letters, digits, '-' and '_'";
            return Err(Fault::new(DocumentErrorKind::InvalidArgument, "model/@type", message));
        }
        if let Some(known) = MODELS.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            *name = (*known).to_owned();
        }
    }
    if matches!(interface.connection, InterfaceType::VhostUser(_)) && !is_virtio(interface) {
        let message = "an interface of type vhostuser must be a virtio device";
        return Err(
            Fault::new(DocumentErrorKind::Malformed, "model", message).hint("write <model type='virtio'/>")
        );
    }
    Ok(())
}

/// Whether it is a virtio device by what the document says.
pub(super) fn is_virtio(interface: &Interface) -> bool {
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref());
    matches!(model, Some("virtio" | "virtio-transitional" | "virtio-non-transitional"))
}

/// Leaves out what only virtio devices have of those that are none, and zeros.
fn complete_driver(interface: &mut Interface) -> Result<(), Fault> {
    let is_virtio = is_virtio(interface);
    let is_hostdev = matches!(interface.connection, InterfaceType::Hostdev(_));
    if let Some(driver) = &mut interface.driver {
        let names: &[&str] = match (is_hostdev, is_virtio) {
            (true, _) => &["kvm", "vfio", "xen"],
            (false, true) => &["qemu", "vhost"],
            (false, false) => &[],
        };
        match &driver.name {
            Some(name) if !names.is_empty() && !names.contains(&name.as_str()) => {
                let message = format!("'{name}' is no driver for such an interface");
                return Err(Fault::new(DocumentErrorKind::Invalid, "driver/@name", message));
            }
            Some(_) if names.is_empty() => driver.name = None,
            _ => {}
        }
        if !is_virtio {
            if driver.virtio != VirtioOptions::default() {
                let message = "only a virtio device has options for its path to the host";
                return Err(Fault::new(DocumentErrorKind::Unsupported, "driver", message));
            }
            let name = driver.name.take();
            *driver = Default::default();
            driver.name = name;
        }
        driver.queues = driver.queues.filter(|queues| *queues > 1);
        for size in [&mut driver.receive_queue_size, &mut driver.transmit_queue_size] {
            *size = size.filter(|size| *size > 0);
        }
        let nothing = Default::default();
        driver.host.take_if(|offloads| *offloads == nothing);
        let nothing = Default::default();
        driver.guest.take_if(|offloads| *offloads == nothing);
    }
    if let Some(backend) = &mut interface.backend {
        if let Some(name) = &backend.backend_type {
            let message = format!("there is no program '{name}' for interfaces");
            return Err(
                Fault::new(DocumentErrorKind::Invalid, "backend/@type", message).hint("leave out type")
            );
        }
        backend.vhost = backend.vhost.take().filter(|_| is_virtio);
    }
    Ok(())
}

fn complete_network_parts(interface: &mut Interface) -> Result<(), Fault> {
    if let Some(vlan) = &mut interface.vlan {
        vlan.complete().map_err(|problem| Fault::of(problem, "vlan"))?;
    }
    if let Some(bandwidth) = &mut interface.bandwidth {
        let place = |problem| Fault::of(problem, "bandwidth");
        if bandwidth.class_id.is_some() {
            let message = "only a network gives classes to bandwidths";
            return Err(place(Problem::new(DocumentErrorKind::Syntax, message).hint("leave out classID")));
        }
        let says_nothing = bandwidth.is_empty();
        bandwidth.complete().map_err(place)?;
        let has_floor = bandwidth.inbound.as_ref().is_some_and(|limits| limits.floor.is_some());
        if has_floor && !matches!(interface.connection, InterfaceType::Network(_)) {
            let message = "only an interface of a network can have a guaranteed bandwidth";
            return Err(place(Problem::new(DocumentErrorKind::Unsupported, message).hint("leave out floor")));
        }
        interface.bandwidth.take_if(|_| says_nothing);
    }
    interface.mtu.take_if(|mtu| mtu.size.is_none_or(|size| size == 0));
    let frames =
        interface.coalesce.as_ref().and_then(|coalesce| coalesce.receive.as_ref()?.frames.as_ref()?.max);
    interface.coalesce.take_if(|_| frames.is_none_or(|frames| frames == 0));
    Ok(())
}

/// Only some sorts of interfaces can be filtered. Values stand in the order of their variables.
fn complete_filter(interface: &mut Interface) {
    let is_filtered = matches!(
        interface.connection,
        InterfaceType::Ethernet(_) | InterfaceType::Network(_) | InterfaceType::Bridge(_)
    );
    interface.filter.take_if(|filter| !is_filtered || filter.filter.is_none());
    if let Some(FilterReference { parameters, .. }) = &mut interface.filter {
        parameters.retain(|parameter| {
            parameter.name.as_deref().is_some_and(is_variable)
                && parameter.value.as_deref().is_some_and(is_value)
        });
        parameters.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_value(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-/".contains(&byte))
}

fn check_teaming(interface: &Interface) -> Result<(), Fault> {
    let Some(teaming) = &interface.teaming else { return Ok(()) };
    let message = match (teaming.teaming_type, &teaming.persistent) {
        (Some(TeamingType::Transient), None) => {
            "a transient interface does not name the persistent one of its team"
        }
        (Some(TeamingType::Persistent), Some(_)) => "a persistent interface names another one of its team",
        _ => return Ok(()),
    };
    Err(Fault::new(DocumentErrorKind::Unsupported, "teaming/@persistent", message))
}

fn check_port(interface: &Interface) -> Result<(), Fault> {
    let isolated = interface.port.as_ref().is_some_and(|port| port.isolated == Some(YesNo::Yes));
    if isolated && !matches!(interface.connection, InterfaceType::Network(_) | InterfaceType::Bridge(_)) {
        let message = "only an interface at a bridge has a port that can be isolated";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "port/@isolated", message));
    }
    Ok(())
}
