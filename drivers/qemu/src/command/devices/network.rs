//! `-netdev`: the host's side of an interface.

use super::character::reconnect;
use crate::command::arguments::Arguments;
use crate::command::keyed::Keyed;
use crate::command::line::{PassedFile, Tap, TapSource};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::Interface;
use omnivirt_core::domain::devices::interface::{
    InterfaceType, PortForward, SocketInterface, UdpInterface, VhostUserMode, VhostUserSource,
};
use serde_json::{Value, json};

/// Adds the host's side. The answer is whether it has several queues.
pub(super) fn add(arguments: &mut Arguments<'_>, interface: &Interface, name: &str) -> Result<()> {
    let netdev = match &interface.connection {
        InterfaceType::User(_) => user(interface)?,
        InterfaceType::Ethernet(_) => tap(arguments, interface, name, TapSource::Ethernet)?,
        InterfaceType::Bridge(bridge) => {
            let bridge = bridge.source.as_ref().and_then(|source| source.bridge.clone());
            tap(arguments, interface, name, TapSource::Bridge(named(bridge, "bridge")?))?
        }
        InterfaceType::Network(network) => {
            let network = network.source.as_ref().and_then(|source| source.network.clone());
            tap(arguments, interface, name, TapSource::Network(named(network, "network")?))?
        }
        InterfaceType::Direct(direct) => {
            let source = direct.source.as_ref();
            let device = named(source.and_then(|source| source.device.clone()), "dev")?;
            let mode = source.and_then(|source| source.mode);
            tap(arguments, interface, name, TapSource::Direct { device, mode })?
        }
        InterfaceType::Server(socket) => socket_at("listen", socket)?,
        InterfaceType::Client(socket) => socket_at("connect", socket)?,
        InterfaceType::Multicast(socket) => socket_at("mcast", socket)?,
        InterfaceType::Udp(udp) => udp_tunnel(udp)?,
        InterfaceType::VhostUser(vhost) => vhost_user(arguments, interface, vhost.source.as_ref(), name)?,
        InterfaceType::Vdpa(vdpa) => {
            let path = named(vdpa.source.as_ref().and_then(|source| source.device.clone()), "dev")?;
            let file = arguments.pass(PassedFile::Device(path.into()));
            let set = arguments.next_descriptor_set();
            arguments.option("-add-fd", Keyed::default().with("fd", file).with("set", set));
            let netdev = Properties::default().with("type", "vhost-vdpa");
            netdev.with("vhostdev", format!("/dev/fdset/{set}")).with_some("queues", queues(interface))
        }
        _ => {
            let why = "QEMU has no interfaces of this type";
            return Err(unsupported("interface/@type", why).with_hint("use network, bridge, direct or user"));
        }
    };
    arguments.json("-netdev", netdev.with("id", format!("host{name}")));
    Ok(())
}

fn named(name: Option<String>, attribute: &str) -> Result<String> {
    name.ok_or_else(|| unsupported("interface/source", format!("it has no attribute '{attribute}'")))
}

fn queues(interface: &Interface) -> Option<u32> {
    interface.driver.as_ref().and_then(|driver| driver.queues).filter(|queues| *queues > 1)
}

/// A tap device, one file for each queue.
fn tap(
    arguments: &mut Arguments<'_>,
    interface: &Interface,
    name: &str,
    source: TapSource,
) -> Result<Properties> {
    let all = queues(interface).unwrap_or(1);
    let target = interface.target.as_ref();
    let backend = interface.backend.as_ref();
    let is_virtio = super::interface::is_virtio(interface);
    let mut tap = Tap {
        alias: name.to_owned(),
        device: target.and_then(|target| target.device.clone()),
        is_unmanaged: target.and_then(|target| target.managed) == Some(YesNo::No),
        source,
        queue: 0,
        queues: all,
        has_offload_header: is_virtio,
        address: interface.mac.as_ref().and_then(|mac| mac.address).map(|address| address.0),
        mtu: interface.mtu.as_ref().and_then(|mtu| mtu.size),
        tun: backend.and_then(|backend| backend.tap.clone()),
        script: interface.script.as_ref().and_then(|script| script.path.clone()),
    };
    let mut files = Vec::new();
    for queue in 0..all {
        tap.queue = queue;
        files.push(arguments.pass(PassedFile::Tap(tap.clone())).to_string());
    }
    let netdev = Properties::default().with("type", "tap");
    let mut netdev = match files.as_slice() {
        [one] => netdev.with("fd", one.as_str()),
        several => netdev.with("fds", several.join(":")),
    };
    netdev = vhost(arguments, interface, netdev, all)?;
    Ok(netdev.with_some("sndbuf", interface.tuning.as_ref().and_then(|tuning| tuning.send_buffer)))
}

