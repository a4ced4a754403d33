//! `<channel>`.

use super::character;
use crate::command::address::{alias, controller};
use crate::command::arguments::{Arguments, text};
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
        let source = shown(arguments, &channel.source, &channel.target);
        let source = source.as_ref().unwrap_or(&channel.source);
        let chardev = character::add(arguments, source, name, channel.log.as_ref(), "channel")?;
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

/// Where libvirt puts the socket of a channel that has no path, for who reads the command line.
fn shown(
    arguments: &Arguments<'_>,
    source: &CharacterSource,
    target: &ChannelTarget,
) -> Option<CharacterSource> {
    let (CharacterSource::Unix(unix), ChannelTarget::Virtio(target)) = (source, target) else { return None };
    let has_path = unix.source.as_ref().is_some_and(|source| source.path.is_some());
    if has_path || !arguments.is_shown() {
        return None;
    }
    let run = format!("domain-{}", arguments.run_name());
    let folder = arguments.context.library.join("channel/target").join(run);
    let mut unix = unix.clone();
    let source = unix.source.get_or_insert_default();
    source.path = Some(text(&folder.join(target.name.as_deref().unwrap_or_default())));
    Some(CharacterSource::Unix(unix))
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
