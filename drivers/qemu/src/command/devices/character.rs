//! `-chardev`: the host's side of what sends and receives bytes.

use crate::command::arguments::{Arguments, text};
use crate::command::keyed::Keyed;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::character_device::{
    AgentSource, FileOrDeviceSource, MouseMode, TcpSource, TcpTransport, UdpSource, UnixSource,
};
use omnivirt_core::domain::devices::{CharacterLog, CharacterSource, Reconnect, SocketMode};

/// Adds the host's side of a device. The answer is its name.
pub(super) fn add(
    arguments: &mut Arguments<'_>,
    source: &CharacterSource,
    alias: &str,
    log: Option<&CharacterLog>,
    element: &str,
) -> Result<String> {
    let name = format!("char{alias}");
    let mut option = option(arguments, source, alias, &name, element)?;
    if let Some(log) = log {
        option = option.with_some("logfile", log.file.as_deref());
        option = option.with_some("logappend", log.append);
    }
    arguments.option("-chardev", option);
    Ok(name)
}

/// The channel of SPICE that stands behind a source of the type `spicevmc`.
pub(super) fn add_spice(arguments: &mut Arguments<'_>, alias: &str, channel: &str) -> String {
    let name = format!("char{alias}");
    let option = Keyed::new("spicevmc").with("id", &name).with("name", channel);
    arguments.option("-chardev", option);
    name
}

fn option(
    arguments: &Arguments<'_>,
    source: &CharacterSource,
    alias: &str,
    name: &str,
    element: &str,
) -> Result<Keyed> {
    let plain = |backend: &str| Keyed::new(backend).with("id", name);
    Ok(match source {
        CharacterSource::Pty(_) => plain("pty"),
        CharacterSource::Null => plain("null"),
        CharacterSource::VirtualConsole => plain("vc"),
        CharacterSource::Stdio => plain("stdio"),
        CharacterSource::Device(device) => {
            let is_parallel = element == "parallel";
            plain(if is_parallel { "parallel" } else { "serial" }).with("path", path(device, element)?)
        }
        CharacterSource::File(file) => {
            let append = file.source.as_ref().and_then(|source| source.append);
            plain("file").with("path", path(file, element)?).with_some("append", append)
        }
        CharacterSource::Pipe(pipe) => plain("pipe").with("path", path(pipe, element)?),
        CharacterSource::Udp(udp) => udp_option(plain("udp"), udp, element)?,
        CharacterSource::Tcp(tcp) => tcp_option(plain("socket"), tcp, element)?,
        CharacterSource::Unix(unix) => unix_option(arguments, plain("socket"), unix, alias)?,
        CharacterSource::SpiceChannel => plain("spicevmc").with("name", "vdagent"),
        CharacterSource::SpicePort(port) => {
            let channel = port.source.as_ref().and_then(|source| source.channel.as_deref());
            plain("spiceport").with_some("name", channel)
        }
        CharacterSource::Agent(agent) => agent_option(plain("qemu-vdagent").with("name", "vdagent"), agent),
        CharacterSource::Dbus(dbus) => {
            let channel = dbus.source.as_ref().and_then(|source| source.channel.as_deref());
            plain("dbus").with_some("name", channel)
        }
        CharacterSource::NullModem(_) => {
            return Err(unsupported(element, "QEMU has no null modems").with_hint("use type='unix'"));
        }
        _ => return Err(unsupported(element, "QEMU does not know this type of source")),
    })
}

fn path<'s>(source: &'s FileOrDeviceSource, element: &str) -> Result<&'s str> {
    let path = source.source.as_ref().and_then(|source| source.path.as_deref());
    path.ok_or_else(|| unsupported(&format!("{element}/source"), "it has no path"))
}

fn udp_option(option: Keyed, udp: &UdpSource, element: &str) -> Result<Keyed> {
    let end = |mode: SocketMode| {
        udp.sources.iter().find(|source| source.mode.unwrap_or(SocketMode::Connect) == mode)
    };
    let connect = end(SocketMode::Connect);
    let Some(connect) = connect else {
        return Err(unsupported(&format!("{element}/source"), "it is not said where to send to"));
    };
    let option = option
        .with("host", connect.host.as_deref().unwrap_or_default())
        .with("port", connect.service.as_deref().unwrap_or_default());
    Ok(match end(SocketMode::Bind) {
        None => option,
        Some(bind) => option
            .with("localaddr", bind.host.as_deref().unwrap_or_default())
            .with("localport", bind.service.as_deref().unwrap_or("0")),
    })
}

fn tcp_option(option: Keyed, tcp: &TcpSource, element: &str) -> Result<Keyed> {
    let Some(source) = &tcp.source else {
        return Err(unsupported(&format!("{element}/source"), "it is not said where the socket is"));
    };
    let option = option
        .with("host", source.host.as_deref().unwrap_or_default())
        .with("port", source.service.as_deref().unwrap_or_default());
    let option = match tcp.protocol.as_ref().and_then(|protocol| protocol.transport) {
        None | Some(TcpTransport::Raw) => option,
        Some(TcpTransport::Telnet) => option.with("telnet", "on"),
        Some(transport) => {
            let why = format!("the protocol '{transport}' needs certificates, which are not there yet");
            return Err(unsupported(&format!("{element}/protocol"), why));
        }
    };
    if source.tls == Some(YesNo::Yes) {
        return Err(unsupported(&format!("{element}/source/@tls"), "there are no certificates for it yet"));
    }
    Ok(match source.mode {
        Some(SocketMode::Bind) => option.with("server", "on").with("wait", "off"),
        _ => reconnect(option, source.reconnect.as_ref()),
    })
}

fn unix_option(arguments: &Arguments<'_>, option: Keyed, unix: &UnixSource, alias: &str) -> Result<Keyed> {
    let source = unix.source.as_ref();
    let path = match source.and_then(|source| source.path.as_deref()) {
        Some(path) => path.to_owned(),
        None => text(&arguments.path(&format!("{alias}.sock"))),
    };
    let option = option.with("path", path);
    Ok(match source.and_then(|source| source.mode) {
        Some(SocketMode::Connect) => reconnect(option, source.and_then(|source| source.reconnect.as_ref())),
        _ => option.with("server", "on").with("wait", "off"),
    })
}

/// When to try again after the other side has gone.
pub(super) fn reconnect(option: Keyed, reconnect: Option<&Reconnect>) -> Keyed {
    let Some(reconnect) = reconnect else { return option };
    match reconnect.enabled {
        Some(YesNo::Yes) => option.with_some("reconnect", reconnect.timeout),
        Some(YesNo::No) => option.with("reconnect", 0),
        _ => option,
    }
}

fn agent_option(option: Keyed, agent: &AgentSource) -> Keyed {
    let Some(settings) = &agent.source else { return option };
    let clipboard = settings.clipboard.as_ref().map(|one| OnOff::from(one.copy_paste == YesNo::Yes));
    let mouse = settings.mouse.as_ref().map(|one| OnOff::from(one.mode == MouseMode::Client));
    option.with_some("clipboard", clipboard).with_some("mouse", mouse)
}
