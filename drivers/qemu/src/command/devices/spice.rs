//! `<graphics type='spice'>`.

use super::vnc::{listen_address, set_password};
use crate::command::arguments::{Arguments, text};
use crate::command::keyed::Keyed;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::character_device::MouseMode;
use omnivirt_core::domain::devices::graphics::{GraphicsListen, SpiceChannelMode, SpiceGraphics};

/// The port where none was chosen: the first is for VNC.
const FIRST_PORT: i32 = 5901;

/// Adds the server. Its password is set on the monitor, where no list of processes shows it.
pub(super) fn add(arguments: &mut Arguments<'_>, spice: &SpiceGraphics) -> Result<()> {
    let needs_tls = spice.tls_port.is_some_and(|port| port > 0)
        || spice.default_mode == Some(SpiceChannelMode::Secure)
        || spice.channels.iter().any(|channel| channel.mode == SpiceChannelMode::Secure);
    if needs_tls {
        return Err(unsupported("graphics/@tlsPort", "there are no certificates for SPICE yet")
            .with_hint("leave tlsPort and the secure channels out"));
    }
    let mut option = address(arguments, spice)?;
    match &spice.password {
        Some(password) => {
            let valid_to = spice.password_valid_to.as_deref();
            set_password(arguments, "spice", password, valid_to, spice.when_password_changes);
        }
        None => option.push("disable-ticketing", "on"),
    }
    option = channels(option, spice);
    option = option
        .with_some("image-compression", spice.image.as_ref().map(|image| image.compression))
        .with_some("jpeg-wan-compression", spice.jpeg.as_ref().map(|jpeg| jpeg.compression))
        .with_some("zlib-glz-wan-compression", spice.zlib.as_ref().map(|zlib| zlib.compression))
        .with_some("playback-compression", spice.playback.as_ref().map(|playback| playback.compression))
        .with_some("streaming-video", spice.streaming.as_ref().map(|streaming| streaming.mode));
    if spice.mouse.as_ref().is_some_and(|mouse| mouse.mode == MouseMode::Server) {
        option.push("agent-mouse", "off");
    }
    if spice.clipboard.as_ref().is_some_and(|clipboard| clipboard.copy_paste == YesNo::No) {
        option = option.with("disable-copy-paste", "on");
    }
    if spice.file_transfer.as_ref().is_some_and(|transfer| transfer.enable == YesNo::No) {
        option = option.with("disable-agent-file-xfer", "on");
    }
    if let Some(gl) = spice.gl.as_ref().filter(|gl| gl.enable == YesNo::Yes) {
        option = option.with("gl", "on").with_some("rendernode", gl.render_node.as_deref());
    }
    option.push("seamless-migration", "on");
    arguments.option("-spice", option);
    if let Some(keymap) = &spice.keymap {
        arguments.option("-k", keymap.as_str());
    }
    Ok(())
}

fn address(arguments: &Arguments<'_>, spice: &SpiceGraphics) -> Result<Keyed> {
    match spice.listens.first() {
        Some(GraphicsListen::Socket(listen)) => {
            let path = listen.socket.clone().unwrap_or_else(|| text(&arguments.path("spice.sock")));
            return Ok(Keyed::default().with("unix", "on").with("addr", path));
        }
        Some(GraphicsListen::None) => return Ok(Keyed::default().with("port", 0)),
        _ => {}
    }
    let address = listen_address(&spice.listens).or(spice.listen.as_deref()).unwrap_or("127.0.0.1");
    // Ports that the host chooses are chosen before; this is what stands for one that is not yet.
    let port = spice.port.filter(|port| *port > 0).unwrap_or(FIRST_PORT);
    Ok(Keyed::default().with("port", port).with("addr", address))
}

/// Which channels go over which of the ports.
fn channels(mut option: Keyed, spice: &SpiceGraphics) -> Keyed {
    if spice.default_mode == Some(SpiceChannelMode::Insecure) {
        option.push("plaintext-channel", "default");
    }
    for channel in &spice.channels {
        if channel.mode == SpiceChannelMode::Insecure {
            option.push("plaintext-channel", channel.name);
        }
    }
    option
}
