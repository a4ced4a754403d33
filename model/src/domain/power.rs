//! What happens when a guest powers off, sleeps or fails, and what is measured.

use crate::document::YesNo;
use crate::document::mapped;
use crate::document::text::words;

words! {
    /// What to do when a guest powers off or reboots.
    pub enum LifecycleAction("action", Unsupported) {
        /// End the domain.
        Destroy = "destroy",
        /// End the domain and start it again.
        Restart = "restart",
        /// End the domain and start it again under another name.
        RenameRestart = "rename-restart",
        /// Stop the guest and keep what it has.
        Preserve = "preserve",
    }
}

words! {
    /// What to do when a guest crashes.
    pub enum CrashAction("action", Unsupported) {
        /// End the domain.
        Destroy = "destroy",
        /// End the domain and start it again.
        Restart = "restart",
        /// End the domain and start it again under another name.
        RenameRestart = "rename-restart",
        /// Stop the guest and keep what it has.
        Preserve = "preserve",
        /// Write the guest's memory to a file and end the domain.
        CoredumpDestroy = "coredump-destroy",
        /// Write the guest's memory to a file, end the domain and start it again.
        CoredumpRestart = "coredump-restart",
    }
}

words! {
    /// What to do when the lock on a disk is lost.
    pub enum LockFailureAction("action", Unsupported) {
        /// The lock manager's choice.
        Default = "default",
        /// End the domain.
        Poweroff = "poweroff",
        /// End the domain and start it again.
        Restart = "restart",
        /// Stop the guest.
        Pause = "pause",
        /// Go on.
        Ignore = "ignore",
    }
}

/// How the guest can sleep.
#[mapped(omit_empty, collected)]
pub struct PowerManagement {
    /// With its state in memory.
    #[element("suspend-to-mem")]
    pub suspend_to_memory: Option<SleepState>,
    /// With its state on disk.
    #[element("suspend-to-disk")]
    pub suspend_to_disk: Option<SleepState>,
}

/// Whether the guest can sleep in one way.
#[mapped(omit_empty)]
pub struct SleepState {
    /// Whether it can; absent for the driver's choice.
    #[attribute("enabled")]
    pub enabled: Option<YesNo>,
}

/// What is measured of the running domain.
#[mapped(omit_empty, collected)]
pub struct Performance {
    /// The events that are counted.
    #[element("event")]
    pub events: Vec<PerformanceEvent>,
}

/// An event that is counted, or not.
#[mapped]
pub struct PerformanceEvent {
    /// Its name.
    #[attribute("name")]
    pub name: PerformanceEventName,
    /// Whether it is counted.
    #[attribute("enabled")]
    pub enabled: YesNo,
}

words! {
    /// An event that can be counted.
    pub enum PerformanceEventName("event to count", Invalid) {
        /// Use of the last cache.
        Cmt = "cmt",
        /// All bandwidth of memory.
        Mbmt = "mbmt",
        /// The bandwidth of near memory.
        Mbml = "mbml",
        /// CPU cycles.
        CpuCycles = "cpu_cycles",
        /// Instructions.
        Instructions = "instructions",
        /// Cache accesses.
        CacheReferences = "cache_references",
        /// Cache misses.
        CacheMisses = "cache_misses",
        /// Branches.
        BranchInstructions = "branch_instructions",
        /// Branches that were foreseen wrongly.
        BranchMisses = "branch_misses",
        /// Cycles of the bus.
        BusCycles = "bus_cycles",
        /// Cycles in which nothing could be started.
        StalledCyclesFrontend = "stalled_cycles_frontend",
        /// Cycles in which nothing could be finished.
        StalledCyclesBackend = "stalled_cycles_backend",
        /// Cycles at the nominal frequency.
        ReferenceCpuCycles = "ref_cpu_cycles",
        /// Time on CPUs, wall clock.
        CpuClock = "cpu_clock",
        /// Time on CPUs of the task.
        TaskClock = "task_clock",
        /// Page faults.
        PageFaults = "page_faults",
        /// Changes of the context.
        ContextSwitches = "context_switches",
        /// Moves to another CPU.
        CpuMigrations = "cpu_migrations",
        /// Page faults without a disk.
        PageFaultsMinor = "page_faults_min",
        /// Page faults with a disk.
        PageFaultsMajor = "page_faults_maj",
        /// Faults of alignment.
        AlignmentFaults = "alignment_faults",
        /// Instructions that had to be emulated.
        EmulationFaults = "emulation_faults",
    }
}
