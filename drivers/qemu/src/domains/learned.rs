//! What a run's document says only once QEMU has chosen it: terminals, and ports of graphical consoles.

use super::console::terminal_path;
use super::state::Configuration;
use crate::qmp::Monitor;
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::character_device::{FileOrDevice, FileOrDeviceSource};
use omnivirt_core::domain::devices::{CharacterSource, DeviceInfo, Graphics};
use serde_json::json;

/// The configuration with what QEMU has chosen, if it had to choose anything.
///
/// # Errors
///
/// `HypervisorError`.
pub(super) async fn learn(monitor: &Monitor, configuration: &Configuration) -> Result<Option<Configuration>> {
    let mut domain = configuration.config.domain();
    let terminals = match terminals(&mut domain).is_empty() {
        true => None,
        false => Some(monitor.execute("query-chardev", json!({})).await?),
    };
    let port = match ports(&mut domain).is_empty() {
        true => None,
        false => Some(monitor.execute("query-vnc", json!({})).await?),
    };
    if terminals.is_none() && port.is_none() {
        return Ok(None);
    }
    if let Some(answer) = &terminals {
        for (info, terminal) in self::terminals(&mut domain) {
            let alias = info.alias.as_ref().and_then(|alias| alias.name.as_deref()).unwrap_or_default();
            if let Some(path) = terminal_path(answer, &format!("char{alias}")) {
                terminal.source.get_or_insert_with(FileOrDevice::default).path =
                    Some(path.display().to_string());
            }
        }
    }
    let port = port.as_ref().and_then(|answer| answer["service"].as_str()).and_then(|port| port.parse().ok());
    if let Some(port) = port {
        for chosen in ports(&mut domain) {
            *chosen = Some(port);
        }
    }
    Configuration::new(&domain).map(Some)
}

/// The terminals of a domain, each with the device whose it is.
fn terminals(domain: &mut Domain) -> Vec<(DeviceInfo, &mut FileOrDeviceSource)> {
    let devices = &mut domain.devices;
    let serials = devices.serials.iter_mut().map(|device| (device.info.clone(), &mut device.source));
    let parallels = devices.parallels.iter_mut().map(|device| (device.info.clone(), &mut device.source));
    let consoles = devices.consoles.iter_mut().map(|device| (device.info.clone(), &mut device.source));
    let channels = devices.channels.iter_mut().map(|device| (device.info.clone(), &mut device.source));
    serials
        .chain(parallels)
        .chain(consoles)
        .chain(channels)
        .filter_map(|(info, source)| match source {
            CharacterSource::Pty(terminal) => Some((info, terminal)),
            _ => None,
        })
        .collect()
}

/// The ports of graphical consoles that QEMU chooses; it has one of VNC at most.
fn ports(domain: &mut Domain) -> Vec<&mut Option<i32>> {
    let consoles = domain.devices.graphics.iter_mut();
    consoles
        .filter_map(|graphics| match graphics {
            Graphics::Vnc(vnc) if vnc.socket.is_none() && vnc.port.is_none_or(|port| port < 0) => {
                Some(&mut vnc.port)
            }
            _ => None,
        })
        .collect()
}
