//! What users see of the guest's screen: ports and places to listen, whatever the hypervisor is.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::Devices;
use crate::domain::devices::graphics::{
    DbusGraphics, Graphics, GraphicsListen, ListenAddress, ListenSocket, PasswordUse, RdpGraphics,
    SpiceChannelMode, SpiceChannelName, SpiceGraphics, VncGraphics,
};
use crate::xml::quoted;

/// Completes each of them by itself.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    for (index, graphics) in devices.graphics.iter_mut().enumerate() {
        complete_one(graphics).map_err(|fault| fault.within(&format!("devices/graphics[{}]", index + 1)))?;
    }
    Ok(())
}

fn complete_one(graphics: &mut Graphics) -> Result<(), Fault> {
    match graphics {
        Graphics::Sdl(window) => window.full_screen = only_yes(window.full_screen),
        Graphics::Desktop(window) => window.full_screen = only_yes(window.full_screen),
        Graphics::Vnc(server) => complete_vnc(server)?,
        Graphics::Rdp(server) => complete_rdp(server)?,
        Graphics::Spice(server) => complete_spice(server)?,
        Graphics::Dbus(server) => complete_dbus(server)?,
        Graphics::EglHeadless(none) => {
            none.gl.take_if(|gl| gl.render_node.is_none());
        }
    }
    Ok(())
}

fn only_yes(value: Option<YesNo>) -> Option<YesNo> {
    value.filter(|value| *value == YesNo::Yes)
}

fn complete_vnc(server: &mut VncGraphics) -> Result<(), Fault> {
    server.socket = complete_listens(&mut server.listens, server.listen.take(), server.socket.take())?;
    server.listen = first_address(&server.listens);
    let port = server.port.filter(|port| *port != -1);
    let is_automatic = match server.auto_port {
        Some(choice) => choice == YesNo::Yes,
        None => port.is_none(),
    };
    server.port = port.filter(|port| *port != 0);
    if is_automatic {
        server.port = Some(-1);
    }
    server.auto_port = Some(is_automatic.into());
    server.websocket = server.websocket.filter(|port| *port != 0);
    if !listens_at_ports(&server.listens) {
        (server.port, server.auto_port, server.websocket) = (None, None, None);
    }
    complete_password(&server.password, &mut server.password_valid_to, &mut server.when_password_changes)?;
    if server.when_password_changes.is_some_and(|action| action != PasswordUse::Keep) {
        let message = "VNC viewers stay when the password is changed";
        return Err(
            Fault::new(DocumentErrorKind::Unsupported, "@connected", message).hint("write connected='keep'")
        );
    }
    Ok(())
}

fn complete_rdp(server: &mut RdpGraphics) -> Result<(), Fault> {
    complete_listens(&mut server.listens, server.listen.take(), None)?;
    if server.listens.iter().any(|listen| matches!(listen, GraphicsListen::Socket(_) | GraphicsListen::None))
    {
        let message = "an RDP server listens at an address or in a network";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "listen", message));
    }
    server.listen = first_address(&server.listens);
    let port = server.port.filter(|port| *port != -1);
    let is_automatic = server.auto_port == Some(YesNo::Yes) || port.is_none_or(|port| port == 0);
    server.port = Some(if is_automatic { 0 } else { port.unwrap_or_default() });
    server.auto_port = is_automatic.then_some(YesNo::Yes);
    server.replace_user = only_yes(server.replace_user);
    server.multi_user = only_yes(server.multi_user);
    Ok(())
}

fn complete_spice(server: &mut SpiceGraphics) -> Result<(), Fault> {
    complete_listens(&mut server.listens, server.listen.take(), None)?;
    let ports = [server.port, server.tls_port].map(|port| port.filter(|port| *port != 0));
    let is_automatic = server.auto_port == Some(YesNo::Yes) || ports == [Some(-1), Some(-1)];
    if !is_automatic && ports == [None, None] && listens_at_ports(&server.listens) {
        server.listens[0] = GraphicsListen::None;
    }
    server.auto_port = Some(is_automatic.into());
    [server.port, server.tls_port] = if is_automatic { [None, None] } else { ports };
    if !listens_at_ports(&server.listens) {
        (server.port, server.tls_port, server.auto_port) = (None, None, None);
    }
    server.listen = first_address(&server.listens);
    server.default_mode.take_if(|mode| *mode == SpiceChannelMode::Any);
    complete_channels(server);
    complete_password(&server.password, &mut server.password_valid_to, &mut server.when_password_changes)
}

/// Channels stand in an order of their own; the last of a name counts.
fn complete_channels(server: &mut SpiceGraphics) {
    let given = std::mem::take(&mut server.channels);
    for name in SpiceChannelName::ALL {
        let last = given.iter().rfind(|channel| channel.name == *name);
        server.channels.extend(last.filter(|channel| channel.mode != SpiceChannelMode::Any).cloned());
    }
}

