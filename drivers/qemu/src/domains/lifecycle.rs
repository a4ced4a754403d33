//! The life of a domain.

use super::agent;
use super::monitor::end_process;
use super::queue::in_turn;
use super::record;
use super::run::{Asked, Ending};
use super::state::{DomainEntry, Managed, not_running};
use crate::connection::QemuDriver;
use crate::host::Host;
use crate::qmp::Monitor;
use omnivirt_core::call::{in_call, waiting_for};
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::power::{PowerManagement, SleepState};
use omnivirt_core::event::{Cause, ResumedDetail, SuspendedDetail};
use omnivirt_core::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

#[driver_ops]
impl DomainLifecycleOps for QemuDriver {
    async fn start(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (host, cause, options) = (self.host.clone(), cx.cause(), options.clone());
        let auto_destroy = options.auto_destroy.then_some(self.number);
        in_turn(&entry.clone(), async move {
            super::save::start_or_restore(&host, &entry, cause, &options, auto_destroy).await
        })
        .await
    }

    async fn shutdown(&self, cx: &CallCx, domain: &DomainRef, options: &ShutdownOptions) -> Result<()> {
        refuse_container_ways(options.initctl, options.signal, options.paravirt)?;
        let entry = self.host.domain(domain)?;
        if options.guest_agent {
            let asked = turn_off(&entry, "powerdown", |asked| asked.shutdown = Some(cx.cause())).await;
            // Where both ways are named, the other one is for a guest whose agent does not answer.
            match asked {
                Err(error) if options.acpi_power_button && error.kind() == ErrorKind::AgentUnresponsive => {}
                asked => return asked,
            }
        }
        power_button(&entry, |asked, cause| asked.shutdown = Some(cause), cx.cause()).await
    }

    async fn reboot(&self, cx: &CallCx, domain: &DomainRef, options: &RebootOptions) -> Result<()> {
        refuse_container_ways(options.initctl, options.signal, options.paravirt)?;
        let entry = self.host.domain(domain)?;
        if options.guest_agent {
            let asked = turn_off(&entry, "reboot", |asked| asked.reset = Some(cx.cause())).await;
            match asked {
                Err(error) if options.acpi_power_button && error.kind() == ErrorKind::AgentUnresponsive => {}
                asked => return asked,
            }
        }
        power_button(&entry, |asked, cause| asked.reboot = Some(cause), cx.cause()).await
    }

    async fn reset(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let cause = cx.cause();
        in_turn(&entry.clone(), async move {
            let (monitor, was_reset) = {
                let mut domain = entry.lock()?;
                let run = domain.run()?;
                run.asked.reset = Some(cause);
                // A permit that an earlier reset has left is not this one's.
                run.was_reset = Arc::default();
                (run.monitor()?, run.was_reset.clone())
            };
            monitor.execute("system_reset", json!({})).await?;
            // QEMU answers before it has done it. If it does not tell of it, it has been asked all the same.
            let _ = tokio::time::timeout(RESET_PATIENCE, was_reset.notified()).await;
            Ok(())
        })
        .await
    }

    async fn suspend(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let cause = cx.cause();
        in_turn(&entry.clone(), async move {
            let monitor = {
                let mut domain = entry.lock()?;
                domain.check_guest_runs()?;
                let run = domain.run()?;
                run.asked.pause = Some((cause, DomainStateReason::PausedUser, SuspendedDetail::Paused));
                run.monitor()?
            };
            let done = monitor.execute("stop", json!({})).await;
            forget(&entry, |asked| asked.pause = None);
            done.map(drop)
        })
        .await
    }

    async fn resume(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let cause = cx.cause();
        in_turn(&entry.clone(), async move {
            let monitor = {
                let mut domain = entry.lock()?;
                domain.check_paused()?;
                let run = domain.run()?;
                run.asked.resume = Some((cause, DomainStateReason::RunningUnpaused, ResumedDetail::Unpaused));
                run.monitor()?
            };
            let done = monitor.execute("cont", json!({})).await;
            forget(&entry, |asked| asked.resume = None);
            done.map(drop)
        })
        .await
    }

