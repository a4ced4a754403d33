//! QEMU's events in the API's words, as far as they change no state.

use super::guest_devices::Moved;
use crate::qmp::MonitorEvent;
use omnivirt_core::DomainStateReason;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::event::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The guest or QEMU has shut down.
#[derive(Debug, Deserialize)]
pub(super) struct Shutdown {
    pub(super) guest: bool,
    #[serde(default)]
    pub(super) reason: String,
}

/// The machine was reset.
#[derive(Debug, Deserialize)]
pub(super) struct Reset {
    pub(super) guest: bool,
}

/// What is told of an event.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) cause: Cause,
    pub(super) body: EventBody,
    /// Why the virtual CPUs stand still next, if they do.
    pub(super) about_to_stand: Option<(DomainStateReason, SuspendedDetail)>,
    /// What of the devices has changed.
    pub(super) moved: Option<Moved>,
}

/// The data of an event; none, and a line in the log, if it has another form than QEMU's documentation says.
pub(super) fn read<T: DeserializeOwned>(event: &MonitorEvent) -> Option<T> {
    match T::deserialize(&event.data) {
        Ok(data) => Some(data),
        Err(error) => {
            tracing::warn!(event = %event.name, data = %event.data, %error, "QEMU tells something in an unknown form");
            None
        }
    }
}

/// An event in the API's words; none for what the API has no words for.
pub(super) fn told(event: &MonitorEvent, config: &DomainConfig) -> Option<Told> {
    let by = |cause: Cause, body: EventBody| Some(Told { cause, body, about_to_stand: None, moved: None });
    match event.name.as_str() {
        "RTC_CHANGE" => {
            let Offset { offset } = read(event)?;
            by(Cause::guest(), RtcChange::new(offset).into())
        }
        "WATCHDOG" => {
            let action = watchdog_action(&read::<Action>(event)?.action);
            let stands = (action == WatchdogAction::Pause)
                .then_some((DomainStateReason::PausedWatchdog, SuspendedDetail::Watchdog));
            let body = Watchdog::new(action).into();
            Some(Told { cause: Cause::guest(), body, about_to_stand: stands, moved: None })
        }
        "BLOCK_IO_ERROR" => Some(io_error(&read(event)?, config)),
        "BALLOON_CHANGE" => {
            let Actual { actual } = read(event)?;
            by(Cause::guest(), BalloonChange::new(actual / 1024).into())
        }
        "DEVICE_TRAY_MOVED" => {
            let tray: Tray = read(event)?;
            let reason = if tray.open { TrayChangeReason::Open } else { TrayChangeReason::Close };
            let moved = Moved::Tray { alias: tray.id.clone(), open: tray.open };
            let body = TrayChange::new(tray.id, reason).into();
            Some(Told { cause: Cause::guest(), body, about_to_stand: None, moved: Some(moved) })
        }
        "VSERPORT_CHANGE" => channel(read(event)?, config),
        "MEMORY_FAILURE" => by(Cause::host(), memory_failure(&read(event)?).into()),
        "MEMORY_DEVICE_SIZE_CHANGE" => {
            let Size { id, size } = read(event)?;
            by(Cause::guest(), MemoryDeviceSizeChange::new(id?, size / 1024).into())
        }
        "DEVICE_DELETED" => {
            let Named { device } = read(event)?;
            by(Cause::guest(), DeviceRemoved::new(device?).into())
        }
        "MIGRATION_PASS" => {
            let Pass { pass } = read(event)?;
            by(Cause::hypervisor(), MigrationIteration::new(pass).into())
        }
        "VNC_CONNECTED" | "SPICE_CONNECTED" => {
            by(Cause::host(), graphics(&read(event)?, GraphicsPhase::Connect))
        }
        "VNC_INITIALIZED" | "SPICE_INITIALIZED" => {
            by(Cause::host(), graphics(&read(event)?, GraphicsPhase::Initialize))
        }
        "VNC_DISCONNECTED" | "SPICE_DISCONNECTED" => {
            by(Cause::host(), graphics(&read(event)?, GraphicsPhase::Disconnect))
        }
        _ => None,
    }
}

#[derive(Debug, Deserialize)]
struct Offset {
    offset: i64,
}

#[derive(Debug, Deserialize)]
struct Action {
    action: String,
}

#[derive(Debug, Deserialize)]
struct Actual {
    /// In bytes.
    actual: u64,
}

#[derive(Debug, Deserialize)]
struct Pass {
    pass: u32,
}

#[derive(Debug, Deserialize)]
struct Tray {
    id: String,
    #[serde(rename = "tray-open")]
    open: bool,
}

#[derive(Debug, Deserialize)]
struct Size {
    id: Option<String>,
    /// In bytes.
    size: u64,
}

