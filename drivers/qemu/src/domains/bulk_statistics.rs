//! What many domains have used and done, in one call. QEMU is asked only for what nobody else knows, all at the same time, and
//! none is waited for long: then it is told what was known last.

use super::balloon;
use super::dirty_rate;
use super::images;
use super::interfaces;
use super::run::Run;
use super::samples::{Last, Sample, Wanted};
use super::state::{Configuration, DomainEntry, Managed};
use super::vcpus::state_of;
use crate::connection::QemuDriver;
use omnivirt_core::*;
use omnivirt_host::KeptDomain as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a QEMU is waited for that has told its numbers before.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long one is waited for that has told none yet.
const FIRST_PATIENCE: Duration = Duration::from_millis(500);

#[driver_ops]
impl DomainBulkStatisticsOps for QemuDriver {
    async fn domain_stats(
        &self,
        _: &CallCx,
        domains: &[DomainRef],
        groups: &StatsGroups,
        filter: &DomainFilter,
        options: &StatsOptions,
    ) -> Result<Vec<DomainStats>> {
        if options.enforce {
            check_known(groups)?;
        }
        let groups = if *groups == StatsGroups::default() { known_groups() } else { groups.clone() };
        if domains.is_empty() {
            let entries = self.host.domains.all();
            let is_meant = |entry: &Arc<DomainEntry>| {
                entry.lock().is_ok_and(|domain| domain.is_there() && domain.passes(filter))
            };
            let all =
                entries.iter().filter(|entry| is_meant(entry)).map(|entry| measure(entry, &groups, options));
            // One that has gone meanwhile is not there any more.
            return Ok(futures_util::future::join_all(all)
                .await
                .into_iter()
                .filter_map(Result::ok)
                .collect());
        }
        let entries = domains.iter().map(|domain| self.host.domain(domain)).collect::<Result<Vec<_>>>()?;
        let all = entries.iter().map(|entry| measure(entry, &groups, options));
        futures_util::future::join_all(all).await.into_iter().collect()
    }
}

/// The groups that the driver has.
fn known_groups() -> StatsGroups {
    StatsGroups::default()
        .state(true)
        .cpu(true)
        .balloon(true)
        .vcpu(true)
        .interface(true)
        .block(true)
        .iothread(true)
        .dirty_rate(true)
}

fn check_known(groups: &StatsGroups) -> Result<()> {
    let unknown = [("perf", groups.perf), ("memory", groups.memory), ("vm", groups.vm)];
    match unknown.iter().find(|(_, is_asked)| *is_asked) {
        Some((name, _)) => {
            let message = format!("the qemu driver has no numbers of the group '{name}'");
            Err(Error::new(ErrorKind::ArgumentUnsupported, message)
                .with_hint("leave the group out, or do not enforce"))
        }
        None => Ok(()),
    }
}

/// Measures one domain.
async fn measure(
    entry: &Arc<DomainEntry>,
    groups: &StatsGroups,
    options: &StatsOptions,
) -> Result<DomainStats> {
    let begun = Instant::now();
    let questions = entry.lock()?.questions(groups, options);
    if let Some((samples, monitor, wanted, patience)) = questions {
        samples.refresh(entry, monitor, wanted, patience).await;
    }
    let (mut stats, idle) = {
        let domain = entry.lock()?;
        let stats = domain.stats(groups, options, begun);
        let idle = domain.run.is_none() && groups.block;
        (stats, idle.then(|| domain.definition.clone()).flatten())
    };
    if let Some(definition) = idle {
        stats.blocks = idle_blocks(definition).await;
    }
    Ok(stats)
}

type Questions = (Arc<super::samples::Samples>, crate::qmp::Monitor, Wanted, Duration);

impl Managed {
    /// What QEMU has to be asked for, and how; none if there is nothing, or nobody to be asked.
    fn questions(&mut self, groups: &StatsGroups, options: &StatsOptions) -> Option<Questions> {
        if options.no_wait && self.jobs.slot.current().is_some() {
            return None;
        }
        let run = self.run().ok()?;
        let monitor = run.monitor.clone()?;
        let blocks = groups.block.then(|| images::disks(&run.configuration.config));
        let has_iothreads = run.known.threads.as_ref().is_none_or(|threads| !threads.iothreads.is_empty());
        let wanted = Wanted {
            threads: (groups.vcpu || groups.iothread) && run.known.threads.is_none(),
            blocks: blocks.filter(|disks| !disks.is_empty()),
            guest_memory: run.balloon().filter(|balloon| groups.balloon && balloon.is_asked),
            iothreads: groups.iothread && has_iothreads,
            dirty_rate: groups.dirty_rate && run.known.has_dirty_rate != Some(false),
        };
        if wanted.is_nothing() {
            return None;
        }
        let last = run.known.samples.last();
        let is_known = (wanted.blocks.is_none() || last.blocks.is_some())
            && (wanted.guest_memory.is_none() || last.guest_memory.is_some())
            && !wanted.threads;
        let patience = if is_known { PATIENCE } else { FIRST_PATIENCE };
        Some((run.known.samples.clone(), monitor, wanted, patience))
    }

