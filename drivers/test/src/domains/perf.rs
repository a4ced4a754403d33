//! The host's performance counters that count for a domain: which they are stands in its document.

use super::values::{picked, place, read};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{NewElement, Place};
use omnivirt_core::{Error, PerfEvents, PerfStats, Result};

/// Says for each counter how it is called and how much it counts in a microsecond of CPU time, in thousandths.
macro_rules! counters {
    ($($field:ident: $rate:literal,)*) => {
        /// Which counters count.
        pub(crate) fn enabled(config: &DomainConfig) -> PerfEvents {
            let mut events = PerfEvents::default();
            $(events.$field = Some(is_enabled(config, stringify!($field)));)*
            events
        }

        /// The configuration with other counters; what is absent stays as it is.
        ///
        /// # Errors
        ///
        /// The document would become too large.
        pub(crate) fn changed(config: &DomainConfig, events: &PerfEvents) -> Result<DomainConfig> {
            let mut config = config.clone();
            $(if let Some(enabled) = events.$field {
                config = with_counter(&config, stringify!($field), enabled)?;
            })*
            Ok(config)
        }

        /// What the counters that count have counted in so much CPU time.
        pub(crate) fn counted(config: &DomainConfig, cpu_time_ns: u64) -> PerfStats {
            let mut stats = PerfStats::default();
            $(if is_enabled(config, stringify!($field)) {
                stats.$field = Some((u128::from(cpu_time_ns) * $rate / 1_000_000).try_into().unwrap_or(u64::MAX));
            })*
            stats
        }
    };
}

counters! {
    cmt: 40,
    mbmt: 900,
    mbml: 800,
    cache_misses: 2_000,
    cache_references: 40_000,
    instructions: 2_000_000,
    cpu_cycles: 2_400_000,
    branch_instructions: 400_000,
    branch_misses: 4_000,
    bus_cycles: 100_000,
    stalled_cycles_frontend: 300_000,
    stalled_cycles_backend: 500_000,
    ref_cpu_cycles: 2_400_000,
    cpu_clock: 1_000_000,
    task_clock: 1_000_000,
    page_faults: 12,
    context_switches: 5,
    cpu_migrations: 1,
    page_faults_min: 11,
    page_faults_maj: 1,
    alignment_faults: 0,
    emulation_faults: 0,
}

fn is_enabled(config: &DomainConfig, name: &str) -> bool {
    let counter = config.root().child("perf").and_then(|perf| picked(perf, "event", "@name", name));
    counter.is_some_and(|counter| read(counter, "@enabled").as_deref() == Some("yes"))
}

fn with_counter(config: &DomainConfig, name: &str, enabled: bool) -> Result<DomainConfig> {
    let enabled = if enabled { "yes" } else { "no" };
    let new = NewElement::new("event").attribute("name", name).attribute("enabled", enabled);
    let perf = config.root().child("perf");
    config
        .edited(|edit| {
            match (perf, perf.and_then(|perf| picked(perf, "event", "@name", name))) {
                (_, Some(old)) => edit.set_attribute(old, "enabled", enabled),
                (Some(perf), None) => edit.insert(perf, Place::Last, &new),
                (None, None) => {
                    edit.insert(config.root(), place(config.root()), &NewElement::new("perf").child(new))
                }
            }
            Ok(())
        })
        .map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enabled_counts() {
        let xml = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os></domain>";
        let config = DomainConfig::parse(xml).unwrap();
        let config = changed(&config, &PerfEvents::default().cpu_clock(true).cmt(true)).unwrap();
        let config = changed(&config, &PerfEvents::default().cmt(false)).unwrap();
        let shown = enabled(&config);
        assert_eq!((shown.cpu_clock, shown.cmt, shown.mbml), (Some(true), Some(false), Some(false)));
        let stats = counted(&config, 5_000);
        assert_eq!((stats.cpu_clock, stats.cmt), (Some(5_000), None));
    }
}
