//! `<channel>`.

use super::character;
use crate::command::address::{alias, controller};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::{missing, unsupported};
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::character_device::ChannelTarget;
use omnivirt_core::domain::devices::controller::ControllerBus;
use omnivirt_core::domain::devices::{CharacterSource, DeviceInfo};
use serde_json::json;

/// Adds the channels.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for channel in &arguments.domain.devices.channels {
        let name = alias(&channel.info, "channel")?;
        let chardev = character::add(arguments, &channel.source, name, channel.log.as_ref(), "channel")?;
        match &channel.target {
            ChannelTarget::GuestForward(target) => {
                let (Some(address), Some(port)) = (target.address, target.port) else {
                    return Err(unsupported("channel/target", "it is not said which address is forwarded"));
                };
                let forward = json!([{ "str": format!("tcp:{address}:{port}-chardev:{chardev}") }]);
                let netdev = Properties::default().with("type", "user").with("guestfwd", forward);
                arguments.json("-netdev", netdev.with("id", name));
            }
            ChannelTarget::Virtio(target) => {
                // A channel of SPICE has its name where none is given.
                let is_spice = matches!(channel.source, CharacterSource::SpiceChannel);
                let port = target.name.as_deref().or(is_spice.then_some("com.redhat.spice.0"));
                let device = Properties::driver("virtserialport")
                    .and(port_place(arguments.domain, &channel.info)?)
                    .with("chardev", chardev)
                    .with("id", name)
                    .with_some("name", port);
                arguments.device(name, device);
            }
            _ => return Err(unsupported("channel/target", "QEMU is no Xen")),
        }
    }
    Ok(())
}

/// The place of a port of a virtio-serial controller.
pub(super) fn port_place(domain: &Domain, info: &DeviceInfo) -> Result<Properties> {
    let Some(Address::VirtioSerial(address)) = &info.address else {
        return Err(missing("address of a virtio port"));
    };
    let index = address.controller.unwrap_or(0);
    let is_serial = |bus: &ControllerBus| matches!(bus, ControllerBus::VirtioSerial(_));
    let serial = controller(domain, "virtio-serial", index, is_serial)?;
    let bus = format!("{serial}.{}", address.bus.unwrap_or(0));
    Ok(Properties::default().with("bus", bus).with_some("nr", address.port))
}
