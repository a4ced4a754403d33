//! How a domain's state changes. Each change is whole when its function returns, with its events emitted.

use super::alias::Aliases;
use super::state::{Configuration, Run, Simulated};
use crate::host::{Host, SimulatedFile};
use omnivirt_core::domain::{CrashAction, DomainConfig, LifecycleAction};
use omnivirt_core::event::*;
use omnivirt_core::xml::{NewElement, Place};
use omnivirt_core::*;

/// Where a run comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Booted,
    Restored,
    Migrated,
    FromSnapshot,
}

impl Simulated {
    /// Begins a run. The caller has made sure that there is none.
    ///
    /// # Errors
    ///
    /// The configuration with what a run adds to it would be too large.
    pub(crate) fn begin(
        &mut self,
        host: &Host,
        cause: &Cause,
        configuration: Configuration,
        origin: Origin,
        paused: bool,
        auto_destroy: Option<u64>,
    ) -> Result<()> {
        let id = host.domains.number(self.uuid);
        let config = live(&configuration.config, id).inspect_err(|_| host.domains.release(id))?;
        let nvram = config
            .root()
            .descendant(&["os", "nvram"])
            .map(|path| path.text())
            .filter(|path| !path.trim().is_empty());
        if let Some(path) = nvram {
            host.files.write(path.trim(), SimulatedFile::FirmwareVariables);
        }
        self.run = Some(Box::new(Run {
            id,
            configuration: Configuration { config, ..configuration },
            cpu_time_ns: 0,
            running_since: None,
            auto_destroy,
            updated: false,
            guest_offline: CpuMap::new(),
            extras: Default::default(),
        }));
        let (started, running, suspended, standing) = match origin {
            Origin::Booted => (
                StartedDetail::Booted,
                DomainStateReason::RunningBooted,
                SuspendedDetail::Paused,
                DomainStateReason::PausedUser,
            ),
            Origin::Restored => (
                StartedDetail::Restored,
                DomainStateReason::RunningRestored,
                SuspendedDetail::Restored,
                DomainStateReason::PausedUser,
            ),
            Origin::Migrated => (
                StartedDetail::Migrated,
                DomainStateReason::RunningMigrated,
                SuspendedDetail::Migrated,
                DomainStateReason::PausedMigration,
            ),
            Origin::FromSnapshot => (
                StartedDetail::FromSnapshot,
                DomainStateReason::RunningFromSnapshot,
                SuspendedDetail::FromSnapshot,
                DomainStateReason::PausedFromSnapshot,
            ),
        };
        if paused {
            self.stand(host, DomainState::Paused, standing);
        } else {
            self.go(host, running);
        }
        self.emit(host, cause, LifecycleChange::Started(started));
        if paused {
            self.emit(host, cause, LifecycleChange::Suspended(suspended));
        }
        self.guest_is_switched_on(host, cause, !paused);
        Ok(())
    }

    /// Ends the run, and with it a transient domain.
    pub(crate) fn end(
        &mut self,
        host: &Host,
        cause: &Cause,
        reason: DomainStateReason,
        detail: StoppedDetail,
    ) {
        self.settle_disks(host, cause);
        if let Some(run) = self.run.take() {
            host.domains.release(run.id);
        }
        self.state = DomainState::Shutoff;
        self.reason = reason;
        self.emit(host, cause, LifecycleChange::Stopped(detail));
        if !self.is_persistent() {
            self.leave(host);
        }
    }

    /// Takes a domain that does not run out of the table, when its last event has been emitted: another of its UUID that
    /// came before would be told of before this one's end.
    pub(crate) fn leave(&mut self, host: &Host) {
        self.gone = true;
        host.domains.remove(self.uuid, &self.name);
        host.connections.forget(self.reference().into(), |gone| {
            gone.uuid().is_some_and(|uuid| host.domains.by_uuid(uuid).is_some())
        });
    }

    /// Stops the virtual CPUs.
    pub(crate) fn pause(
        &mut self,
        host: &Host,
        cause: &Cause,
        reason: DomainStateReason,
        detail: SuspendedDetail,
    ) {
        self.stand(host, DomainState::Paused, reason);
        self.emit(host, cause, LifecycleChange::Suspended(detail));
    }

