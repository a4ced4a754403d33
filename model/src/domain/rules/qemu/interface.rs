//! Network interfaces of QEMU.

use super::machine::{Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::interface::{Interface, InterfaceModel, InterfaceType, TeamingType};
use crate::domain::rules::Fault;
use crate::domain::rules::interface::is_virtio;

/// The lengths of the network's part in an address of the hypervisor's own IPv4 network.
const USER_PREFIXES: std::ops::RangeInclusive<u32> = 4..=27;

/// Decides on the network cards that are left open.
pub(super) fn complete(domain: &mut Domain) {
    let model = default_model(Machine::of(domain));
    for interface in &mut domain.devices.interfaces {
        let model = match interface.connection {
            InterfaceType::Hostdev(_) => continue,
            InterfaceType::Vdpa(_) => "virtio",
            _ => model,
        };
        let card = interface.model.get_or_insert_with(InterfaceModel::default);
        card.name.get_or_insert_with(|| model.to_owned());
    }
}

fn default_model(machine: Machine<'_>) -> &'static str {
    let Machine { architecture, family, name } = machine;
    match architecture {
        _ if architecture.is_s390() || architecture.is_riscv() => "virtio",
        _ if architecture.is_arm() => match family {
            MachineFamily::ArmVirt => "virtio",
            _ if name == "versatilepb" => "smc91c111",
            _ => "lan9118",
        },
        _ => "rtl8139",
    }
}

/// Refuses what QEMU cannot do.
pub(super) fn check(devices: &Devices) -> Result<(), Fault> {
    for (index, interface) in devices.interfaces.iter().enumerate() {
        check_one(interface).map_err(|fault| fault.within(&format!("devices/interface[{}]", index + 1)))?;
    }
    Ok(())
}

fn unsupported(path: &str, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Unsupported, path, message)
}

fn check_one(interface: &Interface) -> Result<(), Fault> {
    check_addresses(interface)?;
    if let Some(driver) = &interface.driver {
        for (path, size) in [
            ("driver/@rx_queue_size", driver.receive_queue_size),
            ("driver/@tx_queue_size", driver.transmit_queue_size),
        ] {
            if size.is_some_and(|size| !size.is_power_of_two()) {
                return Err(unsupported(path, "the length of a queue is a power of two"));
            }
        }
    }
    check_teaming(interface)?;
    let has_mtu = matches!(
        interface.connection,
        InterfaceType::Ethernet(_)
            | InterfaceType::VhostUser(_)
            | InterfaceType::Network(_)
            | InterfaceType::Bridge(_)
    );
    if interface.mtu.is_some() && !has_mtu {
        return Err(unsupported("mtu", "the largest packet of such an interface cannot be set"));
    }
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref());
    if matches!(interface.connection, InterfaceType::Vdpa(_)) && model.is_some_and(|model| model != "virtio")
    {
        return Err(unsupported("model/@type", "an interface of type vdpa is a virtio device"));
    }
    let is_bridged = matches!(interface.connection, InterfaceType::Network(_) | InterfaceType::Bridge(_));
    if interface.coalesce.is_some() && !is_bridged {
        return Err(unsupported(
            "coalesce",
            "only an interface in a network or at a bridge collects packets",
        ));
    }
    Ok(())
}

/// QEMU tells the guest addresses only in the network that it makes itself.
fn check_addresses(interface: &Interface) -> Result<(), Fault> {
    if !interface.routes.is_empty() {
        return Err(unsupported("route", "QEMU sets no routes in the guest"));
    }
    let is_user = matches!(interface.connection, InterfaceType::User(_));
    if !is_user && !interface.ips.is_empty() {
        return Err(unsupported("ip", "QEMU gives addresses only in its own network").hint("use type='user'"));
    }
    let mut seen = [false; 2];
    for (index, ip) in interface.ips.iter().enumerate() {
        let path = format!("ip[{}]", index + 1);
        if std::mem::replace(&mut seen[usize::from(ip.address.is_ipv6())], true) {
            return Err(unsupported(&path, "an interface has at most one address of each family"));
        }
        if ip.peer.is_some() {
            return Err(unsupported(&path, "QEMU's own network has no peers"));
        }
        if ip.address.is_ipv4() && ip.prefix.is_some_and(|prefix| !USER_PREFIXES.contains(&prefix)) {
            let message = "the prefix of an IPv4 address of QEMU's own network is from 4 to 27";
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
    }
    Ok(())
}

fn check_teaming(interface: &Interface) -> Result<(), Fault> {
    match interface.teaming.as_ref().and_then(|teaming| teaming.teaming_type) {
        Some(TeamingType::Persistent) if !is_virtio(interface) => {
            Err(unsupported("teaming", "the persistent interface of a team is a virtio device"))
        }
        Some(TeamingType::Transient) if !matches!(interface.connection, InterfaceType::Hostdev(_)) => {
            Err(unsupported("teaming", "the transient interface of a team is a device of the host"))
        }
        _ => Ok(()),
    }
}
