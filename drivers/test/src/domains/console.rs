//! The ways into a domain: serial consoles, channels, graphical consoles, and a picture of the screen.

use super::guest_system::AGENT_CHANNEL;
use super::state::Simulated;
use super::table::DomainEntry;
use super::terminal::{BUFFER_BYTES, Terminal, echo};
use super::values::read;
use super::viewer::Viewer;
use crate::connection::TestDriver;
use omnivirt_core::domain::Device;
use omnivirt_core::stream::ByteStream;
use omnivirt_core::*;
use omnivirt_host::spawn;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

#[driver_ops]
impl DomainConsoleOps for TestDriver {
    async fn open_console(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        alias: Option<&str>,
        options: &ConsoleOptions,
    ) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        let alias = domain.console(alias)?;
        let run = domain.run()?;
        let session = run.extras.sessions.open(&alias, options.force)?;
        let (near, far) = ByteStream::pair(BUFFER_BYTES);
        let terminal =
            Terminal { stream: far, host: Arc::downgrade(&self.host), entry: entry.clone(), run: run.id };
        spawn(async move { session.serve(terminal.serve()).await.unwrap_or_default() })?;
        Ok(near)
    }

    async fn open_channel(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        name: Option<&str>,
        options: &ChannelOptions,
    ) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        let name = domain.channel(name)?;
        if name == AGENT_CHANNEL {
            return Err(Error::new(
                ErrorKind::ResourceBusy,
                "the channel to the guest agent is the driver's own",
            )
            .with_hint("talk to the agent with qemu_agent_command"));
        }
        let session = domain.run()?.extras.sessions.open(&format!("channel {name}"), options.force)?;
        let (near, far) = ByteStream::pair(BUFFER_BYTES);
        spawn(async move { session.serve(echo(far)).await.unwrap_or_default() })?;
        Ok(near)
    }

    async fn open_graphics(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        index: u32,
        options: &GraphicsOptions,
    ) -> Result<OwnedFd> {
        let (near, far) = UnixStream::pair().map_err(|error| {
            Error::new(ErrorKind::System, format!("cannot make a pair of sockets: {error}"))
                .with_source(error)
        })?;
        let entry = self.host.domain(domain)?;
        self.let_in(cx, &entry, index, far, options)?;
        Ok(near.into())
    }

    async fn open_graphics_on(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        index: u32,
        socket: OwnedFd,
        options: &GraphicsOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        self.let_in(cx, &entry, index, socket.into(), options)
    }

    async fn graphics_reload(&self, _: &CallCx, domain: &DomainRef, kind: GraphicsReload) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let config = &domain.run()?.configuration.config;
        let is_meant = |device: &Device<'_>| {
            let is_vnc = device.element().attribute_value("type").is_some_and(|kind| kind == "vnc");
            device.kind() == "graphics" && (is_vnc || kind == GraphicsReload::Any)
        };
        // The certificates of a simulated console are the same each time they are read.
        match config.devices().any(|device| is_meant(&device)) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::DeviceMissing, "the domain has no such graphical console")),
        }
    }

    async fn screenshot(&self, _: &CallCx, domain: &DomainRef, screen: u32) -> Result<ByteStream> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        let screens = domain.screens();
        if screen >= screens {
            let message = format!("the domain has no screen {screen}: it has {screens}");
            return Err(Error::new(ErrorKind::DeviceMissing, message));
        }
        let picture = domain.draw(screen, self.host.clock.now()).to_png();
        Ok(ByteStream::of_bytes(picture).with_content_type("image/png"))
    }
}

impl TestDriver {
    /// Serves a new client of a graphical console.
    fn let_in(
        &self,
        cx: &CallCx,
        entry: &Arc<DomainEntry>,
        index: u32,
        socket: UnixStream,
        options: &GraphicsOptions,
    ) -> Result<()> {
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        let Some(console) = run
            .configuration
            .config
            .devices()
            .filter(|device| device.kind() == "graphics")
            .nth(index as usize)
        else {
            return Err(Error::new(
                ErrorKind::DeviceMissing,
                format!("the domain has no graphical console {index}"),
            ));
        };
        let password =
            console.element().attribute_value("passwd").filter(|_| !options.skip_auth).map(Into::into);
        let is_vnc = console.element().attribute_value("type").is_some_and(|kind| kind == "vnc");
        run.extras.viewers += 1;
        let session = run.extras.sessions.open(&format!("graphics {index} {}", run.extras.viewers), false)?;
        let viewer = Viewer {
            host: Arc::downgrade(&self.host),
            entry: entry.clone(),
            run: run.id,
            number: run.extras.viewers,
            is_vnc,
            password,
            cause: cx.cause(),
        };
        viewer.welcome(&domain, &self.host, session, socket)
    }
}

impl Simulated {
    /// The alias of a console: of the one that is meant, or of the first.
    fn console(&self, alias: Option<&str>) -> Result<String> {
        let devices = self.current().config.devices();
        let consoles = devices.filter(|device| matches!(device.kind(), "console" | "serial" | "parallel"));
        let aliases = consoles.filter_map(|device| Some((device, device.alias()?.into_owned())));
        let Some(wanted) = alias else {
            // The console of a guest is one of its serial lines more often than not.
            let mut aliases: Vec<_> = aliases.filter(|(device, _)| device.kind() != "parallel").collect();
            aliases.sort_by_key(|(device, _)| device.kind() != "console");
            let first = aliases.into_iter().next().map(|(_, alias)| alias);
            return first.ok_or_else(|| Error::new(ErrorKind::DeviceMissing, "the domain has no console"));
        };
        let mut aliases = aliases.map(|(_, alias)| alias);
        let found = aliases.find(|alias| alias == wanted);
        found.ok_or_else(|| {
            Error::new(ErrorKind::DeviceMissing, format!("the domain has no console '{wanted}'"))
        })
    }

    /// The name of a channel: of the one that is meant, by name or by alias, or of the first.
    fn channel(&self, name: Option<&str>) -> Result<String> {
        let mut channels = self.current().config.devices().filter(|device| device.kind() == "channel");
        let is_meant = |device: &Device<'_>| {
            let own = channel_name(*device);
            own.is_some()
                && name.is_none_or(|wanted| {
                    own.is_some_and(|own| own == wanted) || device.alias().is_some_and(|own| own == wanted)
                })
        };
        let found = channels.find(is_meant).and_then(channel_name).map(Into::into);
        found.ok_or_else(|| {
            let message = match name {
                Some(name) => format!("the domain has no channel '{name}'"),
                None => "the domain has no channel".into(),
            };
            Error::new(ErrorKind::DeviceMissing, message)
        })
    }
}

/// What a channel is called: its name in the guest, or the host's where it has none there.
fn channel_name(channel: Device<'_>) -> Option<std::borrow::Cow<'_, str>> {
    read(channel.element(), "target/@name").or_else(|| channel.alias())
}
