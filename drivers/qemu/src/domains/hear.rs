//! What QEMU tells: how a domain's state follows, and what is emitted. Each event is dealt with when QEMU's monitor is read,
//! before the answer of a command that comes behind it.

use super::guest_devices::Moved;
use super::run::Ending;
use super::state::Managed;
use super::translate;
use crate::host::Host;
use crate::qmp::MonitorEvent;
use omnivirt_core::domain::{CrashAction, LifecycleAction};
use omnivirt_core::event::{
    Cause, CrashedDetail, EventBody, EventKind, GuestChannelState, LifecycleChange, PmSuspend, PmSuspendDisk,
    PmSuspendedDetail, PmWakeup, Reboot, ResumedDetail, ShutdownDetail, StartedDetail, StoppedDetail,
    SuspendedDetail,
};
use omnivirt_core::{DomainState, DomainStateReason};
use omnivirt_host::KeptDomain as _;

/// What a balloon counts in.
const PAGE_KIB: u64 = 4;

/// What is to be done about an event, once the domain's lock is free again.
#[derive(Debug, Clone)]
pub(crate) enum FollowUp {
    /// The guest starts anew in the same process.
    Restart(Cause),
    /// The process is to end.
    End,
    /// The guest's memory is dumped first.
    Dump(CrashAction, Cause),
    /// What a network interface lets through has changed: QEMU is asked what.
    AskMacs,
    /// What the guest has made of its devices is written down in a moment.
    NoteDevices,
}

impl Managed {
    /// Deals with an event of the run's monitor.
    pub(crate) fn hear(&mut self, host: &Host, event: &MonitorEvent) -> Option<FollowUp> {
        self.run.as_deref_mut()?.heard += 1;
        let follow_up = match event.name.as_str() {
            "STOP" => {
                self.stands(host);
                None
            }
            "RESUME" => {
                self.runs_on(host);
                None
            }
            "SHUTDOWN" => self.has_shut_down(host, event),
            "RESET" => {
                self.was_reset(host, event);
                None
            }
            "SUSPEND" => {
                let cause = self.asked(|asked| asked.sleep.take()).unwrap_or_else(Cause::guest);
                self.set(DomainState::PmSuspended, DomainStateReason::PmSuspendedUnknown);
                self.emit_body(host, &cause, PmSuspend::new());
                self.emit(host, &cause, LifecycleChange::PmSuspended(PmSuspendedDetail::Memory));
                None
            }
            "SUSPEND_DISK" => {
                let cause = self.asked(|asked| asked.sleep.clone()).unwrap_or_else(Cause::guest);
                self.emit_body(host, &cause, PmSuspendDisk::new());
                self.emit(host, &cause, LifecycleChange::PmSuspended(PmSuspendedDetail::Disk));
                None
            }
            "WAKEUP" => {
                let cause = self.asked(|asked| asked.wakeup.take()).unwrap_or_else(Cause::guest);
                self.set(DomainState::Running, DomainStateReason::RunningWakeup);
                self.emit_body(host, &cause, PmWakeup::new());
                self.emit(host, &cause, LifecycleChange::Started(StartedDetail::Wakeup));
                None
            }
            "NIC_RX_FILTER_CHANGED" => Some(FollowUp::AskMacs),
            "GUEST_PANICKED" => self.has_crashed(host, CrashedDetail::Panicked),
            "GUEST_CRASHLOADED" => {
                self.emit(host, &Cause::guest(), LifecycleChange::Crashed(CrashedDetail::Crashloaded));
                None
            }
            _ => self.tell(host, event),
        };
        self.tell_as_it_is(host, event);
        follow_up
    }

    /// The virtual CPUs stand still.
    fn stands(&mut self, host: &Host) {
        let Some(run) = self.run.as_deref_mut() else { return };
        if run.is_shut_down || self.state == DomainState::Crashed {
            return;
        }
        let asked = run.asked.pause.take().map(|(cause, reason, detail)| (reason, detail, cause));
        let (reason, detail, cause) = asked.or_else(|| run.about_to_stand.take()).unwrap_or_else(|| {
            let cause = run.asked.passthrough.clone().unwrap_or_else(Cause::hypervisor);
            (DomainStateReason::PausedUnknown, SuspendedDetail::Paused, cause)
        });
        if run.asked.start.is_some() {
            return;
        }
        self.set(DomainState::Paused, reason);
        self.emit(host, &cause, LifecycleChange::Suspended(detail));
    }