    async fn destroy(&self, cx: &CallCx, domain: &DomainRef, options: &DestroyOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (run, name) = entry.lock()?.is_to_be_destroyed(&cx.cause())?;
        // Begun, it goes on: the signal is sent, whether or not anybody waits for the end.
        let graceful = options.graceful;
        let work = tokio::spawn(in_call(async move {
            if graceful { end_gracefully(&entry, run).await } else { end_process(&entry, run).await }
        }));
        work.await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "destroying the domain broke off").with_source(error))
        })?;
        if options.remove_logs {
            let log = self.host.paths.log(&name);
            crate::blocking(move || crate::host::remove_if_there(&log)).await?;
        }
        Ok(())
    }

    async fn pm_suspend(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        target: SuspendTarget,
        options: &PmSuspendOptions,
    ) -> Result<()> {
        if let Some(seconds) = options.wake_after_seconds {
            let message = format!("no guest can be told to wake up by itself after {seconds} s");
            return Err(
                Error::new(ErrorKind::ArgumentUnsupported, message).with_hint("wake it up with pm_wakeup")
            );
        }
        let entry = self.host.domain(domain)?;
        let management = entry.lock()?.run()?.configuration.config.domain().power_management;
        let command = sleep_command(target, management.as_ref())?;
        agent::tell(&entry, command, json!({}), |asked| asked.sleep = Some(cx.cause())).await
    }

    async fn pm_wakeup(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let cause = cx.cause();
        in_turn(&entry.clone(), async move {
            let monitor = {
                let mut domain = entry.lock()?;
                domain.run()?;
                if domain.state != DomainState::PmSuspended {
                    return Err(Error::new(ErrorKind::InvalidState, "the guest does not sleep"));
                }
                let run = domain.run()?;
                run.asked.wakeup = Some(cause);
                run.monitor()?
            };
            monitor.execute("system_wakeup", json!({})).await.map(drop)
        })
        .await
    }

    async fn state(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStateInfo> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(DomainStateInfo::default().state(domain.state).reason(domain.reason))
    }

    async fn info(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainInfo> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let sizes = domain.current()?.sizes;
        let cpu_time = domain.run.as_ref().and_then(|run| run.process.cpu_time_ns());
        Ok(DomainInfo::default()
            .state(domain.state)
            .max_memory_kib(sizes.max_memory_kib)
            .memory_kib(sizes.memory_kib)
            .vcpus(sizes.vcpus)
            .cpu_time_ns(cpu_time.unwrap_or(0)))
    }

    async fn status(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStatus> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(DomainStatus::default()
            .active(domain.is_active())
            .persistent(domain.is_persistent())
            .updated(domain.run.as_ref().is_some_and(|run| run.updated)))
    }

    async fn control_info(&self, _: &CallCx, domain: &DomainRef) -> Result<ControlInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let has_job = domain.jobs.slot.current().is_some();
        let run = domain.run()?;
        if run.monitor.is_none() {
            return Ok(ControlInfo::default().state(ControlState::Error).error(ControlErrorReason::Monitor));
        }
        Ok(ControlInfo::default().state(if has_job { ControlState::Job } else { ControlState::Ok }))
    }
}

/// Has the guest's agent turn it off, or start it anew.
async fn turn_off(entry: &Arc<DomainEntry>, mode: &str, mark: impl FnOnce(&mut Asked)) -> Result<()> {
    agent::tell(entry, "guest-shutdown", json!({"mode": mode}), mark).await
}

/// What the agent is told so that the guest sleeps in a way that its machine has.
fn sleep_command(target: SuspendTarget, has: Option<&PowerManagement>) -> Result<&'static str> {
    let may = |state: Option<&SleepState>| state.and_then(|state| state.enabled) != Some(YesNo::No);
    let (memory, disk) = (
        has.and_then(|has| has.suspend_to_memory.as_ref()),
        has.and_then(|has| has.suspend_to_disk.as_ref()),
    );
    let (command, needs) = match target {
        SuspendTarget::Disk => ("guest-suspend-disk", [None, Some(("disk", disk))]),
        SuspendTarget::Hybrid => ("guest-suspend-hybrid", [Some(("mem", memory)), Some(("disk", disk))]),
        _ => ("guest-suspend-ram", [Some(("mem", memory)), None]),
    };
    match needs.into_iter().flatten().find(|(_, state)| !may(*state)) {
        Some((name, _)) => {
            let message = format!("the domain's document forbids it: <suspend-to-{name} enabled='no'/>");
            Err(Error::new(ErrorKind::InvalidState, message))
        }
        None => Ok(command),
    }
}

impl Managed {
    /// Refuses what a guest has to do when its virtual CPUs stand still.
    ///
    /// # Errors
    ///
    /// `InvalidState`.
    pub(crate) fn check_guest_runs(&self) -> Result<()> {
        let refuse = |message: &str, hint| Err(Error::new(ErrorKind::InvalidState, message).with_hint(hint));
        match self.state {
            _ if !self.is_active() => Err(not_running()),
            DomainState::Paused => refuse("the domain is paused", "resume it first"),
            DomainState::PmSuspended => refuse("the guest sleeps", "wake it up first"),
            DomainState::Crashed => refuse("the guest has crashed", "reset or destroy the domain"),
            _ => Ok(()),
        }
    }

