//! Serial and parallel ports, consoles and channels.

use super::builder::{Builder, List, Properties, on_off, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::{OnOff, TextValue};
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::character_device::{
    ChannelTarget, ConsoleTargetType, FileOrDeviceSource, SerialTarget, SerialTargetType, TcpTransport,
};
use omnivirt_core::domain::devices::{Channel, CharacterLog, CharacterSource, Console, Serial, SocketMode};

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let devices = &builder.domain.devices;
    for channel in &devices.channels {
        write_channel(builder, channel)?;
    }
    for serial in &devices.serials {
        write_serial(builder, serial)?;
    }
    for parallel in &devices.parallels {
        let id = builder.id(&parallel.info)?;
        write_source(builder, &format!("char{id}"), &parallel.source, parallel.log.as_ref(), None)?;
        let properties = Properties::of("isa-parallel").with("chardev", format!("char{id}")).with("id", id);
        let properties = builder.placed(properties, &parallel.info)?;
        builder.device(properties)?;
    }
    for (place, console) in devices.consoles.iter().enumerate() {
        write_console(builder, console, place)?;
    }
    Ok(())
}

fn write_channel(builder: &mut Builder<'_>, channel: &Channel) -> Result<()> {
    let id = builder.id(&channel.info)?;
    let backend = format!("char{id}");
    match &channel.target {
        ChannelTarget::Virtio(target) => {
            let name = target.name.as_deref();
            write_source(builder, &backend, &channel.source, channel.log.as_ref(), name)?;
            let properties =
                Properties::of("virtserialport").with("chardev", backend).with("id", id).maybe("name", name);
            let properties = builder.placed(properties, &channel.info)?;
            builder.device(properties)
        }
        ChannelTarget::GuestForward(target) => {
            write_source(builder, &backend, &channel.source, channel.log.as_ref(), None)?;
            let address = target.address.map(|address| address.to_string()).unwrap_or_default();
            let forward = format!("tcp:{address}:{}-chardev:{backend}", target.port.unwrap_or(0));
            builder.json(
                "-netdev",
                Properties::default()
                    .with("type", "user")
                    .with("guestfwd", serde_json::json!([{ "str": forward }]))
                    .with("id", id),
            );
            Ok(())
        }
        _ => Err(unsupported("a <channel> with a target of that type")),
    }
}

fn write_serial(builder: &mut Builder<'_>, serial: &Serial) -> Result<()> {
    let id = builder.id(&serial.info)?;
    let backend = format!("char{id}");
    write_source(builder, &backend, &serial.source, serial.log.as_ref(), None)?;
    let default = SerialTarget::default();
    let target = serial.target.as_ref().unwrap_or(&default);
    let sort = target.target_type.unwrap_or(SerialTargetType::IsaSerial);
    if sort == SerialTargetType::SystemSerial {
        builder.option("-serial", format!("chardev:{backend}"));
        return Ok(());
    }
    let model = target.model.as_ref().and_then(|model| model.name);
    let device = model.map_or_else(|| sort.to_text().into_owned(), |model| model.to_text().into_owned());
    let properties = Properties::of(device).with("chardev", backend).with("id", id);
    let properties = match sort {
        SerialTargetType::IsaSerial => properties.maybe("index", target.port),
        _ => properties,
    };
    let properties = builder.placed(properties, &serial.info)?;
    builder.device(properties)
}

fn write_console(builder: &mut Builder<'_>, console: &Console, place: usize) -> Result<()> {
    let sort = console.target.as_ref().and_then(|target| target.target_type);
    let device = match sort {
        // The first serial port, told once more.
        None | Some(ConsoleTargetType::Serial) if place == 0 => return Ok(()),
        Some(ConsoleTargetType::Virtio) => "virtconsole",
        Some(ConsoleTargetType::Sclp) => "sclpconsole",
        Some(ConsoleTargetType::SclpLineMode) => "sclplmconsole",
        None | Some(ConsoleTargetType::Serial) => {
            return Err(unsupported("a second <console> of the type serial"));
        }
        Some(other) => return Err(unsupported(format!("a <console> of the type {}", other.to_text()))),
    };
    let id = builder.id(&console.info)?;
    let backend = format!("char{id}");
    write_source(builder, &backend, &console.source, console.log.as_ref(), None)?;
    let properties = Properties::of(device).with("chardev", backend).with("id", id);
    let properties = builder.placed(properties, &console.info)?;
    builder.device(properties)
}

