//! Where characters go on the host.

use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::character_device::{
    CharacterSource, FileOrDeviceSource, Reconnect, SocketMode, SpicePortName, TcpAddress, TcpProtocol,
    TcpSource, TcpTransport, UdpSource, UnixSource,
};
use crate::domain::rules::Fault;

/// Fills in what the source leaves open; refuses one of which something is missing.
pub(in crate::domain::rules) fn complete(source: &mut CharacterSource) -> Result<(), Fault> {
    match source {
        CharacterSource::Pty(terminal) => terminal.source = None,
        CharacterSource::File(file) => check_file(file)?,
        CharacterSource::Device(file) | CharacterSource::Pipe(file) => {
            check_file(file)?;
            if let Some(source) = &mut file.source {
                source.append = None;
            }
        }
        CharacterSource::Udp(udp) => complete_udp(udp)?,
        CharacterSource::Tcp(tcp) => complete_tcp(tcp)?,
        CharacterSource::Unix(unix) => complete_unix(unix)?,
        CharacterSource::SpicePort(port) => check_name(port.source.as_ref())?,
        CharacterSource::Dbus(port) => check_name(port.source.as_ref())?,
        CharacterSource::NullModem(modem) => {
            if modem.source.as_ref().is_some_and(|ends| ends.master.is_none() || ends.slave.is_none()) {
                return Err(missing("source", "an end of the null modem"));
            }
        }
        CharacterSource::Null
        | CharacterSource::VirtualConsole
        | CharacterSource::Stdio
        | CharacterSource::SpiceChannel
        | CharacterSource::Agent(_) => {}
    }
    Ok(())
}

fn missing(path: &str, what: &str) -> Fault {
    Fault::new(DocumentErrorKind::Malformed, path, format!("{what} is missing"))
}

fn check_file(file: &FileOrDeviceSource) -> Result<(), Fault> {
    match file.source.as_ref().and_then(|source| source.path.as_ref()) {
        Some(_) => Ok(()),
        None => Err(missing("source/@path", "the path")),
    }
}

fn check_name(name: Option<&SpicePortName>) -> Result<(), Fault> {
    let is_allowed =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    match name.and_then(|name| name.channel.as_ref()) {
        Some(name) if is_allowed(name) => Ok(()),
        Some(_) => {
            let message = "the channel's name has other characters than letters, digits, '-', '_' and '.'";
            Err(Fault::new(DocumentErrorKind::InvalidArgument, "source/@channel", message))
        }
        None => {
            let message = "the channel's name is missing";
            Err(Fault::new(DocumentErrorKind::Unsupported, "source/@channel", message))
        }
    }
}

/// What packets come from and where they go, in that order; the first of each counts.
fn complete_udp(udp: &mut UdpSource) -> Result<(), Fault> {
    if udp.sources.len() > 2 {
        let message = "packets have at most two ends";
        return Err(Fault::new(DocumentErrorKind::Invalid, "source[3]", message));
    }
    for source in &mut udp.sources {
        source.mode.get_or_insert(SocketMode::Connect);
    }
    let first = |mode| udp.sources.iter().find(|source| source.mode == Some(mode)).cloned();
    let connect = first(SocketMode::Connect).filter(|source| source.service.is_some());
    let connect = connect.ok_or_else(|| missing("source/@service", "the port to send packets to"))?;
    let bind = first(SocketMode::Bind).filter(|source| source.host.is_some() || source.service.is_some());
    udp.sources = bind.into_iter().chain([connect]).collect();
    Ok(())
}

fn complete_tcp(tcp: &mut TcpSource) -> Result<(), Fault> {
    let TcpAddress { mode, host, service, reconnect, .. } = tcp.source.get_or_insert_default();
    if host.is_none() {
        return Err(missing("source/@host", "the host"));
    }
    if service.is_none() {
        return Err(missing("source/@service", "the port"));
    }
    let mode = *mode.get_or_insert(SocketMode::Connect);
    complete_reconnect(reconnect, mode)?;
    tcp.protocol.get_or_insert(TcpProtocol::default()).transport.get_or_insert(TcpTransport::Raw);
    Ok(())
}

fn complete_unix(unix: &mut UnixSource) -> Result<(), Fault> {
    let Some(source) = unix.source.as_mut().filter(|source| source.path.is_some()) else {
        return Err(missing("source/@path", "the path"));
    };
    let mode = *source.mode.get_or_insert(SocketMode::Connect);
    complete_reconnect(&mut source.reconnect, mode)
}

fn complete_reconnect(reconnect: &mut Option<Reconnect>, mode: SocketMode) -> Result<(), Fault> {
    let Some(settings) = reconnect else { return Ok(()) };
    match settings.enabled {
        Some(YesNo::Yes) if settings.timeout.is_none() => {
            let message = "the time between attempts is missing";
            Err(Fault::new(DocumentErrorKind::Invalid, "source/reconnect/@timeout", message))
        }
        Some(YesNo::Yes) if mode == SocketMode::Bind => {
            let message = "only the hypervisor itself can call again";
            Err(Fault::new(DocumentErrorKind::Malformed, "source/reconnect", message)
                .hint("write mode='connect'"))
        }
        Some(YesNo::Yes) => Ok(()),
        Some(YesNo::No) => {
            settings.timeout = None;
            Ok(())
        }
        None => {
            *reconnect = None;
            Ok(())
        }
    }
}