#[derive(Debug, Deserialize)]
struct Named {
    device: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Port {
    id: String,
    open: bool,
}

#[derive(Debug, Deserialize)]
struct BlockError {
    #[serde(rename = "qom-path", default)]
    qom_path: String,
    #[serde(default)]
    device: String,
    action: String,
    #[serde(default)]
    nospace: bool,
}

#[derive(Debug, Deserialize)]
struct MemoryError {
    recipient: String,
    action: String,
    flags: MemoryErrorFlags,
}

#[derive(Debug, Deserialize)]
struct MemoryErrorFlags {
    #[serde(rename = "action-required")]
    action_required: bool,
    recursive: bool,
}

#[derive(Debug, Deserialize)]
struct Viewer {
    server: ViewerEnd,
    client: ViewerEnd,
}

#[derive(Debug, Deserialize)]
struct ViewerEnd {
    #[serde(default)]
    host: String,
    #[serde(default, alias = "port")]
    service: String,
    #[serde(default)]
    family: String,
    #[serde(default)]
    auth: String,
    sasl_username: Option<String>,
    x509_dname: Option<String>,
}

fn watchdog_action(word: &str) -> WatchdogAction {
    match word {
        "pause" => WatchdogAction::Pause,
        "reset" => WatchdogAction::Reset,
        "poweroff" => WatchdogAction::Poweroff,
        "shutdown" => WatchdogAction::Shutdown,
        "debug" => WatchdogAction::Debug,
        "inject-nmi" => WatchdogAction::InjectNmi,
        _ => WatchdogAction::None,
    }
}

fn io_error(error: &BlockError, config: &DomainConfig) -> Told {
    let alias = alias_in(&error.qom_path)
        .or_else(|| error.device.strip_prefix("drive-"))
        .unwrap_or(error.device.as_str())
        .to_owned();
    let path = disk_source(config, &alias);
    let (action, stands) = match error.action.as_str() {
        "stop" => (IoErrorAction::Pause, Some((DomainStateReason::PausedIoError, SuspendedDetail::IoError))),
        "report" => (IoErrorAction::Report, None),
        _ => (IoErrorAction::None, None),
    };
    let reason = if error.nospace { "enospc" } else { "" };
    let body = IoError::new(path, alias, action, Some(reason.to_owned()));
    Told { cause: Cause::host(), body: body.into(), about_to_stand: stands, moved: None }
}

/// The alias of the device in a path such as `/machine/peripheral/virtio-disk0/virtio-backend`.
fn alias_in(qom_path: &str) -> Option<&str> {
    let rest = qom_path.strip_prefix("/machine/peripheral/")?;
    rest.split('/').next().filter(|alias| !alias.is_empty())
}

fn device_of<'a>(config: &'a DomainConfig, alias: &str) -> Option<Device<'a>> {
    config.devices().find(|device| device.alias().is_some_and(|known| &*known == alias))
}

/// The path of a disk's source; empty where it has none.
fn disk_source(config: &DomainConfig, alias: &str) -> String {
    let source = device_of(config, alias).and_then(|device| device.element().child("source"));
    let path = source.and_then(|source| {
        ["file", "dev", "dir", "name"].iter().find_map(|name| source.attribute_value(name))
    });
    path.map(|path| path.into_owned()).unwrap_or_default()
}

fn channel(port: Port, config: &DomainConfig) -> Option<Told> {
    let name = channel_name(&device_of(config, &port.id)?)?;
    let state = if port.open { GuestChannelState::Connected } else { GuestChannelState::Disconnected };
    let body = channel_told(&name, state, GuestChannelReason::Channel);
    let moved = Moved::Channel { alias: port.id, open: port.open };
    Some(Told { cause: Cause::guest(), body, about_to_stand: None, moved: Some(moved) })
}

/// The name by which the guest finds a channel.
pub(super) fn channel_name(device: &Device<'_>) -> Option<String> {
    Some(device.element().child("target")?.attribute_value("name")?.into_owned())
}

/// What the channel of a guest agent tells is the agent's life; that of another is the channel's own.
pub(super) fn channel_told(name: &str, state: GuestChannelState, reason: GuestChannelReason) -> EventBody {
    if name == AGENT_CHANNEL {
        AgentLifecycle::new(state, reason).into()
    } else {
        ChannelLifecycle::new(name, state, reason).into()
    }
}

/// The name of the channel to QEMU's guest agent.
pub(crate) const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";

fn memory_failure(error: &MemoryError) -> MemoryFailure {
    let recipient = match error.recipient.as_str() {
        "hypervisor" => MemoryFailureRecipient::Hypervisor,
        _ => MemoryFailureRecipient::Guest,
    };
    let action = match error.action.as_str() {
        "inject" => MemoryFailureAction::Inject,
        "fatal" => MemoryFailureAction::Fatal,
        "reset" => MemoryFailureAction::Reset,
        _ => MemoryFailureAction::Ignore,
    };
    MemoryFailure::new(recipient, action, error.flags.action_required, error.flags.recursive)
}

fn graphics(viewer: &Viewer, phase: GraphicsPhase) -> EventBody {
    let address = |end: &ViewerEnd| {
        let family = match end.family.as_str() {
            "ipv6" => GraphicsAddressFamily::Ipv6,
            "unix" => GraphicsAddressFamily::Unix,
            _ => GraphicsAddressFamily::Ipv4,
        };
        // A socket in the file system has its path as its service.
        match family {
            GraphicsAddressFamily::Unix => {
                let path = if end.service.is_empty() { &end.host } else { &end.service };
                GraphicsAddress::new(family, path.clone(), String::new())
            }
            _ => GraphicsAddress::new(family, end.host.clone(), end.service.clone()),
        }
    };
    let known = [("saslUsername", &viewer.client.sasl_username), ("x509dname", &viewer.client.x509_dname)];
    let identities = known
        .into_iter()
        .filter_map(|(kind, name)| name.clone().map(|name| GraphicsIdentity::new(kind, name)))
        .collect();
    Graphics::new(
        phase,
        address(&viewer.server),
        address(&viewer.client),
        viewer.server.auth.clone(),
        identities,
    )
    .into()
}
