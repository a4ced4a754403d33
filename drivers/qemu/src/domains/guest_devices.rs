//! What the guest has made of its devices, as its run's document shows it: which channels it has open, which trays are out, and
//! which MAC addresses it has chosen.

use super::record;
use super::run::Run;
use super::state::Managed;
use super::threads::answer;
use super::translate::{channel_name, channel_told};
use crate::host::Host;
use crate::qmp::{Monitor, MonitorEvent};
use omnivirt_core::Result;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::event::{Cause, GuestChannelReason, GuestChannelState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What the guest has made of its devices, each by its alias.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GuestDevices {
    /// The channels that it has open.
    pub(crate) open_channels: BTreeSet<String>,
    /// The drives whose trays are out.
    pub(crate) open_trays: BTreeSet<String>,
    /// The addresses of interfaces that are not as the document has them, as they were told.
    pub(crate) macs: BTreeMap<String, String>,
}

/// A change of a device that the document shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moved {
    Channel { alias: String, open: bool },
    Tray { alias: String, open: bool },
}

impl GuestDevices {
    /// Asks QEMU about the channels and the trays of a document; the rest is as it is here.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(super) async fn ask(&self, monitor: &Monitor, config: &DomainConfig) -> Result<Self> {
        let mut asked = Self { macs: self.macs.clone(), ..Self::default() };
        let channels: Vec<String> = config.devices().filter(is_guest_channel).filter_map(alias_of).collect();
        if !channels.is_empty() {
            let ends: Vec<CharacterDevice> = answer(monitor, "query-chardev").await?;
            let is_open = |alias: &String| {
                ends.iter().any(|end| end.is_open && end.label.strip_prefix("char") == Some(alias))
            };
            asked.open_channels = channels.into_iter().filter(is_open).collect();
        }
        if config.devices().any(|device| has_tray(&device)) {
            let drives: Vec<Drive> = answer(monitor, "query-block").await?;
            let out = drives.into_iter().filter(|drive| drive.tray_open);
            asked.open_trays = out.filter_map(|drive| drive.qdev).collect();
        }
        Ok(asked)
    }

    /// The document as it shows this.
    ///
    /// # Errors
    ///
    /// The document would be too large.
    pub(crate) fn shown_in(&self, config: &DomainConfig) -> Result<DomainConfig> {
        let trays = || config.devices().filter(|device| has_tray(device) && self.has_tray_out(device));
        if !config.devices().any(|device| is_guest_channel(&device)) && trays().next().is_none() {
            return Ok(config.clone());
        }
        Ok(config.annotated(|edit| {
            for channel in config.devices().filter(is_guest_channel) {
                let is_open = channel.alias().is_some_and(|alias| self.open_channels.contains(&*alias));
                if let Some(target) = channel.element().child("target") {
                    edit.set_attribute(target, "state", if is_open { "connected" } else { "disconnected" });
                }
            }
            for target in trays().filter_map(|drive| drive.element().child("target")) {
                edit.set_attribute(target, "tray", "open");
            }
        })?)
    }

    fn has_tray_out(&self, device: &Device<'_>) -> bool {
        device.alias().is_some_and(|alias| self.open_trays.contains(&*alias))
    }

    /// Takes in a change. False if that was known.
    pub(super) fn take(&mut self, moved: &Moved) -> bool {
        let (open, all, alias) = match moved {
            Moved::Channel { alias, open } => (*open, &mut self.open_channels, alias),
            Moved::Tray { alias, open } => (*open, &mut self.open_trays, alias),
        };
        if open { all.insert(alias.clone()) } else { all.remove(alias) }
    }

    /// What QEMU would have told on the way from this to another.
    pub(super) fn events_until(&self, now: &Self) -> Vec<MonitorEvent> {
        let event = |name: &str, data| MonitorEvent { name: name.to_owned(), time: (0, 0), data };
        let channels = self.open_channels.symmetric_difference(&now.open_channels).map(|alias| {
            event("VSERPORT_CHANGE", json!({"id": alias, "open": now.open_channels.contains(alias)}))
        });
        let trays = self.open_trays.symmetric_difference(&now.open_trays).map(|alias| {
            event("DEVICE_TRAY_MOVED", json!({"id": alias, "tray-open": now.open_trays.contains(alias)}))
        });
        channels.chain(trays).collect()
    }
}

/// When what the guest has made of its devices is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Noting {
    /// It is; last at that time, if ever.
    Done(Option<Instant>),
    /// It will be, in a moment.
    Due,
}

impl Default for Noting {
    fn default() -> Self {
        Self::Done(None)
    }
}

/// How long a guest that moves its trays without end has it written down no more than once.
pub(super) const NOTED_AGAIN_AFTER: Duration = Duration::from_millis(100);

impl Run {
    /// Whether what the guest has made of its devices, which has changed, is to be written down in a moment. If not, it is
    /// written down now, or will be anyway.
    pub(super) fn is_to_be_noted_later(&mut self) -> bool {
        match self.noting {
            Noting::Due => false,
            Noting::Done(Some(last)) if last.elapsed() < NOTED_AGAIN_AFTER => {
                self.noting = Noting::Due;
                true
            }
            Noting::Done(_) => {
                self.note_devices();
                false
            }
        }
    }

    /// Writes down what the guest has made of its devices.
    pub(super) fn note_devices(&mut self) {
        record::note_devices(&self.folder, &self.devices);
        self.noting = Noting::Done(Some(Instant::now()));
    }
}

impl Managed {
    /// Tells which channels the guest has open when it begins.
    pub(super) fn tell_channels(&mut self, host: &Host, cause: &Cause) {
        let Some(run) = &self.run else { return };
        let told: Vec<_> = run
            .configuration
            .config
            .devices()
            .filter(is_guest_channel)
            .filter_map(|channel| {
                let is_open =
                    channel.alias().is_some_and(|alias| run.devices.open_channels.contains(&*alias));
                let state =
                    if is_open { GuestChannelState::Connected } else { GuestChannelState::Disconnected };
                Some(channel_told(&channel_name(&channel)?, state, GuestChannelReason::DomainStarted))
            })
            .collect();
        for body in told {
            self.emit_body(host, cause, body);
        }
    }
}

/// Whether a device is a port that the guest finds by its name, and of which QEMU tells whether it is open.
fn is_guest_channel(device: &Device<'_>) -> bool {
    let target = || device.element().child("target")?.attribute_value("type");
    device.kind() == "channel" && target().is_some_and(|sort| sort == "virtio")
}

fn has_tray(device: &Device<'_>) -> bool {
    let sort = || device.element().attribute_value("device");
    device.kind() == "disk" && sort().is_some_and(|sort| matches!(&*sort, "cdrom" | "floppy"))
}

fn alias_of(device: Device<'_>) -> Option<String> {
    device.alias().map(|alias| alias.to_string())
}

/// A host's end of a device in the answer of `query-chardev`.
#[derive(Debug, Deserialize)]
struct CharacterDevice {
    label: String,
    #[serde(rename = "frontend-open")]
    is_open: bool,
}

/// A drive in the answer of `query-block`.
#[derive(Debug, Deserialize)]
struct Drive {
    qdev: Option<String>,
    #[serde(default)]
    tray_open: bool,
}
