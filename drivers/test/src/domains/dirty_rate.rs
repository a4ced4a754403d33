//! Measuring how fast a guest changes its memory.

use super::state::Run;
use omnivirt_core::*;
use std::time::Duration;

/// The longest that a measurement may take, in seconds.
const LONGEST: u32 = 60;

/// What each virtual CPU of a simulated guest changes, in MiB a second.
const MIB_PER_S: u64 = 4;

/// A measurement that runs or is over.
#[derive(Debug, Clone)]
pub(crate) struct DirtyRate {
    started: Timestamp,
    seconds: u32,
    mode: DirtyRateMode,
    /// CPU time when it began, in nanoseconds.
    cpu_time_ns: u64,
}

impl DirtyRate {
    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.started) >= Duration::from_secs(self.seconds.into())
    }
}

impl Run {
    /// Begins a measurement.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a time that is out of range, `InvalidState` if one runs.
    pub(crate) fn measure_dirty_rate(
        &mut self,
        now: Timestamp,
        seconds: u32,
        mode: DirtyRateMode,
    ) -> Result<()> {
        if !(1..=LONGEST).contains(&seconds) {
            let message =
                format!("the measurement is to take {seconds} s and has to take from 1 to {LONGEST}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        if self.extras.dirty_rate.as_ref().is_some_and(|rate| !rate.is_over(now)) {
            return Err(Error::new(ErrorKind::InvalidState, "a measurement runs already")
                .with_hint("wait for its end"));
        }
        self.extras.dirty_rate =
            Some(DirtyRate { started: now, seconds, mode, cpu_time_ns: self.cpu_time_ns(now) });
        Ok(())
    }

    /// What is known of the last measurement.
    pub(crate) fn dirty_rate(&self, now: Timestamp) -> DirtyRateStats {
        let Some(rate) = &self.extras.dirty_rate else { return DirtyRateStats::default() };
        let mode = match rate.mode {
            DirtyRateMode::DirtyBitmap => "dirty-bitmap",
            DirtyRateMode::DirtyRing => "dirty-ring",
            _ => "page-sampling",
        };
        let stats = DirtyRateStats::default()
            .started_seconds(rate.started.seconds())
            .period_seconds(rate.seconds as i32)
            .mode(mode);
        if !rate.is_over(now) {
            return stats.status(DirtyRateStatus::Measuring);
        }
        // A guest that stood still all the time has changed nothing.
        let ran = self.cpu_time_ns(now) > rate.cpu_time_ns;
        let vcpus = u64::from(self.configuration.sizes.vcpus);
        let each = if ran { MIB_PER_S } else { 0 };
        let by_vcpu = match rate.mode {
            DirtyRateMode::DirtyRing => (0..self.configuration.sizes.vcpus)
                .map(|number| VcpuDirtyRate::default().number(number).mib_per_s(each))
                .collect(),
            _ => Vec::new(),
        };
        stats.status(DirtyRateStatus::Measured).mib_per_s((each * vcpus) as i64).vcpus(by_vcpu)
    }
}