/// Writes where a device's characters go. A socket that the document does not name is made in the run's folder.
pub(super) fn write_source(
    builder: &mut Builder<'_>,
    id: &str,
    source: &CharacterSource,
    log: Option<&CharacterLog>,
    name: Option<&str>,
) -> Result<()> {
    let of = |sort: &str| List::of(sort).with("id", id);
    let list = match source {
        CharacterSource::Pty(_) => of("pty"),
        CharacterSource::Null => of("null"),
        CharacterSource::VirtualConsole => of("vc"),
        CharacterSource::Stdio => of("stdio"),
        CharacterSource::File(file) => {
            let append = file.source.as_ref().and_then(|source| source.append);
            of("file")
                .with("path", path(file, "file")?)
                .maybe("append", append.map(|append| on_off(append == OnOff::On)))
        }
        CharacterSource::Device(device) => of("serial").with("path", path(device, "dev")?),
        CharacterSource::Pipe(pipe) => of("pipe").with("path", path(pipe, "pipe")?),
        CharacterSource::Unix(unix) => {
            let socket = unix.source.clone().unwrap_or_default();
            let path = match &socket.path {
                Some(path) => path.clone(),
                None => {
                    let file = name.unwrap_or(id).replace('/', "_");
                    builder.context.directory.join(file).display().to_string()
                }
            };
            let list = of("socket").with("path", path);
            match socket.mode {
                Some(SocketMode::Connect) => reconnected(list, socket.reconnect.as_ref()),
                _ => list.with("server", "on").with("wait", "off"),
            }
        }
        CharacterSource::Tcp(tcp) => {
            let address = tcp.source.clone().unwrap_or_default();
            if address.tls == Some(YesNo::Yes) {
                return Err(unsupported("<source tls='yes'> of a character device yet"));
            }
            let list = of("socket")
                .with("host", address.host.as_deref().unwrap_or_default())
                .with("port", address.service.as_deref().unwrap_or_default());
            let list = match tcp.protocol.as_ref().and_then(|protocol| protocol.transport) {
                None | Some(TcpTransport::Raw) => list,
                Some(TcpTransport::Telnet) => list.with("telnet", "on"),
                Some(other) => {
                    return Err(unsupported(format!(
                        "the protocol {} of a character device",
                        other.to_text()
                    )));
                }
            };
            match address.mode {
                Some(SocketMode::Bind) => list.with("server", "on").with("wait", "off"),
                _ => reconnected(list, address.reconnect.as_ref()),
            }
        }
        CharacterSource::Udp(udp) => {
            let end = |mode: SocketMode| udp.sources.iter().find(|source| source.mode == Some(mode));
            let to =
                end(SocketMode::Connect).or_else(|| udp.sources.iter().find(|source| source.mode.is_none()));
            let from = end(SocketMode::Bind);
            let host = |end: Option<&omnivirt_core::domain::devices::character_device::UdpAddress>| {
                end.and_then(|end| end.host.clone()).unwrap_or_default()
            };
            let service = |end: Option<&omnivirt_core::domain::devices::character_device::UdpAddress>,
                           none: &str| {
                end.and_then(|end| end.service.clone()).unwrap_or_else(|| none.to_owned())
            };
            of("udp")
                .with("host", host(to))
                .with("port", service(to, ""))
                .with("localaddr", host(from))
                .with("localport", service(from, "0"))
        }
        CharacterSource::SpiceChannel => {
            of("spicevmc").with("name", if id.contains("redir") { "usbredir" } else { "vdagent" })
        }
        CharacterSource::SpicePort(port) => {
            let channel = port.source.as_ref().and_then(|source| source.channel.clone());
            of("spiceport").maybe("name", channel)
        }
        CharacterSource::Agent(agent) => {
            let settings = agent.source.clone().unwrap_or_default();
            of("qemu-vdagent")
                .with("name", "vdagent")
                .maybe(
                    "clipboard",
                    settings.clipboard.map(|clipboard| on_off(clipboard.copy_paste == YesNo::Yes)),
                )
                .maybe("mouse", settings.mouse.map(|mouse| on_off(mouse.mode.to_text() == "client")))
        }
        CharacterSource::Dbus(_) => return Err(unsupported("a character device on D-Bus yet")),
        other => return Err(unsupported(format!("a character device like {other:?}"))),
    };
    let list = match log {
        Some(log) => {
            list.maybe("logfile", log.file.as_ref()).with("logappend", on_off(log.append != Some(OnOff::Off)))
        }
        None => list,
    };
    builder.list("-chardev", list);
    Ok(())
}

fn reconnected(list: List, reconnect: Option<&omnivirt_core::domain::devices::Reconnect>) -> List {
    match reconnect {
        Some(reconnect) if reconnect.enabled == Some(YesNo::Yes) => {
            list.maybe("reconnect", reconnect.timeout)
        }
        Some(reconnect) if reconnect.enabled == Some(YesNo::No) => list.with("reconnect", 0),
        _ => list,
    }
}

fn path(source: &FileOrDeviceSource, sort: &str) -> Result<String> {
    let path = source.source.as_ref().and_then(|source| source.path.clone());
    path.ok_or_else(|| unsupported(format!("a character device of the type {sort} without a path")))
}
