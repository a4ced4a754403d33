//! How much of the host's CPUs a domain gets: limits, and one entry for each virtual CPU.

use super::Fault;
use super::memory::in_largest_unit;
use super::vcpus::iothread_ids;
use crate::CpuMap;
use crate::document::{ByteSize, DocumentErrorKind};
use crate::domain::Domain;
use crate::domain::cpu_tune::{CpuTune, IoThreadScheduler, Scheduler, VcpuScheduler};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// What the kernel takes, in microseconds.
const PERIODS: RangeInclusive<u64> = 1000..=1_000_000;
const QUOTAS: RangeInclusive<i64> = 1000..=17_592_186_044_415;
const SHARES: RangeInclusive<u64> = 2..=262_144;

/// Checks the limits and brings the entries into order.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let Some(mut tune) = domain.cpu_tune.take() else { return Ok(()) };
    check_limits(&mut tune)?;
    complete_pins(&mut tune, domain)?;
    complete_schedulers(&mut tune, domain)?;
    complete_groups(&mut tune, domain)?;
    domain.cpu_tune = Some(tune).filter(|tune| *tune != CpuTune::default());
    Ok(())
}

fn check_limits(tune: &mut CpuTune) -> Result<(), Fault> {
    let out_of_range = |name: &str| {
        let message = format!("{name} is out of range");
        Fault::new(DocumentErrorKind::Unsupported, format!("cputune/{name}"), message)
    };
    if tune.shares.is_some_and(|shares| shares > 0 && !SHARES.contains(&shares)) {
        return Err(out_of_range("shares"));
    }
    for (name, period) in [
        ("period", &mut tune.period),
        ("global_period", &mut tune.global_period),
        ("emulator_period", &mut tune.emulator_period),
        ("iothread_period", &mut tune.iothread_period),
    ] {
        *period = period.filter(|period| *period > 0);
        if period.is_some_and(|period| !PERIODS.contains(&period)) {
            return Err(out_of_range(name));
        }
    }
    for (name, quota) in [
        ("quota", &mut tune.quota),
        ("global_quota", &mut tune.global_quota),
        ("emulator_quota", &mut tune.emulator_quota),
        ("iothread_quota", &mut tune.iothread_quota),
    ] {
        *quota = quota.filter(|quota| *quota != 0);
        if quota.is_some_and(|quota| quota > 0 && !QUOTAS.contains(&quota)) {
            return Err(out_of_range(name));
        }
    }
    Ok(())
}

fn complete_pins(tune: &mut CpuTune, domain: &Domain) -> Result<(), Fault> {
    let vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
    let mut seen = BTreeSet::new();
    if let Some(twice) = tune.vcpu_pins.iter().position(|pin| !seen.insert(pin.vcpu)) {
        let path = format!("cputune/vcpupin[{}]", twice + 1);
        return Err(Fault::new(DocumentErrorKind::Malformed, path, "a virtual CPU is pinned twice"));
    }
    tune.vcpu_pins.retain(|pin| pin.vcpu < vcpus);
    tune.vcpu_pins.sort_by_key(|pin| pin.vcpu);
    let threads = iothread_ids(domain);
    let mut seen = BTreeSet::new();
    for (index, pin) in tune.iothread_pins.iter().enumerate() {
        let path = || format!("cputune/iothreadpin[{}]/@iothread", index + 1);
        if pin.iothread == 0 {
            return Err(Fault::new(DocumentErrorKind::Invalid, path(), "threads are counted from 1 on"));
        }
        if !threads.contains(&pin.iothread) {
            let message = format!("there is no thread {}", pin.iothread);
            return Err(Fault::new(DocumentErrorKind::Unsupported, path(), message));
        }
        if !seen.insert(pin.iothread) {
            return Err(Fault::new(DocumentErrorKind::Malformed, path(), "a thread is pinned twice"));
        }
    }
    tune.iothread_pins.sort_by_key(|pin| {
        domain.iothreads.iter().position(|thread| thread.id == pin.iothread).unwrap_or(pin.iothread as usize)
    });
    Ok(())
}

/// The priority that the scheduler has, which is one of real time.
fn priority(scheduler: Scheduler, priority: Option<i64>, path: &str) -> Result<Option<i64>, Fault> {
    if !matches!(scheduler, Scheduler::Fifo | Scheduler::RoundRobin) {
        return Ok(None);
    }
    match priority {
        Some(priority) => Ok(Some(priority)),
        None => {
            let message = format!("the scheduler {scheduler} needs a priority");
            Err(Fault::new(DocumentErrorKind::Invalid, path, message).hint("write it as priority='1'"))
        }
    }
}

