//! `<graphics>`, and whether there is a screen at all.

use super::{spice, vnc};
use crate::command::arguments::Arguments;
use crate::command::keyed::Keyed;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::Graphics;
use omnivirt_core::domain::devices::graphics::{DbusGraphics, EglHeadlessGraphics, SdlGraphics};

/// Without a screen QEMU would open a window.
pub(super) fn add_display(arguments: &mut Arguments<'_>) -> Result<()> {
    if arguments.domain.devices.graphics.is_empty() {
        arguments.option("-display", Keyed::new("none"));
    }
    Ok(())
}

/// Adds the screens.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for graphics in &arguments.domain.devices.graphics {
        match graphics {
            Graphics::Vnc(vnc) => vnc::add(arguments, vnc)?,
            Graphics::Spice(spice) => spice::add(arguments, spice)?,
            Graphics::Sdl(sdl) => add_sdl(arguments, sdl),
            Graphics::EglHeadless(egl) => add_egl(arguments, egl),
            Graphics::Dbus(dbus) => add_dbus(arguments, dbus)?,
            Graphics::Rdp(_) => return Err(unsupported("graphics/@type", "QEMU has no RDP")),
            Graphics::Desktop(_) => return Err(unsupported("graphics/@type", "QEMU has no 'desktop'")),
            _ => return Err(unsupported("graphics/@type", "QEMU does not know it")),
        }
    }
    Ok(())
}

fn add_sdl(arguments: &mut Arguments<'_>, sdl: &SdlGraphics) {
    if sdl.full_screen == Some(YesNo::Yes) {
        arguments.word("-full-screen");
    }
    let gl = sdl.gl.as_ref().map(|gl| if gl.enable == YesNo::Yes { "on" } else { "off" });
    arguments.option("-display", Keyed::new("sdl").with_some("gl", gl));
}

fn add_egl(arguments: &mut Arguments<'_>, egl: &EglHeadlessGraphics) {
    let node = egl.gl.as_ref().and_then(|gl| gl.render_node.as_deref());
    arguments.option("-display", Keyed::new("egl-headless").with_some("rendernode", node));
}

fn add_dbus(arguments: &mut Arguments<'_>, dbus: &DbusGraphics) -> Result<()> {
    let mut option = Keyed::new("dbus");
    match dbus.peer_to_peer {
        Some(YesNo::Yes) => option.push("p2p", "on"),
        _ => match &dbus.address {
            Some(address) => option.push("addr", address),
            None => arguments.refuse_start("graphics/@address", "there is no bus of the guest's own yet")?,
        },
    }
    if let Some(gl) = &dbus.gl {
        option.push("gl", if gl.enable == YesNo::Yes { "on" } else { "off" });
        option = option.with_some("rendernode", gl.render_node.as_deref());
    }
    let audio = dbus.audio.as_ref().map(|audio| format!("audio{}", audio.id));
    arguments.option("-display", option.with_some("audiodev", audio));
    Ok(())
}
