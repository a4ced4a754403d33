//! What few domains have, kept out of the way of the many that have none of it.

use super::backup::Backup;
use super::block_job::BlockJob;
use super::checkpoint_store::{Bitmaps, Checkpoints};
use super::dirty_rate::DirtyRate;
use super::guest_system::{GuestFiles, GuestMemory};
use super::input::Input;
use super::migration_source::MigrationLimits;
use super::snapshot_store::Snapshots;
use super::thresholds::Threshold;
use omnivirt_core::DiskError;
use omnivirt_host::Sessions;
use std::collections::BTreeMap;

/// Rarely used state of a domain.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) snapshots: Snapshots,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) bitmaps: Bitmaps,
    pub(crate) guest: GuestFiles,
}

/// Rarely used state of a run, which ends with it.
#[derive(Debug, Default)]
pub(crate) struct RunExtras {
    pub(crate) backup: Option<Box<Backup>>,
    /// How many backups were begun: the number of the last one.
    pub(crate) backups_begun: u64,
    /// The jobs on disks, by the disks' targets.
    pub(crate) block_jobs: BTreeMap<String, BlockJob>,
    /// How many jobs on disks were begun, or went on at another speed: the number of the last one.
    pub(crate) block_jobs_begun: u64,
    pub(crate) thresholds: Vec<Threshold>,
    /// How many thresholds were set: the number of the last one.
    pub(crate) thresholds_set: u64,
    /// The disks that have failed.
    pub(crate) disk_errors: Vec<DiskError>,
    pub(crate) dirty_rate: Option<DirtyRate>,
    pub(crate) guest: GuestMemory,
    pub(crate) input: Input,
    /// Whether it comes from another host and has not arrived yet.
    pub(crate) is_arriving: bool,
    pub(crate) migration: MigrationLimits,
    pub(crate) sessions: Sessions,
    /// How many clients of graphical consoles have been let in.
    pub(crate) viewers: u64,
}
