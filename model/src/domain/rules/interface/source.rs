//! What an interface is connected with.

use super::complete_ips;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::address::PciAddress;
use crate::domain::devices::interface::{
    BridgeMode, HostdevAddress, HostdevSource, InterfaceType, SocketSource, UdpTunnelSource, VdsSource,
    VhostUserMode, VhostUserSource,
};
use crate::domain::rules::Fault;

/// Fills in what the source leaves open; refuses one of which something is missing.
pub(super) fn complete(connection: &mut InterfaceType) -> Result<(), Fault> {
    match connection {
        InterfaceType::User(user) => user.source = None,
        InterfaceType::Ethernet(ethernet) => {
            if let Some(source) = &mut ethernet.source {
                complete_ips(&mut source.ips, &mut source.routes).map_err(|fault| fault.within("source"))?;
            }
        }
        InterfaceType::VhostUser(user) => complete_vhost_user(there(&mut user.source)?)?,
        InterfaceType::Server(socket) => check_socket(there(&mut socket.source)?, false)?,
        InterfaceType::Client(socket) | InterfaceType::Multicast(socket) => {
            check_socket(there(&mut socket.source)?, true)?;
        }
        InterfaceType::Udp(udp) => check_udp(there(&mut udp.source)?)?,
        InterfaceType::Network(network) => given(&there(&mut network.source)?.network, "source/@network")?,
        InterfaceType::Bridge(bridge) => given(&there(&mut bridge.source)?.bridge, "source/@bridge")?,
        InterfaceType::Internal(internal) => given(&there(&mut internal.source)?.name, "source/@name")?,
        InterfaceType::Direct(direct) => {
            let source = there(&mut direct.source)?;
            given(&source.device, "source/@dev")?;
            source.mode.get_or_insert(BridgeMode::Vepa);
        }
        InterfaceType::Hostdev(hostdev) => {
            hostdev.managed.take_if(|managed| *managed == YesNo::No);
            complete_hostdev(hostdev.source.as_mut())?;
        }
        InterfaceType::Vdpa(device) => given(&there(&mut device.source)?.device, "source/@dev")?,
        InterfaceType::Null => {}
        InterfaceType::Vds(vds) => check_vds(there(&mut vds.source)?)?,
    }
    Ok(())
}

fn invalid(path: &str, message: impl Into<String>) -> Fault {
    Fault::new(DocumentErrorKind::Invalid, path, message)
}

fn there<T>(source: &mut Option<T>) -> Result<&mut T, Fault> {
    source.as_mut().ok_or_else(|| invalid("", "an interface of this type needs a <source>"))
}

fn given<T>(value: &Option<T>, path: &str) -> Result<(), Fault> {
    let name = path.rsplit('@').next().unwrap_or(path);
    value.as_ref().map(|_| ()).ok_or_else(|| invalid(path, format!("the attribute '{name}' is missing")))
}

fn complete_vhost_user(source: &mut VhostUserSource) -> Result<(), Fault> {
    given(&source.source_type, "source/@type")?;
    if source.source_type.as_deref() != Some("unix") {
        let message = "a vhost-user interface is reached over a UNIX socket";
        return Err(
            Fault::new(DocumentErrorKind::Unsupported, "source/@type", message).hint("write type='unix'")
        );
    }
    given(&source.path, "source/@path")?;
    given(&source.mode, "source/@mode")?;
    if let Some(reconnect) = &mut source.reconnect {
        match reconnect.enabled {
            Some(YesNo::Yes) => {
                given(&reconnect.timeout, "source/reconnect/@timeout")?;
                if source.mode == Some(VhostUserMode::Server) {
                    let message = "only one that calls can call again";
                    return Err(Fault::new(DocumentErrorKind::Unsupported, "source/reconnect", message)
                        .hint("write mode='client'"));
                }
            }
            Some(YesNo::No) => reconnect.timeout = None,
            None => source.reconnect = None,
        }
    }
    Ok(())
}

fn check_socket(source: &SocketSource, needs_address: bool) -> Result<(), Fault> {
    if needs_address {
        given(&source.address, "source/@address")?;
    }
    given(&source.port, "source/@port")
}

fn check_udp(source: &UdpTunnelSource) -> Result<(), Fault> {
    given(&source.address, "source/@address")?;
    given(&source.port, "source/@port")?;
    let local =
        source.local.as_ref().ok_or_else(|| invalid("source", "the host's end, <local>, is missing"))?;
    given(&local.address, "source/local/@address")?;
    given(&local.port, "source/local/@port")
}

fn complete_hostdev(source: Option<&mut HostdevSource>) -> Result<(), Fault> {
    let Some(source) = source else {
        return Err(invalid("source", "a device of the host is not named")
            .hint("put an <address type='pci' …/> into <source>"));
    };
    match &mut source.address {
        None if source.vendor.is_none() => {
            Err(invalid("source", "the address of a device of the host is missing"))
        }
        Some(HostdevAddress::Pci(address)) => complete_host_pci(address),
        _ => Ok(()),
    }
}

/// The largest number of each part of a PCI address.
const PCI_LIMITS: [(&str, u64); 4] = [("domain", 0xffff), ("bus", 0xff), ("slot", 0x1f), ("function", 7)];

fn complete_host_pci(address: &mut PciAddress) -> Result<(), Fault> {
    let PciAddress { domain, bus, slot, function, .. } = address;
    let parts = [
        domain.get_or_insert_default().0,
        bus.get_or_insert_default().0,
        slot.get_or_insert_default().0,
        function.get_or_insert_default().0,
    ];
    match parts.iter().zip(PCI_LIMITS).find(|(part, (_, most))| **part > *most) {
        Some((_, (name, most))) => Err(invalid(
            &format!("source/address/@{name}"),
            format!("{most:#x} is the most that '{name}' can be"),
        )),
        None => Ok(()),
    }
}

fn check_vds(source: &VdsSource) -> Result<(), Fault> {
    given(&source.switch, "source/@switchid")?;
    given(&source.port, "source/@portid")?;
    given(&source.port_group, "source/@portgroupid")?;
    given(&source.connection, "source/@connectionid")
}
