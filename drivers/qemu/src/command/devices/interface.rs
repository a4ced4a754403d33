//! `<interface>`.

use super::network;
use crate::command::address::{alias, is_on, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::boot::turn_of_interface;
use crate::command::keyed::Keyed;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::interface::{
    GuestOffloads, HostOffloads, HostdevAddress, HostdevInterface, InterfaceDriver, InterfaceType, LinkState,
    TransmitMode,
};
use omnivirt_core::domain::devices::{Interface, VirtioModel};
use serde_json::json;

/// Adds the interfaces, each with its host's side.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for interface in &arguments.domain.devices.interfaces {
        let name = alias(&interface.info, "interface")?;
        check(arguments, interface)?;
        if let InterfaceType::Hostdev(hostdev) = &interface.connection {
            add_hostdev(arguments, interface, hostdev, name)?;
            continue;
        }
        network::add(arguments, interface, name)?;
        let model = model(interface)?;
        let device = match model {
            "lan9118" | "smc91c111" => {
                add_built_in(arguments, interface, model, name);
                continue;
            }
            _ => device(arguments, interface, model, name)?,
        };
        arguments.device(name, device);
        if interface.link.as_ref().and_then(|link| link.state) == Some(LinkState::Down) {
            arguments.command("set_link", json!({ "name": name, "up": false }));
        }
    }
    Ok(())
}

fn model(interface: &Interface) -> Result<&str> {
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref());
    match model {
        Some("netfront") => Err(unsupported("interface/model", "QEMU is no Xen")),
        Some(model) => Ok(model),
        None => Err(unsupported("interface/model", "it is not said which model it is")),
    }
}

/// Whether it is a virtio device.
pub(super) fn is_virtio(interface: &Interface) -> bool {
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref());
    model.is_some_and(|model| model == "virtio" || model.starts_with("virtio-"))
}

fn device(arguments: &Arguments<'_>, interface: &Interface, model: &str, name: &str) -> Result<Properties> {
    let driver = match model {
        "virtio" => virtio("virtio-net", &interface.info, None)?,
        "virtio-transitional" => {
            virtio("virtio-net", &interface.info, Some(VirtioModel::VirtioTransitional))?
        }
        "virtio-non-transitional" => {
            virtio("virtio-net", &interface.info, Some(VirtioModel::VirtioNonTransitional))?
        }
        other => other.to_owned(),
    };
    let mut device = Properties::driver(driver);
    if is_virtio(interface) {
        let none = InterfaceDriver::default();
        let settings = interface.driver.as_ref().unwrap_or(&none);
        device = device.and(virtio_options(Some(&settings.virtio))).and(tuned(interface, settings));
        let is_persistent = interface.teaming.as_ref().and_then(|teaming| teaming.teaming_type)
            == Some(omnivirt_core::domain::devices::interface::TeamingType::Persistent);
        device = device.with_some("failover", is_persistent.then_some(true));
        device = device.with_some("host_mtu", interface.mtu.as_ref().and_then(|mtu| mtu.size));
    }
    Ok(device
        .with("netdev", format!("host{name}"))
        .with("id", name)
        .with_some("mac", address(interface))
        .with_some("bootindex", turn_of_interface(arguments.domain, interface))
        .and(placed(arguments.domain, &interface.info)?))
}

fn address(interface: &Interface) -> Option<String> {
    interface.mac.as_ref().and_then(|mac| mac.address).map(|address| address.to_string())
}

/// What a virtio interface is told of its queues and of what it need not compute.
fn tuned(interface: &Interface, driver: &InterfaceDriver) -> Properties {
    let queues = driver.queues.filter(|queues| *queues > 1);
    let is_pci = matches!(interface.info.address, Some(Address::Pci(_)));
    let transmit = driver.transmit_mode.map(|mode| match mode {
        TransmitMode::Timer => "timer",
        _ => "bh",
    });
    let device = Properties::default()
        .with_some("tx", transmit)
        .with_some("ioeventfd", driver.io_event.map(is_on))
        .with_some("event_idx", driver.event_index.map(is_on));
    let device = match &driver.host {
        Some(host) => device.and(host_offloads(host)),
        None => device,
    };
    let device = match &driver.guest {
        Some(guest) => device.and(guest_offloads(guest)),
        None => device,
    };
    device
        .with_some("mq", queues.map(|_| true))
        // One for each queue and direction, one for control and one for configuration.
        .with_some("vectors", queues.filter(|_| is_pci).map(|queues| 2 * queues + 2))
        .with_some("rx_queue_size", driver.receive_queue_size)
        .with_some("tx_queue_size", driver.transmit_queue_size)
        .with_some("rss", driver.receive_side_scaling.map(is_on))
        .with_some("hash", driver.scaling_hash_report.map(is_on))
}