    /// What is known of the domain now.
    fn stats(&self, groups: &StatsGroups, options: &StatsOptions, begun: Instant) -> DomainStats {
        let mut stats = DomainStats::default().domain(self.reference());
        if groups.state {
            stats = stats.state(StateStats::default().state(self.state).reason(self.reason));
        }
        let Ok(current) = self.current() else { return stats.age_ms(0_u64) };
        if groups.vcpu {
            let sizes = current.sizes;
            stats = stats.vcpu(VcpuCountStats::default().current(sizes.vcpus).maximum(sizes.max_vcpus));
        }
        let mut age = Age { begun, oldest: None };
        match self.run.as_deref().filter(|_| self.is_active()) {
            Some(run) => add_run(&mut stats, run, groups, options, &mut age),
            None if groups.balloon => {
                let sizes = current.sizes;
                stats = stats.balloon(
                    MemoryStats::default().current_kib(sizes.memory_kib).maximum_kib(sizes.max_memory_kib),
                );
            }
            None => {}
        }
        stats.age_ms(age.milliseconds())
    }
}

/// How old the oldest of some numbers is.
struct Age {
    /// When the call began; what was told since is new.
    begun: Instant,
    oldest: Option<Instant>,
}

impl Age {
    /// What was told, which is as old as it is.
    fn of<T>(&mut self, sample: Option<&Sample<T>>) -> Option<Arc<T>> {
        let sample = sample?;
        if sample.at < self.begun {
            self.oldest = Some(self.oldest.map_or(sample.at, |oldest| oldest.min(sample.at)));
        }
        Some(sample.told.clone())
    }

    fn milliseconds(&self) -> u64 {
        self.oldest.map_or(0, |oldest| u64::try_from(oldest.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// Adds what only a domain that runs has.
fn add_run(stats: &mut DomainStats, run: &Run, groups: &StatsGroups, options: &StatsOptions, age: &mut Age) {
    let last: Last = run.known.samples.last();
    if groups.cpu
        && let Some(usage) = run.process.usage()
    {
        stats.cpu = Some(
            CpuStats::default()
                .time_ns(usage.user_ns.saturating_add(usage.system_ns))
                .user_ns(usage.user_ns)
                .system_ns(usage.system_ns),
        );
    }
    if groups.balloon {
        let is_asked = run.known.balloon.iter().flatten().any(|balloon| balloon.is_asked);
        let told = age.of(last.guest_memory.as_ref().filter(|_| is_asked));
        stats.balloon = Some(balloon::figures(run, told.as_deref()));
    }
    if groups.vcpu {
        stats.vcpus = vcpus(run);
    }
    if groups.interface {
        let interfaces = interfaces::all(&run.configuration.config);
        stats.interfaces = interfaces.iter().map(interfaces::Interface::counted).collect();
    }
    if groups.block {
        let disks = images::disks(&run.configuration.config);
        let told = age.of(last.blocks.as_ref().filter(|_| !disks.is_empty())).unwrap_or_default();
        for disk in &disks {
            stats.blocks.push(told.stats(disk));
            if options.backing {
                stats.blocks.extend(told.backing_stats(disk));
            }
        }
    }
    if groups.iothread && run.known.threads.as_ref().is_none_or(|threads| !threads.iothreads.is_empty()) {
        let told = age.of(last.iothreads.as_ref()).unwrap_or_default();
        stats.iothreads = told.iter().filter_map(super::iothreads::Polling::stats).collect();
    }
    if groups.dirty_rate {
        stats.dirty_rate = match run.known.has_dirty_rate {
            Some(false) => Some(dirty_rate::unmeasured()),
            _ => age.of(last.dirty_rate.as_ref()).map(|told| told.stats()),
        };
    }
}

/// Each virtual CPU, as the kernel counts its thread.
fn vcpus(run: &Run) -> Vec<VcpuStats> {
    let Some(threads) = &run.known.threads else { return Vec::new() };
    let stats = |(number, thread): (&u32, &i32)| {
        let usage = run.process.thread_usage(*thread)?;
        let mut stats = VcpuStats::default()
            .number(*number)
            .state(state_of(usage.usage.is_running))
            .time_ns(usage.cpu_time_ns());
        stats.delay_ns = usage.delay_ns();
        Some(stats)
    };
    threads.vcpus.iter().filter_map(stats).collect()
}

/// The disks of a domain that does not run, with the sizes of their files as far as these can be read soon.
async fn idle_blocks(definition: Configuration) -> Vec<BlockStats> {
    let disks = images::disks(&definition.config);
    if disks.is_empty() {
        return Vec::new();
    }
    let named = |disk: &images::Disk| {
        let mut stats = BlockStats::default().name(&*disk.target);
        stats.path = disk.path.clone();
        stats
    };
    let without: Vec<_> = disks.iter().map(named).collect();
    let with_sizes = crate::blocking(move || {
        let sized = disks.iter().map(|disk| {
            let mut stats = named(disk);
            if let Ok(sizes) = disk.sizes() {
                stats.capacity_bytes = Some(sizes.capacity_bytes);
                stats.allocation_bytes = Some(sizes.allocation_bytes);
                stats.physical_bytes = Some(sizes.physical_bytes);
            }
            stats
        });
        Ok(sized.collect::<Vec<_>>())
    });
    match tokio::time::timeout(PATIENCE, with_sizes).await {
        Ok(Ok(stats)) => stats,
        _ => without,
    }
}