fn complete_schedulers(tune: &mut CpuTune, domain: &Domain) -> Result<(), Fault> {
    if let Some(emulator) = &mut tune.emulator_scheduler {
        emulator.priority = priority(emulator.scheduler, emulator.priority, "cputune/emulatorsched")?;
    }
    let vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
    let given = tune.vcpu_schedulers.iter().map(|entry| (&entry.vcpus, entry.scheduler, entry.priority));
    tune.vcpu_schedulers = each(given, "vcpusched", |id| id < vcpus)?
        .into_iter()
        .map(|(id, scheduler, priority)| {
            let mut entry = VcpuScheduler::new(id, scheduler);
            entry.priority = priority;
            entry
        })
        .collect();
    let threads = iothread_ids(domain);
    let given =
        tune.iothread_schedulers.iter().map(|entry| (&entry.iothreads, entry.scheduler, entry.priority));
    tune.iothread_schedulers = each(given, "iothreadsched", |id| threads.contains(&id))?
        .into_iter()
        .map(|(id, scheduler, priority)| {
            let mut entry = IoThreadScheduler::new(id, scheduler);
            entry.priority = priority;
            entry
        })
        .collect();
    Ok(())
}

/// One entry for each virtual CPU or thread, in order.
fn each<'a>(
    given: impl Iterator<Item = (&'a CpuMap, Scheduler, Option<i64>)>,
    element: &str,
    is_there: impl Fn(u32) -> bool,
) -> Result<Vec<(CpuMap, Scheduler, Option<i64>)>, Fault> {
    let mut entries = std::collections::BTreeMap::new();
    for (index, (ids, scheduler, wanted)) in given.enumerate() {
        let path = format!("cputune/{element}[{}]", index + 1);
        let wanted = priority(scheduler, wanted, &path)?;
        for id in ids.iter() {
            if !is_there(id) {
                return Err(Fault::new(DocumentErrorKind::Unsupported, path, format!("there is no {id}")));
            }
            if entries.insert(id, (scheduler, wanted)).is_some() {
                return Err(Fault::new(DocumentErrorKind::Syntax, path, format!("{id} is there twice")));
            }
        }
    }
    let single = |id: u32| std::iter::once(id).collect::<CpuMap>();
    Ok(entries.into_iter().map(|(id, (scheduler, priority))| (single(id), scheduler, priority)).collect())
}

/// Groups of virtual CPUs that share a part of the host's caches or of the memory's bandwidth.
fn complete_groups(tune: &mut CpuTune, domain: &Domain) -> Result<(), Fault> {
    let vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
    let within = |map: &CpuMap| map.iter().filter(|id| *id < vcpus).collect::<CpuMap>();
    for group in &mut tune.cache_tunes {
        (group.vcpus, group.id) = (within(&group.vcpus), None);
        for cache in &mut group.caches {
            let unit = cache.unit.as_deref().unwrap_or("KiB");
            let size = ByteSize::parse(&cache.size.to_string(), unit)
                .map_err(|problem| Fault::of(problem, "cputune/cachetune/cache"))?;
            let (amount, unit) = in_largest_unit(size);
            (cache.size, cache.unit) = (amount, Some(unit.into()));
        }
        for monitor in &group.monitors {
            let whole = within(&monitor.vcpus) == group.vcpus;
            let part = monitor.vcpus.iter().all(|id| group.vcpus.contains(id));
            if !whole && !part {
                let message = "what is measured is not part of the group";
                return Err(Fault::new(
                    DocumentErrorKind::InvalidArgument,
                    "cputune/cachetune/monitor",
                    message,
                ));
            }
        }
    }
    for group in &mut tune.memory_tunes {
        (group.vcpus, group.id) = (within(&group.vcpus), None);
        let mut seen = BTreeSet::new();
        for node in &group.nodes {
            if node.bandwidth > 100 || !seen.insert(node.id) {
                let message = "a share is above 100 percent, or there twice";
                return Err(Fault::new(DocumentErrorKind::Invalid, "cputune/memorytune/node", message));
            }
        }
    }
    tune.cache_tunes
        .retain(|group| !(group.vcpus.is_empty() || group.caches.is_empty() && group.monitors.is_empty()));
    tune.memory_tunes.retain(|group| !group.vcpus.is_empty() && !group.nodes.is_empty());
    check_groups(tune)
}

/// Two groups have the same virtual CPUs or none in common.
fn check_groups(tune: &CpuTune) -> Result<(), Fault> {
    let overlap = |all: &[&CpuMap], distinct: bool| {
        let mut taken = BTreeSet::new();
        all.iter().any(|map| map.iter().any(|id| !taken.insert(id)) && distinct)
    };
    let caches: Vec<&CpuMap> = tune.cache_tunes.iter().map(|group| &group.vcpus).collect();
    let mut all = caches.clone();
    all.extend(tune.memory_tunes.iter().map(|group| &group.vcpus).filter(|map| !caches.contains(map)));
    if overlap(&all, true) {
        let message = "groups of virtual CPUs overlap";
        return Err(Fault::new(DocumentErrorKind::Invalid, "cputune", message));
    }
    Ok(())
}
