//! Why a domain is in its state.

/// Why a domain is in its state.
///
/// The number is that of the `DomainState` times 256, plus libvirt's number of the reason within that state.
enum DomainStateReason {
    /// No state, for no known reason.
    #[default]
    NoState = 0x000,
    /// Runs; why is not known.
    RunningUnknown = 0x100,
    /// Runs since it was started.
    RunningBooted = 0x101,
    /// Runs since it came from another host.
    RunningMigrated = 0x102,
    /// Runs since it was restored from a file.
    RunningRestored = 0x103,
    /// Runs since it was reverted to a snapshot.
    RunningFromSnapshot = 0x104,
    /// Runs again after a pause.
    RunningUnpaused = 0x105,
    /// Runs on after its migration was given up.
    RunningMigrationCanceled = 0x106,
    /// Runs on after saving it failed.
    RunningSaveCanceled = 0x107,
    /// Runs again after sleep.
    RunningWakeup = 0x108,
    /// Runs again after it had crashed.
    RunningCrashed = 0x109,
    /// Runs here while its memory still comes from the other host.
    RunningPostcopy = 0x10a,
    /// Runs, though fetching its memory from the other host failed.
    RunningPostcopyFailed = 0x10b,
    /// Waits; why is not known.
    BlockedUnknown = 0x200,
    /// Paused; why is not known.
    PausedUnknown = 0x300,
    /// Paused on request.
    PausedUser = 0x301,
    /// Paused for a migration that does not keep it running.
    PausedMigration = 0x302,
    /// Paused while it is saved.
    PausedSave = 0x303,
    /// Paused while its memory is dumped.
    PausedDump = 0x304,
    /// Paused because a disk failed.
    PausedIoError = 0x305,
    /// Paused by its watchdog.
    PausedWatchdog = 0x306,
    /// Paused since it was reverted to a snapshot of a paused domain.
    PausedFromSnapshot = 0x307,
    /// Paused on the way to being shut off.
    PausedShuttingDown = 0x308,
    /// Paused while a snapshot is taken.
    PausedSnapshot = 0x309,
    /// Paused since the guest crashed.
    PausedCrashed = 0x30a,
    /// Paused until its start is complete.
    PausedStartingUp = 0x30b,
    /// Paused here: it runs on the other host, which fetches its memory.
    PausedPostcopy = 0x30c,
    /// Paused because fetching its memory from the other host failed.
    PausedPostcopyFailed = 0x30d,
    /// Paused because a call failed half-way.
    PausedApiError = 0x30e,
    /// Being shut down; why is not known.
    ShutdownUnknown = 0x400,
    /// Being shut down on request.
    ShutdownUser = 0x401,
    /// Off; why is not known.
    ShutoffUnknown = 0x500,
    /// Off after the guest shut down.
    ShutoffShutdown = 0x501,
    /// Off because it was destroyed.
    ShutoffDestroyed = 0x502,
    /// Off after a crash.
    ShutoffCrashed = 0x503,
    /// Off because it went to another host.
    ShutoffMigrated = 0x504,
    /// Off because it was saved.
    ShutoffSaved = 0x505,
    /// Off because starting it failed.
    ShutoffFailed = 0x506,
    /// Off since it was reverted to a snapshot of a domain that was off.
    ShutoffFromSnapshot = 0x507,
    /// Off because the daemon that ran it found no way to keep it.
    ShutoffDaemon = 0x508,
    /// Crashed; why is not known.
    CrashedUnknown = 0x600,
    /// Crashed: the guest's kernel panicked.
    CrashedPanicked = 0x601,
    /// Asleep; why is not known.
    PmSuspendedUnknown = 0x700,
}
