//! A run's monitor: meeting it, hearing it, and what is done when it or the process ends.

use super::guest_devices::NOTED_AGAIN_AFTER;
use super::hear::FollowUp;
use super::record;
use super::run::Ending;
use super::state::{DomainEntry, Managed};
use crate::host::Host;
use crate::process::Process;
use crate::qmp::{Listener, Monitor, MonitorEvent};
use omnivirt_core::call::waiting_for;
use omnivirt_core::domain::CrashAction;
use omnivirt_core::event::{Cause, ControlError, LifecycleChange, StoppedDetail};
use omnivirt_core::*;
use rustix::process::Signal;
use serde_json::json;
use std::sync::{Arc, LazyLock, Weak};
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The name of the monitor's socket in the folder of a run.
pub(crate) const SOCKET: &str = "monitor.sock";
/// How long a process that was asked to end has for it.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// After how much of it there is a look at why it has not ended yet.
const FIRST_GRACE: Duration = Duration::from_millis(200);

/// Connects to the monitor of a run. Returns also what is set when it is closed.
///
/// # Errors
///
/// `HypervisorError`.
pub(crate) async fn connect(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    run: u32,
) -> Result<(Monitor, CancellationToken)> {
    let path = host.paths.run(run).join(SOCKET);
    let stream = UnixStream::connect(&path).await.map_err(|error| {
        let message = format!("cannot connect to QEMU's monitor at '{}': {error}", path.display());
        Error::new(ErrorKind::HypervisorError, message).with_source(error)
    })?;
    let closed = CancellationToken::new();
    let ear = Ear { host: Arc::downgrade(host), entry: Arc::downgrade(entry), run, closed: closed.clone() };
    let (monitor, _) = Monitor::negotiate(stream, ear).await?;
    Ok((monitor, closed))
}

/// Who listens to a run's monitor.
struct Ear {
    host: Weak<Host>,
    entry: Weak<DomainEntry>,
    run: u32,
    closed: CancellationToken,
}

impl Listener for Ear {
    fn event(&mut self, event: MonitorEvent) {
        let (Some(host), Some(entry)) = (self.host.upgrade(), self.entry.upgrade()) else { return };
        let follow_up = {
            let Ok(mut domain) = entry.lock() else { return };
            if domain.run.as_ref().is_none_or(|run| run.id != self.run) {
                return;
            }
            domain.hear(&host, &event)
        };
        if let Some(follow_up) = follow_up {
            tokio::spawn(follow(host, entry, self.run, follow_up));
        }
    }

    fn closed(&mut self, reason: &str) {
        self.closed.cancel();
        let (Some(host), Some(entry)) = (self.host.upgrade(), self.entry.upgrade()) else { return };
        tracing::debug!(run = self.run, reason, "a monitor is closed");
        tokio::spawn(reconnect(host, entry, self.run));
    }
}

/// Watches for the end of a run's process.
pub(crate) fn watch(host: &Arc<Host>, entry: &Arc<DomainEntry>, run: u32, process: Arc<Process>) {
    let closing = host.closing();
    let (host, entry) = (Arc::downgrade(host), Arc::downgrade(entry));
    tokio::spawn(async move {
        tokio::select! {
            () = closing.cancelled() => return,
            _ = process.ended() => {}
        }
        let (Some(host), Some(entry)) = (host.upgrade(), entry.upgrade()) else { return };
        let closed = match entry.lock() {
            Ok(domain) => domain.run.as_ref().filter(|known| known.id == run).map(|run| run.closed.clone()),
            Err(_) => return,
        };
        if let Some(closed) = closed {
            // What it has said before its end comes first.
            let _ = tokio::time::timeout(Duration::from_secs(1), closed.cancelled()).await;
        }
        let folder = host.paths.run(run);
        if let Ok(name) = entry.lock().map(|domain| domain.name.clone()) {
            host.set_free(run, &name, &folder).await;
        }
        if let Err(error) = crate::blocking(move || record::remove(&folder)).await {
            tracing::warn!(%error, "what is left of a run cannot be removed");
        }
        if let Ok(mut domain) = entry.lock() {
            domain.end(&host, run);
        }
    });
}