fn complete_dbus(server: &mut DbusGraphics) -> Result<(), Fault> {
    server.peer_to_peer = only_yes(server.peer_to_peer);
    if server.peer_to_peer.is_some() && server.address.is_some() {
        let message = "a direct connection has no bus and so no address of one";
        return Err(
            Fault::new(DocumentErrorKind::Invalid, "@address", message).hint("leave out address or p2p")
        );
    }
    Ok(())
}

/// Without a password nothing is said about it.
fn complete_password(
    password: &Option<String>,
    valid_to: &mut Option<String>,
    when_changed: &mut Option<PasswordUse>,
) -> Result<(), Fault> {
    if password.is_none() {
        *valid_to = None;
        *when_changed = None;
    }
    let Some(time) = valid_to else { return Ok(()) };
    let Some(read) = written_time(time) else {
        let message = format!("{} is no time", quoted(time));
        return Err(Fault::new(DocumentErrorKind::Malformed, "@passwdValidTo", message)
            .hint("write YYYY-MM-DDTHH:MM:SS"));
    };
    *time = read;
    Ok(())
}

/// A time as it is written again; one that the calendar does not have becomes the first of all. Nothing where the text has
/// another form.
fn written_time(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let numbers = |text: &str, separator| {
        let parts = text.split(separator).map(|part| {
            part.parse::<u32>().ok().filter(|_| part.bytes().all(|digit| digit.is_ascii_digit()))
        });
        parts.collect::<Option<Vec<u32>>>()
    };
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
        return None;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let is_real =
        (1..=9999).contains(&year) && (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
    Some(if is_real {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    } else {
        "1970-01-01T00:00:00".to_owned()
    })
}

/// Makes sure of one place to listen, the first of which the attributes `listen` and `socket` are about. Says which socket it
/// is, if it is one.
fn complete_listens(
    listens: &mut Vec<GraphicsListen>,
    address: Option<String>,
    socket: Option<String>,
) -> Result<Option<String>, Fault> {
    if listens.is_empty() {
        listens.push(GraphicsListen::Address(ListenAddress::default()));
    }
    for (index, listen) in listens.iter_mut().enumerate() {
        complete_listen(listen).map_err(|fault| fault.within(&format!("listen[{}]", index + 1)))?;
    }
    let mismatch = |attribute: &str, one: &str, other: &str| {
        let message = format!("the first <listen> has '{other}', the attribute '{attribute}' has '{one}'");
        Err(Fault::new(DocumentErrorKind::Unsupported, format!("@{attribute}"), message))
    };
    let first = &mut listens[0];
    if let (Some(socket), GraphicsListen::Address(_)) = (&socket, &*first) {
        *first =
            GraphicsListen::Socket(ListenSocket { socket: Some(socket.clone()), ..ListenSocket::default() });
    }
    match first {
        GraphicsListen::Address(first) => match (&address, &first.address) {
            (Some(given), Some(there)) if given != there => return mismatch("listen", given, there),
            (Some(_), _) => first.address = address,
            _ => {}
        },
        GraphicsListen::Socket(first) => match (&socket, &first.socket) {
            (Some(given), Some(there)) if given != there => return mismatch("socket", given, there),
            (Some(_), _) => first.socket = socket,
            _ => {}
        },
        GraphicsListen::Network(_) | GraphicsListen::None => {}
    }
    Ok(match &listens[0] {
        GraphicsListen::Socket(first) => first.socket.clone(),
        _ => None,
    })
}

fn complete_listen(listen: &mut GraphicsListen) -> Result<(), Fault> {
    let invalid = |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Invalid, path, message));
    let (network, socket) = match listen {
        GraphicsListen::Address(address) => (address.network.is_some(), address.socket.is_some()),
        GraphicsListen::Socket(socket) => (socket.network.is_some(), false),
        GraphicsListen::Network(network) => {
            network.address = None;
            if network.network.is_none() {
                return invalid("@network", "the network to listen in is not named");
            }
            (false, false)
        }
        GraphicsListen::None => (false, false),
    };
    if network {
        return invalid("@network", "only a place to listen of type network is in one");
    }
    if socket {
        return invalid("@socket", "only a place to listen of type socket has one");
    }
    Ok(())
}

fn first_address(listens: &[GraphicsListen]) -> Option<String> {
    match listens.first() {
        Some(GraphicsListen::Address(first)) => first.address.clone(),
        _ => None,
    }
}

fn listens_at_ports(listens: &[GraphicsListen]) -> bool {
    matches!(listens.first(), Some(GraphicsListen::Address(_) | GraphicsListen::Network(_)))
}