    /// Lets the virtual CPUs run on.
    pub(crate) fn unpause(
        &mut self,
        host: &Host,
        cause: &Cause,
        reason: DomainStateReason,
        detail: ResumedDetail,
    ) {
        self.go(host, reason);
        self.emit(host, cause, LifecycleChange::Resumed(detail));
        self.guest_runs_on(host);
    }

    /// The guest has powered off: what the configuration says for that is done.
    pub(crate) fn guest_powers_off(&mut self, host: &Host, cause: &Cause) {
        let action = self.current().config.domain().on_poweroff.unwrap_or(LifecycleAction::Destroy);
        self.act(host, cause, action);
    }

    /// The guest reboots: what the configuration says for that is done.
    pub(crate) fn guest_reboots(&mut self, host: &Host, cause: &Cause) {
        let action = self.current().config.domain().on_reboot.unwrap_or(LifecycleAction::Restart);
        self.act(host, cause, action);
    }

    fn act(&mut self, host: &Host, cause: &Cause, action: LifecycleAction) {
        match action {
            LifecycleAction::Restart | LifecycleAction::RenameRestart => self.restart(host, cause),
            LifecycleAction::Preserve => {
                self.pause(
                    host,
                    cause,
                    DomainStateReason::PausedShuttingDown,
                    SuspendedDetail::GuestShutdown,
                );
            }
            _ => self.end(host, cause, DomainStateReason::ShutoffShutdown, StoppedDetail::Shutdown),
        }
    }

    /// The guest has crashed: what the configuration says for that is done.
    pub(crate) fn guest_crashes(&mut self, host: &Host, cause: &Cause, detail: CrashedDetail) {
        let action = self.current().config.domain().on_crash.unwrap_or(CrashAction::Destroy);
        if matches!(action, CrashAction::CoredumpDestroy | CrashAction::CoredumpRestart) {
            let path = format!("/var/lib/omnivirt/dump/{}-{}", self.name, host.clock.now());
            host.files.write(&path, SimulatedFile::Dump);
        }
        self.stand(host, DomainState::Crashed, DomainStateReason::CrashedPanicked);
        self.emit(host, cause, LifecycleChange::Crashed(detail));
        match action {
            CrashAction::Restart | CrashAction::RenameRestart | CrashAction::CoredumpRestart => {
                self.restart(host, cause)
            }
            CrashAction::Preserve => {}
            _ => self.end(host, cause, DomainStateReason::ShutoffCrashed, StoppedDetail::Crashed),
        }
    }

    /// The guest starts anew within the same run.
    pub(crate) fn restart(&mut self, host: &Host, cause: &Cause) {
        if self.state != DomainState::Paused {
            self.go(host, DomainStateReason::RunningBooted);
        }
        self.emit_body(host, cause, Reboot::new());
        self.guest_starts_anew(host, self.state == DomainState::Running);
    }

    /// Emits a change of the domain's life.
    pub(crate) fn emit(&self, host: &Host, cause: &Cause, change: LifecycleChange) {
        self.emit_body(host, cause, Lifecycle::new(change));
    }

    /// Emits any event of the domain.
    pub(crate) fn emit_body(&self, host: &Host, cause: &Cause, body: impl Into<EventBody>) {
        host.emit_for(cause, self.reference(), body);
    }

    /// The virtual CPUs run from now.
    pub(crate) fn go(&mut self, host: &Host, reason: DomainStateReason) {
        let now = host.clock.now();
        if let Some(run) = &mut self.run {
            run.running_since.get_or_insert(now);
        }
        self.state = DomainState::Running;
        self.reason = reason;
    }

    /// The virtual CPUs stand still from now.
    pub(crate) fn stand(&mut self, host: &Host, state: DomainState, reason: DomainStateReason) {
        let now = host.clock.now();
        if let Some(run) = &mut self.run {
            run.cpu_time_ns = run.cpu_time_ns(now);
            run.running_since = None;
        }
        self.state = state;
        self.reason = reason;
    }
}

/// What a run adds to its configuration: its number, and a name for each device.
pub(super) fn live(
    config: &DomainConfig,
    id: u32,
) -> Result<DomainConfig, omnivirt_core::document::DocumentError> {
    let mut aliases = Aliases::of(config);
    config.annotated(|edit| {
        edit.set_attribute(config.root(), "id", &id.to_string());
        for device in config.devices().filter(|device| device.alias().is_none()) {
            let alias = NewElement::new("alias").attribute("name", aliases.name(device));
            edit.insert(device.element(), Place::Last, &alias);
        }
    })
}
