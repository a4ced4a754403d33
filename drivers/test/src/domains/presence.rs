//! How a guest comes and goes: what it opens when it boots, and what its run leaves behind.

use super::activity::Activity;
use super::disks;
use super::guest_system::AGENT_CHANNEL;
use super::state::Simulated;
use super::values::read;
use crate::host::Host;
use omnivirt_core::domain::Device;
use omnivirt_core::event::*;
use omnivirt_core::{DiskError, DiskErrorKind, Error, ErrorKind};

impl Simulated {
    /// A run has begun. The guest boots at once if its virtual CPUs run.
    pub(crate) fn guest_is_switched_on(&mut self, host: &Host, cause: &Cause, runs: bool) {
        if self.has_agent() {
            let away =
                AgentLifecycle::new(GuestChannelState::Disconnected, GuestChannelReason::DomainStarted);
            self.emit_body(host, cause, away);
        }
        if runs {
            self.guest_boots(host);
        }
    }

    /// A disk has failed, of which the host knows the reason or not.
    pub(crate) fn note_disk_error(&mut self, alias: &str, reason: Option<&str>) {
        let Some(run) = &mut self.run else { return };
        let mut devices = run.configuration.config.devices();
        let failed = devices.find(|device| device.alias().is_some_and(|own| own == alias));
        let Some(target) = failed.and_then(Device::target) else { return };
        let kind = if reason == Some("enospc") { DiskErrorKind::NoSpace } else { DiskErrorKind::Unspecified };
        let error = DiskError::default().disk(target).error(kind);
        run.extras.disk_errors.retain(|other| other.disk != error.disk);
        run.extras.disk_errors.push(error);
    }

    /// The virtual CPUs run on: what has failed of the disks is tried again.
    pub(crate) fn guest_runs_on(&mut self, host: &Host) {
        if let Some(run) = &mut self.run {
            run.extras.disk_errors.clear();
        }
        self.guest_boots(host);
    }

    /// The virtual CPUs run: a guest that has not booted does.
    pub(crate) fn guest_boots(&mut self, host: &Host) {
        let Some(run) = self.run.as_deref_mut().filter(|run| !run.extras.guest.has_booted) else { return };
        run.extras.guest.has_booted = true;
        self.tell_of_channels(host, GuestChannelState::Connected);
    }

    /// The guest starts anew: it forgets what it knew, and its programs close what they had open and open it again.
    pub(crate) fn guest_starts_anew(&mut self, host: &Host, runs: bool) {
        let Some(run) = &mut self.run else { return };
        let had_booted = std::mem::take(&mut run.extras.guest).has_booted;
        if had_booted {
            self.tell_of_channels(host, GuestChannelState::Disconnected);
        }
        if runs {
            self.guest_boots(host);
        }
    }

    fn tell_of_channels(&self, host: &Host, state: GuestChannelState) {
        let channels = self.current().config.devices().filter(|device| device.kind() == "channel");
        for name in channels.filter_map(|channel| read(channel.element(), "target/@name")) {
            if name == AGENT_CHANNEL {
                self.emit_body(
                    host,
                    &Cause::guest(),
                    AgentLifecycle::new(state, GuestChannelReason::Channel),
                );
            } else {
                self.emit_body(
                    host,
                    &Cause::guest(),
                    ChannelLifecycle::new(name.into_owned(), state, GuestChannelReason::Channel),
                );
            }
        }
    }

    /// The run is about to end: a backup ends with it, and what the guest has written stays on its disks.
    pub(crate) fn settle_disks(&mut self, host: &Host, cause: &Cause) {
        self.end_backup(
            host,
            cause,
            Some(&Error::new(ErrorKind::Aborted, "the domain stopped while the backup ran")),
        );
        let Some(run) = &self.run else { return };
        let activity = Activity { cpu_time_ns: run.cpu_time_ns(host.clock.now()) };
        for disk in disks::all(&run.configuration.config).filter(|disk| disk.is_writable()) {
            let written = activity.disk(disk.number, true).written_bytes;
            if let Some(source) = disk.source().filter(|_| written > 0) {
                host.images.set(&source, host.images.get(&source).grown_by(written));
            }
        }
    }
}
