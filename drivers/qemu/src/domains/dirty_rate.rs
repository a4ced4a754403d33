//! How fast a guest changes its memory, measured by QEMU.

use super::threads::answer;
use crate::qmp::Monitor;
use omnivirt_core::{
    DirtyRateMode, DirtyRateStats, DirtyRateStatus, Error, ErrorKind, Result, VcpuDirtyRate,
};
use serde::Deserialize;
use serde_json::json;

/// How long a measurement may take, in seconds.
const LONGEST: u32 = 60;

/// Refuses what QEMU does not measure.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check(seconds: u32, mode: DirtyRateMode) -> Result<()> {
    if !(1..=LONGEST).contains(&seconds) {
        let message = format!("memory cannot be watched for {seconds} seconds");
        return Err(Error::new(ErrorKind::InvalidArgument, message)
            .with_hint(format!("measure for 1 to {LONGEST} seconds")));
    }
    word(mode).map(drop)
}

/// QEMU's word for a way of measuring.
fn word(mode: DirtyRateMode) -> Result<&'static str> {
    Ok(match mode {
        DirtyRateMode::PageSampling => "page-sampling",
        DirtyRateMode::DirtyBitmap => "dirty-bitmap",
        DirtyRateMode::DirtyRing => "dirty-ring",
        other => {
            let message = format!("QEMU knows no way '{other}' of measuring changes of memory");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
    })
}

/// Has QEMU begin.
///
/// # Errors
///
/// `HypervisorError`, also if it measures already.
pub(super) async fn start(monitor: &Monitor, seconds: u32, mode: DirtyRateMode) -> Result<()> {
    let arguments = json!({"calc-time": seconds, "mode": word(mode)?});
    monitor.execute("calc-dirty-rate", arguments).await.map(drop)
}

/// What QEMU has found.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct DirtyRate {
    status: String,
    start_time: i64,
    calc_time: i32,
    mode: Option<String>,
    dirty_rate: Option<i64>,
    #[serde(default)]
    vcpu_dirty_rate: Vec<OfVcpu>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct OfVcpu {
    id: u32,
    dirty_rate: u64,
}

impl DirtyRate {
    /// Asks QEMU.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(super) async fn ask(monitor: &Monitor) -> Result<Self> {
        answer(monitor, "query-dirty-rate").await
    }

    /// Whether it was ever asked to measure.
    pub(super) fn is_started(&self) -> bool {
        self.status != "unstarted"
    }

    pub(super) fn stats(&self) -> DirtyRateStats {
        let status = match &*self.status {
            "measured" => DirtyRateStatus::Measured,
            "measuring" => DirtyRateStatus::Measuring,
            _ => return unmeasured(),
        };
        let vcpus = self
            .vcpu_dirty_rate
            .iter()
            .map(|of| VcpuDirtyRate::default().number(of.id).mib_per_s(of.dirty_rate));
        let mut stats = DirtyRateStats::default()
            .status(status)
            .started_seconds(self.start_time)
            .period_seconds(self.calc_time)
            .vcpus(vcpus.collect::<Vec<_>>());
        stats.mode = self.mode.clone();
        stats.mib_per_s = self.dirty_rate.filter(|rate| *rate >= 0);
        stats
    }
}

/// It was never measured in this run.
pub(super) fn unmeasured() -> DirtyRateStats {
    DirtyRateStats::default().status(DirtyRateStatus::Unstarted)
}
