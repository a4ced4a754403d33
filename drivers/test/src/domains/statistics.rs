//! What a domain has used and done, one domain at a time.

use super::activity::{Activity, DiskActivity};
use super::disks::{self, Disk};
use super::perf;
use super::state::Run;
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::*;

#[driver_ops]
impl DomainStatisticsOps for TestDriver {
    async fn cpu_stats(&self, _: &CallCx, domain: &DomainRef, range: &CpuRange) -> Result<DomainCpuStats> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let total = domain.run()?.cpu_time_ns(self.host.clock.now());
        let hardware = &self.host.machine.hardware;
        let (all, first) = (hardware.cpus(), range.first.unwrap_or(0));
        if first >= all {
            let message = format!("there is no CPU {first}: the host has {all}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let end = range.count.map_or(all, |count| first.saturating_add(count).min(all));
        let online = u64::from(hardware.online);
        // All CPUs that are on line did the same; the first one also what cannot be divided.
        let of_cpu = |cpu: u32| match cpu {
            0 => total / online + total % online,
            cpu if cpu < hardware.online => total / online,
            _ => 0,
        };
        Ok(DomainCpuStats::default()
            .total(times(total))
            .per_cpu((first..end).map(of_cpu).map(times).collect::<Vec<_>>()))
    }

    async fn block_stats(&self, _: &CallCx, domain: &DomainRef, disk: &str) -> Result<BlockStats> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let run = &*domain.run()?;
        if disk.is_empty() {
            let now = self.host.clock.now();
            let all = disks::all(&run.configuration.config).map(|disk| activity(run, disk, now));
            return Ok(counted(BlockStats::default(), all.fold(DiskActivity::default(), DiskActivity::plus)));
        }
        Ok(self.host.block_stats(run, disks::find(&run.configuration.config, disk)?))
    }

    async fn block_info(&self, _: &CallCx, domain: &DomainRef, disk: &str) -> Result<BlockInfo> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let disk = disks::find(&domain.current().config, disk)?;
        let Some(source) = disk.source() else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the drive '{}' is empty", disk.target()),
            ));
        };
        let image = self.host.images.get(&source);
        let allocated = match &domain.run {
            Some(run) => self.host.written_to(run, disk, self.host.clock.now()),
            None => image.allocated_bytes,
        };
        Ok(BlockInfo::default()
            .capacity_bytes(image.capacity_bytes)
            .allocation_bytes(allocated)
            .physical_bytes(allocated))
    }

    async fn disk_errors(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<DiskError>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        Ok(domain.run()?.extras.disk_errors.clone())
    }

    async fn perf_events(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<PerfEvents> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(perf::enabled(&domain.side(affect)?.config))
    }

    async fn set_perf_events(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        events: &PerfEvents,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.change(affect, |config| perf::changed(config, events))?;
        Ok(())
    }

    async fn start_dirty_rate_calc(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        seconds: u32,
        mode: DirtyRateMode,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?.measure_dirty_rate(self.host.clock.now(), seconds, mode)
    }
}

impl Host {
    /// What went through a disk, and how large it is.
    pub(crate) fn block_stats(&self, run: &Run, disk: Disk<'_>) -> BlockStats {
        let now = self.clock.now();
        let mut stats = counted(BlockStats::default().name(disk.target()), activity(run, disk, now));
        let Some(source) = disk.source() else { return stats };
        let written = self.written_to(run, disk, now);
        stats = stats
            .allocation_bytes(written)
            .capacity_bytes(self.images.get(&source).capacity_bytes)
            .physical_bytes(written)
            .path(source);
        let thresholds = &run.extras.thresholds;
        let threshold =
            thresholds.iter().find(|threshold| threshold.place == 0 && threshold.disk == *disk.target());
        stats.threshold_bytes = threshold.map(|threshold| threshold.bytes);
        stats
    }

    /// What is known of the images behind a disk: nobody writes to them.
    pub(crate) fn backing_stats(&self, run: &Run, disk: Disk<'_>) -> Vec<BlockStats> {
        let images = disk.chain().into_iter().enumerate().skip(1);
        images
            .map(|(place, path)| {
                let image = self.images.get(&path);
                let mut stats = BlockStats::default()
                    .name(disk.target())
                    .backing_index(u32::try_from(place).unwrap_or(u32::MAX))
                    .path(path)
                    .allocation_bytes(image.allocated_bytes)
                    .capacity_bytes(image.capacity_bytes)
                    .physical_bytes(image.allocated_bytes);
                let thresholds = &run.extras.thresholds;
                let set = thresholds
                    .iter()
                    .find(|threshold| threshold.place == place && threshold.disk == *disk.target());
                stats.threshold_bytes = set.map(|threshold| threshold.bytes);
                stats
            })
            .collect()
    }
}

fn activity(run: &Run, disk: Disk<'_>, now: Timestamp) -> DiskActivity {
    Activity { cpu_time_ns: run.cpu_time_ns(now) }.disk(disk.number, disk.is_writable())
}

fn counted(stats: BlockStats, activity: DiskActivity) -> BlockStats {
    stats
        .read_requests(activity.read_requests)
        .read_bytes(activity.read_bytes)
        .read_time_ns(activity.read_ns)
        .write_requests(activity.write_requests)
        .write_bytes(activity.written_bytes)
        .write_time_ns(activity.write_ns)
        .flush_requests(activity.flush_requests)
        .flush_time_ns(activity.flush_ns)
}

/// CPU time by what it went into: a tenth of it into the host's kernel, a twentieth into other threads than virtual CPUs.
pub(crate) fn times(total_ns: u64) -> CpuTimes {
    let system = total_ns / 10;
    CpuTimes::default()
        .cpu_time_ns(total_ns)
        .user_time_ns(total_ns - system)
        .system_time_ns(system)
        .vcpu_time_ns(total_ns - total_ns / 20)
}
