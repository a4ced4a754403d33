//! QEMU's processes: started in a session of their own, watched by a descriptor, found again by number and start time.

mod bounds;
mod cgroup;
mod child;
mod log;
mod reaper;
mod usage;
mod user;

pub(crate) use bounds::Bounds;
pub(crate) use cgroup::{Controller, Group, Limit, Setting};
pub(crate) use child::{Launch, spawn};
pub(crate) use log::{GuestLog, ended_early};
pub(crate) use user::Credentials;

use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What tells a process from every other of this host, over restarts of ours and reuse of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessIdentity {
    pub(crate) pid: i32,
    /// When it started, in ticks since the host booted.
    pub(crate) started_ticks: u64,
    /// Which run of the host that was.
    pub(crate) boot: String,
}

impl ProcessIdentity {
    /// That of a process that exists.
    ///
    /// # Errors
    ///
    /// `System` if there is no such process.
    fn of(pid: i32) -> Result<Self> {
        Ok(Self { pid, started_ticks: Times::of(pid)?.started_ticks, boot: boot_id()? })
    }
}

/// A QEMU process that is there, or was until lately.
#[derive(Debug)]
pub(crate) struct Process {
    identity: ProcessIdentity,
    descriptor: AsyncFd<OwnedFd>,
}

impl Process {
    /// That of a number which is no other process's meanwhile, as that of a child or of one that was just looked at.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn of(pid: i32) -> Result<Self> {
        let descriptor = open(pid)?;
        Ok(Self { identity: ProcessIdentity::of(pid)?, descriptor })
    }

    /// The process of that identity; none if it has ended.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn find(identity: &ProcessIdentity) -> Result<Option<Self>> {
        if identity.boot != boot_id()? {
            return Ok(None);
        }
        // Opened first: what is asked afterwards is then asked of this very process, or of none.
        let Ok(descriptor) = open(identity.pid) else { return Ok(None) };
        match ProcessIdentity::of(identity.pid) {
            Ok(now) if now == *identity => Ok(Some(Self { identity: now, descriptor })),
            _ => Ok(None),
        }
    }

    pub(crate) fn identity(&self) -> &ProcessIdentity {
        &self.identity
    }

    /// Sends a signal. A process that has ended already needs none.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        match rustix::process::pidfd_send_signal(self.descriptor.get_ref(), signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => {
                let message = format!("cannot send a signal to the QEMU process {}", self.identity.pid);
                Err(Error::new(ErrorKind::System, message).with_source(std::io::Error::from(error)))
            }
        }
    }

    /// Whether a signal has stopped it, so that it does nothing until another lets it go on.
    pub(crate) fn is_stopped(&self) -> bool {
        Times::of(self.identity.pid).is_ok_and(|times| times.is_stopped)
    }

    /// What somebody waits for who waits for its end.
    pub(crate) fn its_end(&self) -> String {
        format!("the end of the QEMU process {}", self.identity.pid)
    }

    /// Waits until it has ended. Returns how, as people say it, where it was a child of this process.
    pub(crate) async fn ended(&self) -> Option<String> {
        // A descriptor that cannot be waited for is that of nothing.
        let _ = self.descriptor.ready(Interest::READABLE).await;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        let fd = rustix::fd::AsFd::as_fd(self.descriptor.get_ref());
        let status = rustix::process::waitid(WaitId::PidFd(fd), options).ok()??;
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Some(format!("it ended with status {code}")),
            (_, Some(signal)) => Some(format!("signal {signal} ended it")),
            _ => None,
        }
    }

    /// The CPU time that it has used, in nanoseconds; none once it has ended.
    pub(crate) fn cpu_time_ns(&self) -> Option<u64> {
        let ticks = Times::of(self.identity.pid).ok()?.cpu_ticks;
        Some(ticks.saturating_mul(1_000_000_000 / rustix::param::clock_ticks_per_second().max(1)))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        match self.descriptor.get_ref().try_clone() {
            Ok(descriptor) => reaper::leave(descriptor),
            Err(error) => tracing::warn!(%error, "a QEMU may stay a zombie when it ends"),
        }
    }
}

fn open(pid: i32) -> Result<AsyncFd<OwnedFd>> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::System, format!("cannot watch the process {pid}: {error}")).with_source(error)
    };
    let number = Pid::from_raw(pid).ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    let descriptor =
        rustix::process::pidfd_open(number, PidfdFlags::NONBLOCK).map_err(|error| failed(error.into()))?;
    #[allow(deprecated, reason = "its successor is unsafe, and an OwnedFd gives what that asks for")]
    let watched = AsyncFd::with_interest(descriptor, Interest::READABLE);
    watched.map_err(failed)
}

/// The run of the host, by the kernel's name for it.
///
/// # Errors
///
/// `System`.
pub(crate) fn boot_id() -> Result<String> {
    let path = "/proc/sys/kernel/random/boot_id";
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::new(ErrorKind::System, format!("cannot read {path}: {error}")))?;
    Ok(text.trim().to_owned())
}

/// What the kernel keeps of a process and its times.
struct Times {
    is_stopped: bool,
    cpu_ticks: u64,
    started_ticks: u64,
}

impl Times {
    /// Reads `/proc/PID/stat`; its fields are described in proc(5).
    fn of(pid: i32) -> Result<Self> {
        let failed = |error: &str| {
            Error::new(ErrorKind::System, format!("cannot read the times of the process {pid}: {error}"))
        };
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_err(|error| failed(&error.to_string()))?;
        // The second field is the program's name in parentheses, with whatever is in it.
        let rest = text.rsplit_once(')').map(|(_, rest)| rest);
        let fields: Vec<&str> = rest.map(|rest| rest.split_whitespace().collect()).unwrap_or_default();
        // Counted from 1 in the manual, and the third is the first of these.
        let field = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<u64>().ok());
        match (field(14), field(15), field(22)) {
            (Some(user), Some(system), Some(started_ticks)) => {
                let is_stopped = fields.first().is_some_and(|state| *state == "T");
                Ok(Self { is_stopped, cpu_ticks: user.saturating_add(system), started_ticks })
            }
            _ => Err(failed("it has another form than expected")),
        }
    }
}
