//! Network interfaces.

use super::PassedFile;
use super::builder::{Builder, Properties, is_on, unsupported};
use super::machine::boot_index;
use omnivirt_core::Result;
use omnivirt_core::domain::BootTarget;
use omnivirt_core::domain::devices::Interface;
use omnivirt_core::domain::devices::interface::InterfaceType;

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let interfaces = &builder.domain.devices.interfaces;
    for (place, interface) in interfaces.iter().enumerate() {
        write_one(builder, interface, place == 0)?;
    }
    Ok(())
}

fn write_one(builder: &mut Builder<'_>, interface: &Interface, is_first: bool) -> Result<()> {
    let id = builder.id(&interface.info)?;
    let backend = format!("host{id}");
    let netdev = netdev(builder, interface)?.with("id", backend.clone());
    builder.json("-netdev", netdev);
    let name = interface.model.as_ref().and_then(|model| model.name.as_deref()).unwrap_or("rtl8139");
    let virtio = builder.virtio("net", &interface.info);
    let device = match name {
        "virtio" => virtio,
        "virtio-transitional" | "virtio-non-transitional" => {
            format!("{virtio}{}", name.trim_start_matches("virtio"))
        }
        other => other.to_owned(),
    };
    let driver = interface.driver.as_ref();
    let mac = interface.mac.as_ref().and_then(|mac| mac.address);
    let properties = Properties::of(device)
        .maybe("ioeventfd", driver.and_then(|driver| driver.io_event).map(is_on))
        .maybe("event_idx", driver.and_then(|driver| driver.event_index).map(is_on))
        .maybe("rx_queue_size", driver.and_then(|driver| driver.receive_queue_size))
        .maybe("tx_queue_size", driver.and_then(|driver| driver.transmit_queue_size))
        .maybe("host_mtu", interface.mtu.as_ref().and_then(|mtu| mtu.size))
        .virtio(driver.map(|driver| &driver.virtio))
        .with("netdev", backend)
        .with("id", id)
        .maybe("mac", mac.map(|mac| mac.to_string()))
        .maybe(
            "bootindex",
            boot_index(builder, BootTarget::Network, is_first).filter(|_| interface.info.boot.is_none()),
        );
    let properties = builder.placed(properties, &interface.info)?;
    builder.device(properties)
}

fn netdev(builder: &mut Builder<'_>, interface: &Interface) -> Result<Properties> {
    let of = |sort: &str| Properties::default().with("type", sort);
    let port = |address: &Option<String>, port: &Option<i32>| {
        format!("{}:{}", address.as_deref().unwrap_or_default(), port.unwrap_or(0))
    };
    let target = interface.target.as_ref().and_then(|target| target.device.clone());
    Ok(match &interface.connection {
        InterfaceType::User(_) => {
            if !interface.port_forwards.is_empty() {
                return Err(unsupported("<portForward> with QEMU's own user network"));
            }
            of("user")
        }
        InterfaceType::Ethernet(_) => {
            let number = builder.pass(PassedFile::Tap { name: target, bridge: None });
            of("tap").with("fd", number.to_string())
        }
        InterfaceType::Bridge(bridge) => {
            let bridge = bridge.source.as_ref().and_then(|source| source.bridge.clone());
            let number = builder.pass(PassedFile::Tap { name: target, bridge });
            of("tap").with("fd", number.to_string())
        }
        InterfaceType::Server(socket) => {
            let source = socket.source.clone().unwrap_or_default();
            of("socket").with("listen", port(&source.address, &source.port))
        }
        InterfaceType::Client(socket) => {
            let source = socket.source.clone().unwrap_or_default();
            of("socket").with("connect", port(&source.address, &source.port))
        }
        InterfaceType::Multicast(socket) => {
            let source = socket.source.clone().unwrap_or_default();
            of("socket").with("mcast", port(&source.address, &source.port))
        }
        InterfaceType::Udp(udp) => {
            let source = udp.source.clone().unwrap_or_default();
            let local = source.local.clone().unwrap_or_default();
            of("socket")
                .with("udp", port(&source.address, &source.port))
                .with("localaddr", port(&local.address, &local.port))
        }
        InterfaceType::Network(_) => {
            return Err(unsupported("<interface type='network'>: there are no virtual networks yet"));
        }
        InterfaceType::VhostUser(_) => return Err(unsupported("<interface type='vhostuser'> yet")),
        InterfaceType::Direct(_) => return Err(unsupported("<interface type='direct'> yet")),
        InterfaceType::Hostdev(_) => return Err(unsupported("<interface type='hostdev'> yet")),
        InterfaceType::Vdpa(_) => return Err(unsupported("<interface type='vdpa'> yet")),
        _ => return Err(unsupported("an <interface> of that type")),
    })
}
