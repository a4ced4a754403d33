//! A run's memory balloon: what it is asked for, and what the guest tells through it.

use super::run::Run;
use super::state::{Configuration, DomainEntry};
use super::threads;
use crate::qmp::Monitor;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::MemoryBalloon;
use omnivirt_core::domain::devices::memory_balloon::MemoryBalloonModel;
use omnivirt_core::event::Cause;
use omnivirt_core::{Error, ErrorKind, MemoryStats, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The balloon of a domain, if it has one.
pub(super) fn of(domain: &Domain) -> Option<&MemoryBalloon> {
    domain.devices.memory_balloons.iter().find(|balloon| balloon.model != MemoryBalloonModel::None)
}

/// What of a balloon is looked up again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Balloon {
    /// Its place among QEMU's objects.
    path: String,
    /// Whether the guest is asked for numbers.
    pub(crate) is_asked: bool,
}

impl Balloon {
    /// That of a run's configuration.
    pub(crate) fn of(configuration: &Configuration) -> Option<Self> {
        let domain = configuration.config.domain();
        let balloon = of(&domain)?;
        let name = balloon.info.alias.as_ref()?.name.as_deref()?;
        Some(Self { path: format!("/machine/peripheral/{name}"), is_asked: period(balloon) > 0 })
    }

    /// Sets how often the guest is asked for numbers, in seconds; 0 for never.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(crate) async fn set_period(&self, monitor: &Monitor, seconds: u32) -> Result<()> {
        let arguments =
            json!({"path": self.path, "property": "guest-stats-polling-interval", "value": seconds});
        monitor.execute("qom-set", arguments).await.map(drop)
    }

    /// What the guest has told last.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(crate) async fn told(&self, monitor: &Monitor) -> Result<GuestMemory> {
        let arguments = json!({"path": self.path, "property": "guest-stats"});
        let value = monitor.execute("qom-get", arguments).await?;
        serde_json::from_value(value).map_err(|error| {
            let message = format!("QEMU tells the guest's numbers in an unknown form: {error}");
            Error::new(ErrorKind::HypervisorError, message).with_source(error)
        })
    }
}

/// How often a document says that the guest is asked, in seconds; 0 for never.
pub(super) fn period(balloon: &MemoryBalloon) -> u32 {
    let period = balloon.statistics.as_ref().and_then(|statistics| statistics.period);
    period.and_then(|period| u32::try_from(period).ok()).unwrap_or(0)
}

/// What a new run's balloon is told before the guest runs: how much memory it begins with, and how often it is asked.
///
/// # Errors
///
/// `HypervisorError`.
pub(super) async fn begin(
    entry: &Arc<DomainEntry>,
    cause: &Cause,
    monitor: &Monitor,
    is_restored: bool,
) -> Result<()> {
    let (balloon, seconds, wanted) = {
        let mut domain = entry.lock()?;
        let Some(run) = domain.run.as_deref_mut() else { return Ok(()) };
        let Some(balloon) = run.balloon() else { return Ok(()) };
        let seconds = of(&run.configuration.config.domain()).map_or(0, period);
        let sizes = run.configuration.sizes;
        let wanted = (!is_restored && sizes.memory_kib < sizes.max_memory_kib).then_some(sizes.memory_kib);
        run.asked.balloon = wanted.map(|wanted| (cause.clone(), wanted));
        (balloon, seconds, wanted)
    };
    if seconds > 0 {
        balloon.set_period(monitor, seconds).await?;
    }
    match wanted {
        Some(wanted) => ask_for(monitor, wanted).await,
        // A guest that goes on has what it had.
        None if is_restored => learn(entry, monitor).await,
        None => Ok(()),
    }
}

/// Asks how much memory the guest has, which it may have changed while nobody listened.
///
/// # Errors
///
/// `HypervisorError`.
pub(super) async fn learn(entry: &Arc<DomainEntry>, monitor: &Monitor) -> Result<()> {
    let has_balloon = entry.lock()?.run.as_deref_mut().is_some_and(|run| run.balloon().is_some());
    if !has_balloon {
        return Ok(());
    }
    let Actual { actual } = threads::answer(monitor, "query-balloon").await?;
    if let Some(run) = entry.lock()?.run.as_deref_mut() {
        run.configuration.sizes.memory_kib = actual / 1024;
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Actual {
    /// In bytes.
    actual: u64,
}

/// Asks the guest to make do with so much memory. It does that by itself, or not.
///
/// # Errors
///
/// `HypervisorError`.
pub(super) async fn ask_for(monitor: &Monitor, memory_kib: u64) -> Result<()> {
    monitor.execute("balloon", json!({"value": memory_kib.saturating_mul(1024)})).await.map(drop)
}

/// What a guest says that it uses its memory for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct GuestMemory {
    last_update: u64,
    stats: serde_json::Map<String, Value>,
}

impl GuestMemory {
    /// A number of the guest's. QEMU gives the largest of all where the guest has told none.
    fn number(&self, name: &str) -> Option<u64> {
        self.stats.get(name)?.as_u64().filter(|number| *number != u64::MAX)
    }

    fn add_to(&self, stats: &mut MemoryStats) {
        let kib = |name| self.number(name).map(|bytes| bytes / 1024);
        stats.swap_in_kib = kib("stat-swap-in");
        stats.swap_out_kib = kib("stat-swap-out");
        stats.major_faults = self.number("stat-major-faults");
        stats.minor_faults = self.number("stat-minor-faults");
        stats.unused_kib = kib("stat-free-memory");
        stats.available_kib = kib("stat-total-memory");
        stats.usable_kib = kib("stat-available-memory");
        stats.disk_caches_kib = kib("stat-disk-caches");
        stats.huge_pages_allocated = self.number("stat-htlb-pgalloc");
        stats.huge_pages_failed = self.number("stat-htlb-pgfail");
        stats.last_update_unix_s = Some(self.last_update).filter(|time| *time > 0);
    }
}

/// What is known of a run's memory, with what its guest has told.
pub(super) fn figures(run: &Run, told: Option<&GuestMemory>) -> MemoryStats {
    let sizes = run.configuration.sizes;
    let mut stats = MemoryStats::default().current_kib(sizes.memory_kib).maximum_kib(sizes.max_memory_kib);
    stats.rss_kib = run.process.resident_kib();
    if let Some(told) = told {
        told.add_to(&mut stats);
    }
    stats
}

/// What a domain's guest uses its memory for.
///
/// # Errors
///
/// `InvalidState` if it does not run, `HypervisorError`.
pub(super) async fn memory_stats(entry: &Arc<DomainEntry>) -> Result<MemoryStats> {
    let (balloon, monitor) = {
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        (run.balloon().filter(|balloon| balloon.is_asked), run.monitor.clone())
    };
    let told = match balloon {
        Some(balloon) => {
            let monitor = monitor.map_or_else(|| entry.lock()?.run()?.monitor(), Ok)?;
            Some(balloon.told(&monitor).await?)
        }
        None => None,
    };
    let mut domain = entry.lock()?;
    Ok(figures(domain.run()?, told.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guest_has_not_told_is_not_known() {
        let told: GuestMemory = serde_json::from_value(json!({
            "last-update": 7,
            "stats": {"stat-swap-in": u64::MAX, "stat-free-memory": 4096, "stat-minor-faults": 3, "stat-new": -1},
        }))
        .unwrap();
        let mut stats = MemoryStats::default();
        told.add_to(&mut stats);
        assert_eq!((stats.swap_in_kib, stats.unused_kib, stats.minor_faults), (None, Some(4), Some(3)));
        assert_eq!(stats.last_update_unix_s, Some(7));
    }
}