    /// The virtual CPUs run.
    fn runs_on(&mut self, host: &Host) {
        let Some(run) = self.run.as_deref_mut() else { return };
        run.about_to_stand = None;
        // It stood still since it had shut down, and starts anew.
        run.is_shut_down = false;
        if let Some((cause, detail, reason)) = run.asked.start.take() {
            self.set(DomainState::Running, reason);
            self.tell_channels(host, &cause);
            self.emit(host, &cause, LifecycleChange::Started(detail));
            return;
        }
        let asked = run.asked.resume.take();
        if asked.is_none() && self.state == DomainState::Running {
            return;
        }
        let (cause, reason, detail) = asked.unwrap_or_else(|| {
            let cause = run.asked.passthrough.clone().unwrap_or_else(Cause::hypervisor);
            (cause, DomainStateReason::RunningUnpaused, ResumedDetail::Unpaused)
        });
        self.set(DomainState::Running, reason);
        self.emit(host, &cause, LifecycleChange::Resumed(detail));
    }

    fn has_shut_down(&mut self, host: &Host, event: &MonitorEvent) -> Option<FollowUp> {
        let told: translate::Shutdown = translate::read(event)?;
        let actions = self.actions();
        let run = self.run.as_deref_mut()?;
        // It is being destroyed: that is what it was.
        if run.ending.is_some() || run.is_shut_down {
            return None;
        }
        run.is_shut_down = true;
        let asked = run.asked.shutdown.take();
        let reboot = run.asked.reboot.take();
        let cause = match (told.guest, told.reason.as_str()) {
            (true, _) => asked
                .or_else(|| reboot.clone())
                .or_else(|| run.asked.sleep.take())
                .unwrap_or_else(Cause::guest),
            (false, "host-signal") => Cause::host(),
            (false, _) => run.asked.passthrough.clone().unwrap_or_else(Cause::hypervisor),
        };
        if !told.guest {
            // QEMU ends by itself.
            run.ending = Some(Ending::shut_down(cause.clone()));
            self.emit(host, &cause, LifecycleChange::Shutdown(ShutdownDetail::Host));
            return None;
        }
        if let Some(cause) = reboot {
            return Some(FollowUp::Restart(cause));
        }
        let action = if told.reason == "guest-reset" { actions.on_reboot } else { actions.on_poweroff };
        match action {
            LifecycleAction::Restart | LifecycleAction::RenameRestart => Some(FollowUp::Restart(cause)),
            LifecycleAction::Preserve => {
                self.emit(host, &cause, LifecycleChange::Shutdown(ShutdownDetail::Guest));
                self.set(DomainState::Paused, DomainStateReason::PausedShuttingDown);
                self.emit(host, &cause, LifecycleChange::Suspended(SuspendedDetail::GuestShutdown));
                None
            }
            _ => {
                run.ending = Some(Ending::shut_down(cause.clone()));
                self.set(DomainState::Shutdown, DomainStateReason::ShutdownUnknown);
                self.emit(host, &cause, LifecycleChange::Shutdown(ShutdownDetail::Guest));
                Some(FollowUp::End)
            }
        }
    }

    fn was_reset(&mut self, host: &Host, event: &MonitorEvent) {
        let Some(run) = self.run.as_deref_mut() else { return };
        let by_guest = translate::read::<translate::Reset>(event).is_some_and(|reset| reset.guest);
        let asked = run.asked.reset.take();
        // A guest that has started anew has nothing more to do with what it was asked before.
        (run.asked.shutdown, run.asked.reboot, run.asked.sleep) = (None, None, None);
        run.was_reset.notify_one();
        let cause = if by_guest {
            Cause::guest()
        } else {
            asked.or_else(|| run.asked.passthrough.clone()).unwrap_or_else(Cause::hypervisor)
        };
        if self.state == DomainState::Crashed {
            self.set(DomainState::Running, DomainStateReason::RunningCrashed);
        }
        self.emit_body(host, &cause, Reboot::new());
    }

    fn has_crashed(&mut self, host: &Host, detail: CrashedDetail) -> Option<FollowUp> {
        let cause = Cause::guest();
        self.set(DomainState::Crashed, DomainStateReason::CrashedPanicked);
        self.emit(host, &cause, LifecycleChange::Crashed(detail));
        self.after_crash(&cause)
    }

    /// What is to be done about a crash.
    pub(crate) fn after_crash(&mut self, cause: &Cause) -> Option<FollowUp> {
        match self.actions().on_crash {
            CrashAction::Preserve => None,
            CrashAction::Restart | CrashAction::RenameRestart => Some(FollowUp::Restart(cause.clone())),
            action @ (CrashAction::CoredumpDestroy | CrashAction::CoredumpRestart) => {
                Some(FollowUp::Dump(action, cause.clone()))
            }
            _ => {
                self.ends_crashed(cause);
                Some(FollowUp::End)
            }
        }
    }