/// The kernel's help with a tap device, where it is to be had.
fn vhost(
    arguments: &mut Arguments<'_>,
    interface: &Interface,
    netdev: Properties,
    queues: u32,
) -> Result<Properties> {
    let wanted = match interface.driver.as_ref().and_then(|driver| driver.name.as_deref()) {
        Some("qemu") => false,
        Some("vhost") => true,
        Some(other) => {
            return Err(unsupported(
                "interface/driver",
                format!("there is no driver '{other}' for interfaces"),
            ));
        }
        None => arguments.context.program.has_vhost_net && arguments.is_kvm(),
    };
    if !wanted || !super::interface::is_virtio(interface) {
        return Ok(netdev);
    }
    let files: Vec<_> = (0..queues)
        .map(|_| arguments.pass(PassedFile::Device("/dev/vhost-net".into())).to_string())
        .collect();
    let netdev = netdev.with("vhost", true);
    Ok(match files.as_slice() {
        [one] => netdev.with("vhostfd", one.as_str()),
        several => netdev.with("vhostfds", several.join(":")),
    })
}

/// A network of the QEMU process itself.
fn user(interface: &Interface) -> Result<Properties> {
    let backend = interface.backend.as_ref();
    if let Some(backend) =
        backend.and_then(|backend| backend.backend_type.as_deref()).filter(|one| *one != "default")
    {
        return Err(unsupported(
            "interface/backend",
            format!("the backend '{backend}' cannot be started yet"),
        )
        .with_hint("leave it out: QEMU has such a network itself"));
    }
    let mut netdev = Properties::default().with("type", "user");
    for ip in &interface.ips {
        netdev = match ip.address {
            std::net::IpAddr::V4(address) => {
                netdev.with("net", format!("{address}/{}", ip.prefix.unwrap_or(24)))
            }
            std::net::IpAddr::V6(address) => {
                netdev.with("ipv6-prefix", address.to_string()).with_some("ipv6-prefixlen", ip.prefix)
            }
        };
    }
    let forwards: Vec<Value> = interface
        .port_forwards
        .iter()
        .map(forwards)
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    Ok(netdev.with_some("hostfwd", (!forwards.is_empty()).then_some(forwards)))
}

/// What QEMU is told to forward, port by port.
fn forwards(forward: &PortForward) -> Result<Vec<Value>> {
    const MOST: u32 = 1024;
    let address = forward.address.map(|address| match address {
        std::net::IpAddr::V6(address) => format!("[{address}]"),
        std::net::IpAddr::V4(address) => address.to_string(),
    });
    if forward.device.is_some() {
        return Err(unsupported("interface/portForward/@dev", "QEMU cannot listen on one device only"));
    }
    let mut all = Vec::new();
    for range in &forward.ranges {
        if range.exclude == Some(YesNo::Yes) {
            return Err(unsupported("interface/portForward/range", "QEMU cannot leave out ports"));
        }
        let start = range.start.unwrap_or(0);
        let end = range.end.unwrap_or(start).min(start.saturating_add(MOST));
        for port in start..=end {
            let to = range.to.unwrap_or(start) + (port - start);
            let host = address.as_deref().unwrap_or_default();
            all.push(json!({ "str": format!("{}:{host}:{port}-:{to}", forward.protocol) }));
        }
    }
    if forward.ranges.is_empty() {
        return Err(unsupported("interface/portForward", "it is not said which ports are forwarded"));
    }
    Ok(all)
}

fn socket_at(key: &str, socket: &SocketInterface) -> Result<Properties> {
    let source = socket.source.as_ref();
    let port = source.and_then(|source| source.port);
    let port = port.ok_or_else(|| unsupported("interface/source", "it has no port"))?;
    let address = source.and_then(|source| source.address.as_deref()).unwrap_or_default();
    Ok(Properties::default().with("type", "socket").with(key, format!("{address}:{port}")))
}

fn udp_tunnel(udp: &UdpInterface) -> Result<Properties> {
    let source = udp.source.as_ref();
    let local = source.and_then(|source| source.local.as_ref());
    let end = |address: Option<&str>, port: Option<i32>| {
        port.map(|port| format!("{}:{port}", address.unwrap_or_default()))
            .ok_or_else(|| unsupported("interface/source", "it has no port"))
    };
    let there = end(source.and_then(|one| one.address.as_deref()), source.and_then(|one| one.port))?;
    let here = end(local.and_then(|one| one.address.as_deref()), local.and_then(|one| one.port))?;
    Ok(Properties::default().with("type", "socket").with("udp", there).with("localaddr", here))
}

fn vhost_user(
    arguments: &mut Arguments<'_>,
    interface: &Interface,
    source: Option<&VhostUserSource>,
    name: &str,
) -> Result<Properties> {
    let source =
        source.ok_or_else(|| unsupported("interface/source", "it is not said where the socket is"))?;
    let path = named(source.path.clone(), "path")?;
    let chardev = format!("char{name}");
    let option = Keyed::new("socket").with("id", &chardev).with("path", path);
    let option = match source.mode {
        Some(VhostUserMode::Server) => option.with("server", "on"),
        _ => reconnect(option, source.reconnect.as_ref()),
    };
    arguments.option("-chardev", option);
    let netdev = Properties::default().with("type", "vhost-user").with("chardev", chardev);
    Ok(netdev.with_some("queues", queues(interface)))
}