impl Managed {
    /// The run's process has ended.
    pub(crate) fn end(&mut self, host: &Host, run: u32) {
        if self.run.as_ref().is_none_or(|known| known.id != run) {
            return;
        }
        if self.state == DomainState::Crashed {
            self.ends_crashed(&Cause::guest());
        }
        let Some(run) = self.run.take() else { return };
        let never_began = run.asked.start.is_some();
        let ending = run.ending.clone().unwrap_or_else(|| Ending {
            cause: Cause::host(),
            reason: DomainStateReason::ShutoffCrashed,
            detail: StoppedDetail::Failed,
        });
        host.domains.release(run.id);
        self.state = DomainState::Shutoff;
        self.reason = if never_began { DomainStateReason::ShutoffFailed } else { ending.reason };
        if !never_began {
            self.emit(host, &ending.cause, LifecycleChange::Stopped(ending.detail));
        }
        run.ended.cancel();
        if !self.is_persistent() {
            self.leave(host);
        }
    }
}

/// A monitor that is closed while its QEMU lives is opened again; QEMU waits for that.
async fn reconnect(host: Arc<Host>, entry: Arc<DomainEntry>, run: u32) {
    let process = {
        let Ok(mut domain) = entry.lock() else { return };
        let Some(run) = domain.run.as_deref_mut().filter(|known| known.id == run) else { return };
        run.monitor = None;
        run.process.clone()
    };
    let (closing, weak) = (host.closing(), Arc::downgrade(&host));
    drop(host);
    let host = loop {
        tokio::select! {
            () = closing.cancelled() => return,
            // Most often it is the process that has ended.
            _ = process.ended() => return,
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
        let Some(host) = weak.upgrade() else { return };
        let Ok(domain) = entry.lock() else { return };
        let Some(known) = domain.run.as_ref().filter(|known| known.id == run) else { return };
        // One that is to end may take its time after it has closed its monitor.
        if known.ending.is_none() {
            domain.emit_body(&host, &Cause::hypervisor(), ControlError::new());
            break host.clone();
        }
    };
    drop(host);
    tokio::select! {
        () = closing.cancelled() => {}
        _ = process.ended() => {}
        () = attach(weak, entry, run) => {}
    }
}

/// Finds a run's monitor and learns from it what the domain is doing now. Takes as long as QEMU takes to answer.
pub(crate) async fn attach(host: Weak<Host>, entry: Arc<DomainEntry>, run: u32) {
    loop {
        let Some(strong) = host.upgrade() else { return };
        let error = match connect(&strong, &entry, run).await {
            Ok((monitor, closed)) => match learn(&strong, &entry, run, monitor, closed).await {
                Ok(()) => return,
                Err(error) => error,
            },
            Err(error) => error,
        };
        tracing::warn!(run, %error, "a QEMU cannot be reached; it is tried again");
        drop(strong);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Asks QEMU what it is doing, and takes it for what it would have told meanwhile.
async fn learn(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    run: u32,
    monitor: Monitor,
    closed: CancellationToken,
) -> Result<()> {
    loop {
        let (heard, config, devices) = {
            let Ok(mut domain) = entry.lock() else { return Ok(()) };
            let Some(known) = domain.run.as_deref_mut().filter(|known| known.id == run) else {
                return Ok(());
            };
            known.closed = closed.clone();
            (known.heard, known.configuration.config.clone(), known.devices.clone())
        };
        if let Err(error) = super::balloon::learn(entry, &monitor).await {
            tracing::warn!(run, %error, "a QEMU does not say how much memory its guest has");
        }
        if super::macs::may_change(&config)
            && let Err(error) = super::macs::learn(host, entry, run, &monitor).await
        {
            tracing::warn!(run, %error, "a QEMU does not say which MAC addresses its guest has");
        }
        let devices = match devices.ask(&monitor, &config).await {
            Ok(now) => devices.events_until(&now),
            Err(error) => {
                tracing::warn!(run, %error, "a QEMU does not say what its guest has made of its devices");
                Vec::new()
            }
        };
        let answer = monitor.execute("query-status", json!({})).await?;
        let status = answer["status"].as_str().unwrap_or_default();
        let mut domain = entry.lock()?;
        let Some(known) = domain.run.as_deref_mut().filter(|known| known.id == run) else { return Ok(()) };
        if known.heard != heard {
            // What has happened since the answer is told already, and the answer is old.
            continue;
        }
        known.monitor = Some(monitor);
        if known.asked.start.is_some() && status != "running" {
            tracing::warn!(run, status, "a QEMU whose start was broken off is ended");
            return known.process.signal(Signal::KILL);
        }
        let mut follow_ups: Vec<FollowUp> =
            devices.iter().filter_map(|event| domain.hear(host, event)).collect();
        follow_ups.extend(domain.is_found(host, status));
        drop(domain);
        for follow_up in follow_ups {
            tokio::spawn(follow(host.clone(), entry.clone(), run, follow_up));
        }
        return Ok(());
    }
}

/// What QEMU would have told on the way to a status.
fn events_of(status: &str) -> Vec<MonitorEvent> {
    let event =
        |name: &str, data: serde_json::Value| MonitorEvent { name: name.to_owned(), time: (0, 0), data };
    let stop = || event("STOP", serde_json::Value::Null);
    match status {
        "running" => vec![event("RESUME", serde_json::Value::Null)],
        "shutdown" => vec![event("SHUTDOWN", json!({"guest": true, "reason": "guest-shutdown"}))],
        "guest-panicked" => vec![event("GUEST_PANICKED", json!({"action": "pause"}))],
        "watchdog" => vec![event("WATCHDOG", json!({"action": "pause"})), stop()],
        "io-error" => vec![event("BLOCK_IO_ERROR", json!({"action": "stop"})), stop()],
        "suspended" => vec![event("SUSPEND", serde_json::Value::Null)],
        _ => vec![stop()],
    }
}

impl Managed {
    /// The domain is doing this now, as far as QEMU says.
    fn is_found(&mut self, host: &Host, status: &str) -> Vec<FollowUp> {
        match (self.state, status) {
            // Nobody knows what it was doing before: this is no news.
            (DomainState::NoState, "running") => {
                self.set(DomainState::Running, DomainStateReason::RunningUnknown);
                return Vec::new();
            }
            (DomainState::NoState, _) => self.set(DomainState::Paused, DomainStateReason::PausedUnknown),
            // It was told, but what comes of it was not done.
            (DomainState::Crashed, "guest-panicked") => {
                return self.after_crash(&Cause::guest()).into_iter().collect();
            }
            _ => {}
        }
        let mut follow_ups = Vec::new();
        for event in events_of(status) {
            if self.is_news(&event) {
                follow_ups.extend(self.hear(host, &event));
            }
        }
        follow_ups
    }

    /// Whether an event that stands for a status says something that is not known yet.
    fn is_news(&self, event: &MonitorEvent) -> bool {
        match event.name.as_str() {
            "RESUME" => self.state != DomainState::Running,
            "GUEST_PANICKED" => self.state != DomainState::Crashed,
            "SUSPEND" => self.state != DomainState::PmSuspended,
            "SHUTDOWN" => {
                self.state != DomainState::Shutdown && self.reason != DomainStateReason::PausedShuttingDown
            }
            _ => !matches!(self.state, DomainState::Paused | DomainState::Crashed | DomainState::Shutdown),
        }
    }
}

/// Does what an event asks for.
async fn follow(host: Arc<Host>, entry: Arc<DomainEntry>, run: u32, follow_up: FollowUp) {
    let done = match &follow_up {
        FollowUp::Restart(cause) => restart(&entry, run, cause).await,
        FollowUp::End => end_process(&entry, run).await,
        FollowUp::Dump(action, cause) => dump_and(&host, &entry, run, *action, cause).await,
        FollowUp::AskMacs => ask_macs(&host, &entry, run).await,
        FollowUp::NoteDevices => note_devices(&entry, run).await,
    };
    if let Err(error) = done {
        tracing::warn!(run, %error, ?follow_up, "what is to follow an event could not be done");
    }
}

async fn note_devices(entry: &Arc<DomainEntry>, run: u32) -> Result<()> {
    tokio::time::sleep(NOTED_AGAIN_AFTER).await;
    if let Some(known) = entry.lock()?.run.as_deref_mut().filter(|known| known.id == run) {
        known.note_devices();
    }
    Ok(())
}

async fn ask_macs(host: &Arc<Host>, entry: &Arc<DomainEntry>, run: u32) -> Result<()> {
    let monitor = {
        let domain = entry.lock()?;
        let Some(known) = domain.run.as_deref().filter(|known| known.id == run) else { return Ok(()) };
        known.monitor()?
    };
    super::macs::learn(host, entry, run, &monitor).await
}

/// The guest starts anew in the same process.
async fn restart(entry: &Arc<DomainEntry>, run: u32, cause: &Cause) -> Result<()> {
    let monitor = {
        let mut domain = entry.lock()?;
        let known = domain.run()?;
        if known.id != run {
            return Ok(());
        }
        known.asked.reset = Some(cause.clone());
        known.monitor()?
    };
    monitor.execute("system_reset", json!({})).await?;
    monitor.execute("cont", json!({})).await?;
    let mut domain = entry.lock()?;
    domain.set(DomainState::Running, DomainStateReason::RunningBooted);
    Ok(())
}

/// How many processes of QEMU's are made to end at once: the kernel has work with each, and other guests want its CPUs too.
static ENDING: LazyLock<Semaphore> = LazyLock::new(|| {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    Semaphore::new((cpus / 2).max(1))
});
/// For how long one that does not end keeps others from being made to.
const PACE: Duration = Duration::from_millis(20);

/// Asks the process to end, and ends it if it does not.
///
/// # Errors
///
/// `System`.
pub(crate) async fn end_process(entry: &Arc<DomainEntry>, run: u32) -> Result<()> {
    let (process, ended) = {
        let mut domain = entry.lock()?;
        match domain.run.as_deref_mut().filter(|known| known.id == run) {
            Some(known) => (known.process.clone(), known.ended.clone()),
            None => return Ok(()),
        }
    };
    let over = async {
        let in_time = async |grace| tokio::time::timeout(grace, ended.cancelled()).await.is_ok();
        let turn = ENDING.acquire().await;
        let begun = Instant::now();
        process.signal(Signal::TERM)?;
        if in_time(PACE).await {
            // As long again belongs to the others.
            tokio::spawn(async move {
                tokio::time::sleep(begun.elapsed()).await;
                drop(turn);
            });
            return Ok(());
        }
        drop(turn);
        // One that is stopped cannot end by itself.
        if !in_time(FIRST_GRACE).await && (process.is_stopped() || !in_time(GRACE).await) {
            process.signal(Signal::KILL)?;
            ended.cancelled().await;
        }
        Ok(())
    };
    waiting_for(|| process.its_end(), over).await
}

async fn dump_and(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    run: u32,
    action: CrashAction,
    cause: &Cause,
) -> Result<()> {
    let path = host.paths.dump(&entry.lock()?.name, Timestamp::now());
    let dumped = super::dump::dump_crashed(entry, &path).await;
    if action == CrashAction::CoredumpRestart {
        restart(entry, run, cause).await?;
    } else {
        entry.lock()?.ends_crashed(cause);
        end_process(entry, run).await?;
    }
    dumped
}
