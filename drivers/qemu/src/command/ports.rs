//! Ports of SPICE that the host chooses. Those of VNC QEMU chooses itself.

use omnivirt_core::domain::devices::Graphics;
use omnivirt_core::domain::devices::graphics::GraphicsListen;
use omnivirt_core::domain::{Domain, YesNo};
use omnivirt_core::{Error, ErrorKind, Result};

/// The ports among which the host chooses, as libvirt has them.
const PORTS: std::ops::RangeInclusive<u16> = 5900..=65535;

/// Gives a port to a SPICE server that leaves it to the host. `is_free` is asked whether one can be had.
///
/// # Errors
///
/// No port is free.
pub(crate) fn assign_ports(domain: &mut Domain, is_free: &dyn Fn(u16) -> bool) -> Result<()> {
    for graphics in &mut domain.devices.graphics {
        let Graphics::Spice(spice) = graphics else { continue };
        let has_port =
            !matches!(spice.listens.first(), Some(GraphicsListen::Socket(_) | GraphicsListen::None));
        let is_given = spice.auto_port != Some(YesNo::Yes) && spice.port.is_some_and(|port| port > 0);
        if !has_port || is_given {
            continue;
        }
        let free = PORTS.clone().find(|port| is_free(*port)).ok_or_else(|| {
            Error::new(ErrorKind::LimitExceeded, "no port for a screen is free")
                .with_hint("name one in the document")
        })?;
        spice.port = Some(i32::from(free));
    }
    Ok(())
}