    fn check_paused(&mut self) -> Result<()> {
        self.run()?;
        match self.state {
            DomainState::Paused => Ok(()),
            DomainState::PmSuspended => {
                Err(Error::new(ErrorKind::InvalidState, "the guest sleeps").with_hint("wake it up"))
            }
            state => Err(Error::new(ErrorKind::InvalidState, format!("the domain is {state}, not paused"))),
        }
    }

    /// What its end means from now on. Returns the number of the run, and its name.
    fn is_to_be_destroyed(&mut self, cause: &Cause) -> Result<(u32, Arc<str>)> {
        let name = self.name.clone();
        let run = self.run()?;
        run.ending = Some(Ending::destroyed(cause.clone()));
        // Whoever finds the run next, if this process ends before it does, then knows why.
        record::note_state(&run.folder, DomainState::Shutdown, DomainStateReason::ShutdownUser);
        Ok((run.id, name))
    }
}

impl Host {
    /// Ends a connection, and the domains that were started to live as long as it.
    ///
    /// Returns what waits for their end, which comes without it.
    pub(crate) fn disconnect(self: &Arc<Self>, connection: u64) -> Vec<JoinHandle<()>> {
        let mut ends = Vec::new();
        if !self.connections.detach(connection) {
            return ends;
        }
        for entry in self.domains.active() {
            let run = {
                let Ok(mut domain) = entry.lock() else { continue };
                let bound = domain.run.as_ref().is_some_and(|run| run.auto_destroy == Some(connection));
                match bound.then(|| domain.is_to_be_destroyed(&Cause::host())) {
                    Some(Ok((run, _))) => run,
                    _ => continue,
                }
            };
            // Outside a runtime nothing can be waited for; the signal is what matters.
            let Ok(runtime) = tokio::runtime::Handle::try_current() else { continue };
            let host = self.clone();
            ends.push(runtime.spawn(async move {
                if let Err(error) = end_process(&entry, run).await {
                    tracing::warn!(run, %error, "a domain that was to end with its connection runs on");
                }
                drop(host);
            }));
        }
        ends
    }
}

/// How long a reset may take to be told.
const RESET_PATIENCE: Duration = Duration::from_secs(2);

/// Has the machine's power button pressed, which the guest may take its time to see.
async fn power_button(
    entry: &Arc<DomainEntry>,
    ask: impl FnOnce(&mut Asked, Cause),
    cause: Cause,
) -> Result<()> {
    let monitor: Monitor = {
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        let run = domain.run()?;
        ask(&mut run.asked, cause);
        run.monitor()?
    };
    monitor.execute("system_powerdown", Value::Object(Default::default())).await.map(drop)
}

/// Asks the process to end and to write out what it holds, and says so if it does not.
async fn end_gracefully(entry: &Arc<DomainEntry>, run: u32) -> Result<()> {
    let (process, ended) = {
        let mut domain = entry.lock()?;
        match domain.run.as_deref_mut().filter(|known| known.id == run) {
            Some(known) => (known.process.clone(), known.ended.clone()),
            None => return Ok(()),
        }
    };
    process.signal(rustix::process::Signal::TERM)?;
    let over = tokio::time::timeout(super::monitor::GRACE, ended.cancelled());
    if waiting_for(|| process.its_end(), over).await.is_ok() {
        return Ok(());
    }
    if let Ok(mut domain) = entry.lock() {
        let (state, reason) = (domain.state, domain.reason);
        if let Some(known) = domain.run.as_deref_mut().filter(|known| known.id == run) {
            known.ending = None;
            record::note_state(&known.folder, state, reason);
        }
    }
    let message =
        format!("QEMU has not ended within {} s of being asked to", super::monitor::GRACE.as_secs());
    Err(Error::new(ErrorKind::ResourceBusy, message).with_hint("destroy it without graceful"))
}

/// What was asked for is over, whether or not QEMU has told of it.
fn forget(entry: &Arc<DomainEntry>, what: impl FnOnce(&mut Asked)) {
    if let Ok(mut domain) = entry.lock()
        && let Some(run) = domain.run.as_deref_mut()
    {
        what(&mut run.asked);
    }
}

/// Refuses the ways of asking that only other hypervisors have.
fn refuse_container_ways(initctl: bool, signal: bool, paravirt: bool) -> Result<()> {
    let way = match (initctl, signal, paravirt) {
        (true, ..) => "an initctl pipe",
        (_, true, _) => "an init process to send a signal to",
        (_, _, true) => "a paravirtual interface for that",
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::ArgumentUnsupported, format!("a QEMU guest has no {way}"))
        .with_hint("ask with its power button or its agent"))
}
