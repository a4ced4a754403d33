//! The ways into a domain: consoles, channels, graphical consoles, and a picture of the screen.

use super::run::Run;
use super::terminal;
use crate::connection::QemuDriver;
use crate::host::failed;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::stream::ByteStream;
use omnivirt_core::*;
use rustix::fs::{Mode, OFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

#[driver_ops]
impl DomainConsoleOps for QemuDriver {
    async fn open_console(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        alias: Option<&str>,
        options: &ConsoleOptions,
    ) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let (monitor, end, session) = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            let device = console(&run.configuration.config, alias)?;
            let (alias, end) = end_of(device, &run.folder)?;
            let session = run.sessions.open(&alias, options.force)?;
            (run.monitor()?, end, session)
        };
        terminal::open(&monitor, end, session).await
    }

    async fn open_channel(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        name: Option<&str>,
        options: &ChannelOptions,
    ) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let (monitor, end, session) = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            let (alias, end) = channel_end(run, name)?;
            let session = run.sessions.open(&alias, options.force)?;
            (run.monitor()?, end, session)
        };
        terminal::open(&monitor, end, session).await
    }

    async fn open_graphics(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        index: u32,
        options: &GraphicsOptions,
    ) -> Result<OwnedFd> {
        let pair =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let (ours, theirs) = pair.map_err(|error| {
            Error::new(ErrorKind::System, "cannot make a pair of sockets")
                .with_source(std::io::Error::from(error))
        })?;
        self.open_graphics_on(cx, domain, index, theirs, options).await?;
        Ok(ours)
    }

    async fn open_graphics_on(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        index: u32,
        socket: OwnedFd,
        options: &GraphicsOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (monitor, protocol) = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            let all = run.configuration.config.devices().filter(|device| device.kind() == "graphics");
            let place = usize::try_from(index).unwrap_or(usize::MAX);
            let device = all.into_iter().nth(place).ok_or_else(|| {
                Error::new(ErrorKind::DeviceMissing, format!("the domain has no graphical console {index}"))
            })?;
            let sort = device.element().attribute_value("type").unwrap_or_default().into_owned();
            (run.monitor()?, sort)
        };
        if !matches!(protocol.as_str(), "vnc" | "spice") {
            let message = format!("a graphical console of the type {protocol} takes no clients");
            return Err(Error::new(ErrorKind::DeviceMissing, message));
        }
        monitor.execute_with_files("getfd", json!({"fdname": "viewer"}), vec![socket]).await?;
        let arguments = json!({"protocol": protocol, "fdname": "viewer", "skipauth": options.skip_auth});
        monitor.execute("add_client", arguments).await.map(drop)
    }

    async fn graphics_reload(&self, _: &CallCx, domain: &DomainRef, _: GraphicsReload) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let monitor = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            let is_vnc = |device: Device<'_>| {
                device.kind() == "graphics"
                    && device.element().attribute_value("type").is_some_and(|sort| sort == "vnc")
            };
            if !run.configuration.config.devices().any(is_vnc) {
                return Err(Error::new(
                    ErrorKind::DeviceMissing,
                    "the domain has no graphical console of VNC",
                ));
            }
            run.monitor()?
        };
        monitor.execute("display-reload", json!({"type": "vnc", "tls-certs": true})).await.map(drop)
    }

    async fn screenshot(&self, _: &CallCx, domain: &DomainRef, screen: u32) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let (monitor, device, path) = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            let config = &run.configuration.config;
            let screens = config.devices().filter(|device| device.kind() == "video").filter(is_seen);
            let place = usize::try_from(screen).unwrap_or(usize::MAX);
            let device = screens.into_iter().nth(place).and_then(Device::alias).ok_or_else(|| {
                Error::new(ErrorKind::DeviceMissing, format!("the domain has no screen {screen}"))
            })?;
            let device = device.to_string();
            run.pictures += 1;
            let path = run.folder.join(format!("screen-{}", run.pictures));
            (run.monitor()?, device, path)
        };
        let arguments = json!({"filename": path.display().to_string(), "device": device, "format": "png"});
        monitor.execute("screendump", arguments).await?;
        let picture = crate::blocking(move || {
            let read = read_picture(&path).map_err(|error| failed("read", &path, error));
            crate::host::remove_if_there(&path)?;
            read
        })
        .await?;
        Ok(ByteStream::of_bytes(picture).with_content_type("image/png"))
    }
}

