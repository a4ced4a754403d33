//! Ports of screens that the host chooses.

use omnivirt_core::domain::devices::Graphics;
use omnivirt_core::domain::devices::graphics::GraphicsListen;
use omnivirt_core::domain::{Domain, YesNo};
use omnivirt_core::{Error, ErrorKind, Result};

/// The ports among which the host chooses, as libvirt has them.
const PORTS: std::ops::RangeInclusive<i32> = 5900..=65535;

/// Gives a port to each screen that leaves it to the host. `is_free` is asked whether one can be had.
///
/// # Errors
///
/// No port is free.
pub(crate) fn assign_ports(domain: &mut Domain, is_free: &dyn Fn(u16) -> bool) -> Result<()> {
    let mut given: Vec<i32> = domain.devices.graphics.iter().filter_map(port).collect();
    for graphics in &mut domain.devices.graphics {
        let (port, is_automatic, listens) = match graphics {
            Graphics::Vnc(vnc) => (&mut vnc.port, vnc.auto_port == Some(YesNo::Yes), &vnc.listens),
            Graphics::Spice(spice) => (&mut spice.port, spice.auto_port == Some(YesNo::Yes), &spice.listens),
            _ => continue,
        };
        let has_port = !matches!(listens.first(), Some(GraphicsListen::Socket(_) | GraphicsListen::None));
        if !is_automatic || !has_port {
            continue;
        }
        let free =
            PORTS.clone().find(|port| !given.contains(port) && u16::try_from(*port).is_ok_and(is_free));
        let free = free.ok_or_else(|| {
            Error::new(ErrorKind::LimitExceeded, "no port for a screen is free")
                .with_hint("name one in the document")
        })?;
        given.push(free);
        *port = Some(free);
    }
    Ok(())
}

fn port(graphics: &Graphics) -> Option<i32> {
    match graphics {
        Graphics::Vnc(vnc) if vnc.auto_port != Some(YesNo::Yes) => vnc.port,
        Graphics::Spice(spice) if spice.auto_port != Some(YesNo::Yes) => spice.port,
        _ => None,
    }
}
