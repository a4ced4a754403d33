//! `<graphics type='vnc'>`.

use crate::command::arguments::{Arguments, text};
use crate::command::keyed::Keyed;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::graphics::{GraphicsListen, PasswordUse, VncGraphics};
use serde_json::json;

/// The port of the first display.
const FIRST_PORT: i32 = 5900;

/// The port of the last display.
const LAST_PORT: i32 = 65535;

/// Adds the display. Its password is set on the monitor, where no list of processes shows it.
pub(super) fn add(arguments: &mut Arguments<'_>, vnc: &VncGraphics) -> Result<()> {
    let mut option = address(arguments, vnc)?;
    option = option.with_some("share", vnc.share_policy);
    if let Some(password) = &vnc.password {
        option.push("password", "on");
        set_password(arguments, "vnc", password, vnc.password_valid_to.as_deref(), vnc.when_password_changes);
    }
    if let Some(power) = vnc.power_control {
        option.push("power-control", if power == YesNo::Yes { "on" } else { "off" });
    }
    let audio = vnc.audio.as_ref().map_or(Some(1), |audio| Some(audio.id));
    let audio = audio.filter(|id| arguments.domain.devices.audios.iter().any(|audio| audio.id == *id));
    option = option.with_some("audiodev", audio.map(|id| format!("audio{id}")));
    arguments.option("-vnc", option);
    if let Some(keymap) = &vnc.keymap {
        arguments.option("-k", keymap.as_str());
    }
    Ok(())
}

fn address(arguments: &Arguments<'_>, vnc: &VncGraphics) -> Result<Keyed> {
    match vnc.listens.first() {
        Some(GraphicsListen::Socket(listen)) => {
            let path = listen.socket.clone().unwrap_or_else(|| text(&arguments.path("vnc.sock")));
            return Ok(Keyed::default().with("vnc", format!("unix:{path}")));
        }
        Some(GraphicsListen::None) => return Ok(Keyed::new("none")),
        _ => {}
    }
    let address = listen_address(&vnc.listens).or(vnc.listen.as_deref());
    let address = match address {
        Some(address) if address.contains(':') => format!("[{address}]"),
        Some(address) => address.to_owned(),
        None => "127.0.0.1".to_owned(),
    };
    let display = match vnc.port {
        Some(port) if port >= FIRST_PORT => port - FIRST_PORT,
        Some(port) if port > 0 => {
            return Err(unsupported("graphics/@port", "displays of VNC begin at port 5900"));
        }
        _ => 0,
    };
    let is_chosen = !arguments.is_shown() && vnc.port.is_none_or(|port| port <= 0);
    let option = Keyed::new(format!("{address}:{display}"));
    // QEMU takes the first that is free.
    let option = option.with_some("to", is_chosen.then_some(LAST_PORT - FIRST_PORT));
    Ok(match vnc.websocket {
        Some(-1) if is_chosen => option.with("websocket", "on"),
        Some(-1) => option.with("websocket", FIRST_WEBSOCKET + display),
        websocket => option.with_some("websocket", websocket),
    })
}

/// The port of the first display's web socket.
const FIRST_WEBSOCKET: i32 = 5700;

/// Where a screen listens, if it says so.
pub(super) fn listen_address(listens: &[GraphicsListen]) -> Option<&str> {
    match listens.first()? {
        GraphicsListen::Address(listen) => listen.address.as_deref(),
        GraphicsListen::Network(listen) => listen.address.as_deref(),
        _ => None,
    }
}

/// Has a password set before the guest runs.
pub(super) fn set_password(
    arguments: &mut Arguments<'_>,
    protocol: &str,
    password: &str,
    valid_to: Option<&str>,
    when_changed: Option<PasswordUse>,
) {
    let mut command = json!({ "protocol": protocol, "password": password });
    if let Some(action) = when_changed.filter(|_| protocol == "spice") {
        command["connected"] = json!(action.as_str());
    }
    arguments.command("set_password", command);
    if let Some(time) = valid_to {
        // QEMU takes a moment as seconds since 1970.
        let time = format!("{}Z", time.trim_end_matches('Z')).parse::<omnivirt_core::Timestamp>();
        let time = time.map_or_else(|_| "now".to_owned(), |time| time.seconds().to_string());
        arguments.command("expire_password", json!({ "protocol": protocol, "time": time }));
    }
}
