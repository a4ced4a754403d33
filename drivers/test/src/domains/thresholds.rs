//! Thresholds on disks: an event is raised, once, when a write passes one.

use super::activity::{Activity, cpu_time_to_write};
use super::disks::{self, Disk};
use super::state::{Run, Simulated};
use super::table::DomainEntry;
use crate::host::Host;
use omnivirt_core::event::{BlockThreshold, Cause};
use omnivirt_core::{Result, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// A threshold that no write has passed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// The target of the disk.
    pub(crate) disk: String,
    /// The place of the image in the disk's chain. Guests write to the first image only.
    pub(crate) place: usize,
    pub(crate) bytes: u64,
    /// Tells it from the one that it took the place of.
    number: u64,
}

/// How soon a threshold is looked at again at the earliest, and at the latest: a pause of the domain is not noticed.
const SOONEST: Duration = Duration::from_millis(1);
const LATEST: Duration = Duration::from_secs(10);

impl Host {
    /// Sets a threshold, which takes the place of an earlier one on the same image; 0 removes it.
    ///
    /// # Errors
    ///
    /// `DeviceMissing` if there is no such disk or image, `InvalidArgument` for a name that is none.
    pub(crate) fn watch(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        domain: &mut Simulated,
        device: &str,
        bytes: u64,
    ) -> Result<()> {
        let run = domain.run()?;
        let (disk, place) = disks::in_chain(&run.configuration.config, device)?;
        let target = disk.target().into_owned();
        let extras = &mut run.extras;
        extras.thresholds.retain(|threshold| threshold.disk != target || threshold.place != place);
        if bytes == 0 {
            return Ok(());
        }
        extras.thresholds_set += 1;
        let threshold = Threshold { disk: target, place, bytes, number: extras.thresholds_set };
        extras.thresholds.push(threshold.clone());
        if place > 0 {
            return Ok(());
        }
        let wait = self.time_until(run, &threshold).unwrap_or(LATEST);
        let id = run.id;
        self.look_later(entry.clone(), id, threshold, wait)
    }

    fn look_later(
        self: &Arc<Self>,
        entry: Arc<DomainEntry>,
        run: u32,
        threshold: Threshold,
        wait: Duration,
    ) -> Result<()> {
        let host = Arc::downgrade(self);
        self.clock.schedule(wait.clamp(SOONEST, LATEST), move || {
            if let Some(host) = host.upgrade() {
                host.look_at(entry, run, threshold);
            }
        })
    }

    /// Raises the event if the threshold is still there and has been passed, else looks again later.
    fn look_at(self: &Arc<Self>, entry: Arc<DomainEntry>, run_id: u32, threshold: Threshold) {
        let wait = {
            let Ok(mut domain) = entry.lock() else { return };
            let Some(run) = domain.run.as_deref_mut().filter(|run| run.id == run_id) else { return };
            if !run.extras.thresholds.contains(&threshold) {
                return;
            }
            let Ok(disk) = disks::find(&run.configuration.config, &threshold.disk) else { return };
            let written = self.written_to(run, disk, self.clock.now());
            if written > threshold.bytes {
                let path = disk.source().map(Into::into);
                let event = BlockThreshold::new(
                    threshold.disk.clone(),
                    path,
                    threshold.bytes,
                    written - threshold.bytes,
                );
                run.extras.thresholds.retain(|other| *other != threshold);
                domain.emit_body(self, &Cause::guest(), event);
                return;
            }
            self.time_until(run, &threshold).unwrap_or(LATEST)
        };
        // Time that is not simulated is waited for by the task that runs this, so that there is a runtime.
        let looked = self.look_later(entry, run_id, threshold, wait);
        debug_assert!(looked.is_ok());
    }

    /// How far the guest has written to the image of a disk, in bytes.
    pub(crate) fn written_to(&self, run: &Run, disk: Disk<'_>, now: Timestamp) -> u64 {
        let written = Activity { cpu_time_ns: run.cpu_time_ns(now) }
            .disk(disk.number, disk.is_writable())
            .written_bytes;
        let image = disk.source().map(|path| self.images.get(&path)).unwrap_or_default();
        image.grown_by(written).allocated_bytes
    }

    /// How long it is until a write passes the threshold; none while the guest does not write.
    fn time_until(&self, run: &Run, threshold: &Threshold) -> Option<Duration> {
        run.running_since?;
        let disk =
            disks::find(&run.configuration.config, &threshold.disk).ok().filter(|disk| disk.is_writable())?;
        let left =
            threshold.bytes.saturating_sub(self.written_to(run, disk, self.clock.now())).saturating_add(1);
        Some(cpu_time_to_write(left, disk.number) / run.configuration.sizes.vcpus.max(1))
    }
}