    /// The end of the process is that of a guest that has crashed.
    pub(crate) fn ends_crashed(&mut self, cause: &Cause) {
        if let Some(run) = self.run.as_deref_mut() {
            run.ending.get_or_insert_with(|| Ending::crashed(cause.clone()));
        }
    }

    /// What changes no state, but is told.
    fn tell(&mut self, host: &Host, event: &MonitorEvent) -> Option<FollowUp> {
        let run = self.run.as_deref_mut()?;
        let told = translate::told(event, &run.configuration.config)?;
        let is_new = told.moved.as_ref().is_some_and(|moved| run.devices.take(moved));
        // A tray that moves is told as often as it does.
        if !is_new && matches!(told.moved, Some(Moved::Channel { .. })) {
            return None;
        }
        let is_noted_later = is_new && run.is_to_be_noted_later();
        if let EventBody::AgentLifecycle(agent) = &told.body
            && agent.state == GuestChannelState::Disconnected
            && let Some(agent) = run.agent.take()
        {
            agent.end();
        }
        if let Some((reason, detail)) = told.about_to_stand {
            run.about_to_stand = Some((reason, detail, told.cause.clone()));
        }
        let mut cause = told.cause;
        if let EventBody::BalloonChange(change) = &told.body {
            run.configuration.sizes.memory_kib = change.actual_kib;
            // The guest may take steps; all on the way are what was asked for.
            if let Some((asked, wanted)) = run.asked.balloon.take() {
                if change.actual_kib.abs_diff(wanted) >= PAGE_KIB {
                    run.asked.balloon = Some((asked.clone(), wanted));
                }
                cause = asked;
            }
        }
        self.emit_body(host, &cause, told.body);
        is_noted_later.then_some(FollowUp::NoteDevices)
    }

    /// Every event, in QEMU's own words, for who wants them.
    fn tell_as_it_is(&self, host: &Host, event: &MonitorEvent) {
        let object = self.reference();
        if !host.connections.hears(EventKind::MonitorEvent, &object.clone().into()) {
            return;
        }
        let details = (!event.data.is_null()).then(|| event.data.to_string());
        let (seconds, microseconds) = event.time;
        let body =
            omnivirt_core::event::MonitorEvent::new(event.name.clone(), seconds, microseconds, details);
        host.emit(&Cause::hypervisor(), object, body);
    }

    pub(crate) fn set(&mut self, state: DomainState, reason: DomainStateReason) {
        self.state = state;
        self.reason = reason;
        let noted = self.run.as_ref().filter(|run| {
            // That it is being destroyed is noted, and stays so.
            run.ending.as_ref().is_none_or(|ending| ending.reason != DomainStateReason::ShutoffDestroyed)
        });
        if let Some(run) = noted {
            super::record::note_state(&run.folder, state, reason);
        }
    }

    fn asked<T>(&mut self, what: impl FnOnce(&mut super::run::Asked) -> Option<T>) -> Option<T> {
        self.run.as_deref_mut().and_then(|run| what(&mut run.asked))
    }

    fn actions(&self) -> Actions {
        let domain = self.run.as_ref().map(|run| run.configuration.config.domain());
        Actions {
            on_poweroff: domain
                .as_ref()
                .and_then(|domain| domain.on_poweroff)
                .unwrap_or(LifecycleAction::Destroy),
            on_reboot: domain
                .as_ref()
                .and_then(|domain| domain.on_reboot)
                .unwrap_or(LifecycleAction::Restart),
            on_crash: domain.as_ref().and_then(|domain| domain.on_crash).unwrap_or(CrashAction::Destroy),
        }
    }
}

/// What the document says is done when the guest ends by itself.
struct Actions {
    on_poweroff: LifecycleAction,
    on_reboot: LifecycleAction,
    on_crash: CrashAction,
}

impl Ending {
    pub(crate) fn shut_down(cause: Cause) -> Self {
        Self { cause, reason: DomainStateReason::ShutoffShutdown, detail: StoppedDetail::Shutdown }
    }

    pub(crate) fn crashed(cause: Cause) -> Self {
        Self { cause, reason: DomainStateReason::ShutoffCrashed, detail: StoppedDetail::Crashed }
    }

    pub(crate) fn destroyed(cause: Cause) -> Self {
        Self { cause, reason: DomainStateReason::ShutoffDestroyed, detail: StoppedDetail::Destroyed }
    }
}
