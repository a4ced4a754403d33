//! A run of a domain: its process, its monitor, and who has asked for what.

use super::balloon::Balloon;
use super::guest_devices::{GuestDevices, Noting};
use super::samples::Samples;
use super::state::Configuration;
use super::threads::Threads;
use crate::agent::Agent;
use crate::process::{GuestLog, Process};
use crate::qmp::Monitor;
use omnivirt_core::event::{Cause, ResumedDetail, StartedDetail, StoppedDetail, SuspendedDetail};
use omnivirt_core::{DomainStateReason, Error, ErrorKind, Result};
use omnivirt_host::Sessions;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A run of a domain.
#[derive(Debug)]
pub(crate) struct Run {
    /// The number, which no other run of the host has.
    pub(crate) id: u32,
    pub(crate) configuration: Configuration,
    pub(crate) process: Arc<Process>,
    /// None while QEMU cannot be reached.
    pub(crate) monitor: Option<Monitor>,
    /// Where its sockets are, and what is written down of it.
    pub(crate) folder: PathBuf,
    /// Reads what QEMU says, as long as this is here.
    pub(crate) _log: GuestLog,
    /// The connection whose end ends the run too.
    pub(crate) auto_destroy: Option<u64>,
    /// Whether the definition was changed since the start.
    pub(crate) updated: bool,
    /// What clients have asked QEMU for, and QEMU has not told of yet.
    pub(crate) asked: Asked,
    /// Why the virtual CPUs stand still next, when QEMU has told why before it says so.
    pub(crate) about_to_stand: Option<(DomainStateReason, SuspendedDetail, Cause)>,
    /// Whether the guest has powered off, and QEMU waits for what comes next.
    pub(crate) is_shut_down: bool,
    /// What the end of the process means, where that is known before it comes.
    pub(crate) ending: Option<Ending>,
    /// Set when the run is over and all is told of it.
    pub(crate) ended: CancellationToken,
    /// Which ways in are open.
    pub(crate) sessions: Sessions,
    /// The guest's agent, once somebody has asked for it.
    pub(crate) agent: Option<Agent>,
    /// How many pictures were taken of its screen: the number of the last one.
    pub(crate) pictures: u64,
    /// Set when the monitor is closed: nothing more is told through it.
    pub(crate) closed: CancellationToken,
    /// How many events QEMU has told.
    pub(crate) heard: u64,
    /// Woken when the machine was reset.
    pub(crate) was_reset: Arc<Notify>,
    pub(crate) devices: GuestDevices,
    pub(crate) noting: Noting,
    pub(crate) known: Known,
}

/// What need not be asked for again while the run lasts.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) threads: Option<Arc<Threads>>,
    pub(crate) balloon: Option<Option<Balloon>>,
    /// Whether it was ever measured how fast the guest changes its memory.
    pub(crate) has_dirty_rate: Option<bool>,
    pub(crate) samples: Arc<Samples>,
}

impl Run {
    /// The monitor.
    ///
    /// # Errors
    ///
    /// `HypervisorError` while QEMU cannot be reached.
    pub(crate) fn monitor(&self) -> Result<Monitor> {
        self.monitor.clone().ok_or_else(|| {
            Error::new(ErrorKind::HypervisorError, "QEMU's monitor cannot be reached")
                .with_hint("the process may hang; destroy the domain if it does not come back")
        })
    }
}

/// What clients have asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The virtual CPUs are to run for the first time.
    pub(crate) start: Option<(Cause, StartedDetail, DomainStateReason)>,
    pub(crate) pause: Option<(Cause, DomainStateReason, SuspendedDetail)>,
    pub(crate) resume: Option<(Cause, DomainStateReason, ResumedDetail)>,
    pub(crate) reset: Option<Cause>,
    /// The guest was asked to power off.
    pub(crate) shutdown: Option<Cause>,
    /// The guest was asked to power off so that it starts anew.
    pub(crate) reboot: Option<Cause>,
    pub(crate) sleep: Option<Cause>,
    pub(crate) wakeup: Option<Cause>,
    /// Who has asked for another amount of memory, in KiB, that the guest does not have yet.
    pub(crate) balloon: Option<(Cause, u64)>,
    /// Something is being asked of QEMU in its own words, and what comes of it is not known.
    pub(crate) passthrough: Option<Cause>,
}

/// What the end of a process means.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) cause: Cause,
    pub(crate) reason: DomainStateReason,
    pub(crate) detail: StoppedDetail,
}