/// The most bytes of a picture of a screen.
const LARGEST_PICTURE: u64 = 256 << 20;

/// Reads what QEMU has put there, and not what a QEMU that has been taken over might have: it could be a link elsewhere.
fn read_picture(path: &Path) -> std::io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "it is no file"));
    }
    let mut picture = Vec::new();
    file.take(LARGEST_PICTURE).read_to_end(&mut picture)?;
    Ok(picture)
}

/// Where the host's end of a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// A pseudo-terminal, which QEMU knows by that name of its own.
    Terminal(String),
    /// A socket at which QEMU waits.
    Socket(PathBuf),
}

/// The console of that name; the first serial port or console where none is named.
fn console<'d>(config: &'d DomainConfig, alias: Option<&str>) -> Result<Device<'d>> {
    let is_console = |device: &Device<'_>| matches!(device.kind(), "serial" | "console" | "parallel");
    let mut consoles = config.devices().filter(is_console);
    match alias {
        None => {
            let mut all = consoles;
            let console = all.find(|device| matches!(device.kind(), "serial" | "console"));
            console.ok_or_else(|| Error::new(ErrorKind::DeviceMissing, "the domain has no console"))
        }
        Some(alias) => {
            consoles.find(|device| device.alias().is_some_and(|known| &*known == alias)).ok_or_else(|| {
                Error::new(ErrorKind::DeviceMissing, format!("the domain has no console '{alias}'"))
            })
        }
    }
}

/// The channel of that name, of its target or of its own; the first where none is named.
fn channel<'d>(config: &'d DomainConfig, name: Option<&str>) -> Result<Device<'d>> {
    let mut channels = config.devices().filter(|device| device.kind() == "channel");
    let is_meant = |device: &Device<'_>| {
        let Some(name) = name else { return true };
        let target = device.element().child("target").and_then(|target| target.attribute_value("name"));
        target.is_some_and(|target| target == name) || device.alias().is_some_and(|alias| &*alias == name)
    };
    channels.find(is_meant).ok_or_else(|| match name {
        Some(name) => Error::new(ErrorKind::DeviceMissing, format!("the domain has no channel '{name}'")),
        None => Error::new(ErrorKind::DeviceMissing, "the domain has no channel"),
    })
}

/// The name of a channel, and where the host's end of it is.
pub(super) fn channel_end(run: &Run, name: Option<&str>) -> Result<(String, End)> {
    end_of(channel(&run.configuration.config, name)?, &run.folder)
}

/// The name of a device, and where the host's end of it is.
fn end_of(device: Device<'_>, folder: &Path) -> Result<(String, End)> {
    let alias = device.alias().map(|alias| alias.to_string()).unwrap_or_default();
    let element = device.element();
    let source = element.child("source");
    let sort = element.attribute_value("type").unwrap_or_else(|| "pty".into());
    match &*sort {
        "pty" => Ok((alias.clone(), End::Terminal(format!("char{alias}")))),
        "unix"
            if source
                .and_then(|source| source.attribute_value("mode"))
                .is_none_or(|mode| mode != "connect") =>
        {
            let path = source.and_then(|source| source.attribute_value("path"));
            // One that the driver makes is in the folder of the run.
            let made = || folder.join(format!("{alias}.sock"));
            let path = path.map_or_else(made, |path| PathBuf::from(path.into_owned()));
            Ok((alias, End::Socket(path)))
        }
        other => Err(Error::new(
            ErrorKind::DeviceMissing,
            format!("the device '{alias}' goes to its {other} source, and not to who opens it"),
        )
        .with_hint("give it the type pty or unix")),
    }
}

/// Whether something is drawn there.
fn is_seen(device: &Device<'_>) -> bool {
    let model = device.element().child("model").and_then(|model| model.attribute_value("type"));
    model.is_none_or(|model| model != "none")
}

/// The path of a terminal, among what QEMU says of its character devices.
pub(super) fn terminal_path(answer: &Value, label: &str) -> Option<PathBuf> {
    let all = answer.as_array()?;
    let device = all.iter().find(|device| device["label"] == label)?;
    device["filename"].as_str()?.strip_prefix("pty:").map(PathBuf::from)
}