fn host_offloads(host: &HostOffloads) -> Properties {
    Properties::default()
        .with_some("csum", host.checksum.map(is_on))
        .with_some("gso", host.segmentation.map(is_on))
        .with_some("host_tso4", host.tcp4.map(is_on))
        .with_some("host_tso6", host.tcp6.map(is_on))
        .with_some("host_ecn", host.congestion.map(is_on))
        .with_some("host_ufo", host.udp.map(is_on))
        .with_some("mrg_rxbuf", host.merge_buffers.map(is_on))
}

fn guest_offloads(guest: &GuestOffloads) -> Properties {
    Properties::default()
        .with_some("guest_csum", guest.checksum.map(is_on))
        .with_some("guest_tso4", guest.tcp4.map(is_on))
        .with_some("guest_tso6", guest.tcp6.map(is_on))
        .with_some("guest_ecn", guest.congestion.map(is_on))
        .with_some("guest_ufo", guest.udp.map(is_on))
}

/// An interface that is part of the machine.
fn add_built_in(arguments: &mut Arguments<'_>, interface: &Interface, model: &str, name: &str) {
    let option = Keyed::new("nic")
        .with_some("macaddr", address(interface))
        .with("netdev", format!("host{name}"))
        .with("model", model)
        .with("id", name);
    arguments.option("-net", option);
}

/// A PCI device of the host that is an interface.
fn add_hostdev(
    arguments: &mut Arguments<'_>,
    interface: &Interface,
    hostdev: &HostdevInterface,
    name: &str,
) -> Result<()> {
    let Some(HostdevAddress::Pci(host)) = hostdev.source.as_ref().and_then(|source| source.address.as_ref())
    else {
        return Err(unsupported("interface/source", "only PCI devices of the host can be interfaces"));
    };
    arguments
        .refuse_start("interface", "the address of the host's device cannot be set yet; use <hostdev>")?;
    let persistent = interface.teaming.as_ref().and_then(|teaming| teaming.persistent.as_deref());
    let device = Properties::driver("vfio-pci")
        .with("host", super::hostdev::host_address(host))
        .with("id", name)
        .with_some("failover_pair_id", persistent)
        .with_some("bootindex", turn_of_interface(arguments.domain, interface))
        .and(placed(arguments.domain, &interface.info)?);
    arguments.device(name, device);
    Ok(())
}

/// What the host would have to do for an interface, and nobody does.
fn check(arguments: &Arguments<'_>, interface: &Interface) -> Result<()> {
    let asked = [
        (interface.filter.is_some(), "interface/filterref", "frames cannot be filtered yet"),
        (interface.bandwidth.is_some(), "interface/bandwidth", "the traffic cannot be limited yet"),
        (interface.vlan.is_some(), "interface/vlan", "frames cannot be tagged yet"),
        (
            interface.virtual_port.is_some(),
            "interface/virtualport",
            "switches cannot be told of the port yet",
        ),
        (interface.port.is_some(), "interface/port", "the port of a bridge cannot be isolated yet"),
        (interface.coalesce.is_some(), "interface/coalesce", "interrupts cannot be coalesced yet"),
        (!interface.routes.is_empty(), "interface/route", "the host's side cannot have routes yet"),
        (
            interface.trust_guest_filters == Some(YesNo::Yes),
            "interface/@trustGuestRxFilters",
            "the host's side cannot follow the guest's addresses yet",
        ),
        (interface.down_script.is_some(), "interface/downscript", "no script can be run at the end"),
        (interface.backend_domain.is_some(), "interface/backenddomain", "QEMU is no Xen"),
    ];
    for (is_asked, element, why) in asked {
        if is_asked {
            arguments.refuse_start(element, why)?;
        }
    }
    let is_user = matches!(interface.connection, InterfaceType::User(_));
    if !interface.ips.is_empty() && !is_user {
        arguments.refuse_start("interface/ip", "the host's side cannot have addresses yet")?;
    }
    Ok(())
}
