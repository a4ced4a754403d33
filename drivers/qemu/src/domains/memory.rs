//! The memory of a domain.

use super::balloon::{self, Balloon};
use super::plan::Side;
use super::queue::in_turn;
use super::state::{Configuration, DomainEntry};
use crate::connection::QemuDriver;
use crate::host::Host;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::domain::devices::memory_balloon::{MemoryBalloonModel, MemoryStatisticsPeriod};
use omnivirt_core::event::Cause;
use omnivirt_core::*;
use std::sync::Arc;

#[driver_ops]
impl DomainMemoryOps for QemuDriver {
    async fn set_memory(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        memory_kib: u64,
        affect: &AffectOptions,
        options: &SetMemoryOptions,
    ) -> Result<()> {
        if memory_kib == 0 {
            return Err(invalid("a domain cannot be without memory".to_owned()));
        }
        let entry = self.host.domain(domain)?;
        if options.maximum {
            return set_maximum(&self.host, entry, memory_kib, affect).await;
        }
        set_current(&self.host, entry, cx.cause(), memory_kib, affect).await
    }

    async fn memory_stats(&self, _: &CallCx, domain: &DomainRef) -> Result<MemoryStats> {
        let entry = self.host.domain(domain)?;
        balloon::memory_stats(&entry).await
    }

    async fn set_memory_stats_period(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        period_seconds: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (host, affect) = (self.host.clone(), affect.clone());
        let period = i32::try_from(period_seconds)
            .map_err(|_| invalid(format!("{period_seconds} seconds are more than {}", i32::MAX)))?;
        in_turn(&entry.clone(), async move {
            let (planned, run) = {
                let mut domain = entry.lock()?;
                let planned = domain.plan(&affect, |_, side| with_period(&side.config, period))?;
                let run = planned.is_live().then(|| {
                    let run = domain.run()?;
                    Ok::<_, Error>((run.balloon().ok_or_else(no_balloon)?, run.monitor()?))
                });
                (planned, run.transpose()?)
            };
            if let Some((balloon, monitor)) = run {
                balloon.set_period(&monitor, period_seconds).await?;
            }
            host.keep(&entry, planned).await?;
            if let Some(run) = entry.lock()?.run.as_deref_mut() {
                run.known.balloon = None;
            }
            Ok(())
        })
        .await
    }
}

/// Sets the most memory that a domain can have, which its next run has.
async fn set_maximum(
    host: &Arc<Host>,
    entry: Arc<DomainEntry>,
    memory_kib: u64,
    affect: &AffectOptions,
) -> Result<()> {
    let (host, affect) = (host.clone(), affect.clone());
    in_turn(&entry.clone(), async move {
        let planned = entry.lock()?.plan(&affect, |side, configuration| {
            if side == Side::Live {
                let message = "the most memory of a running domain cannot be changed";
                return Err(Error::new(ErrorKind::InvalidState, message)
                    .with_hint("change the definition, for the next start"));
            }
            let size = MemorySize::from_kib(memory_kib);
            let changed = configuration.config.with(|domain| {
                domain.memory = Some(size.into());
                domain.current_memory = domain.current_memory.map(|current| current.min(size));
            });
            Ok(changed?)
        })?;
        host.keep(&entry, planned).await
    })
    .await
}

/// Sets how much memory a domain has: of its run, by asking the guest to give back the rest.
async fn set_current(
    host: &Arc<Host>,
    entry: Arc<DomainEntry>,
    cause: Cause,
    memory_kib: u64,
    affect: &AffectOptions,
) -> Result<()> {
    let (host, affect) = (host.clone(), affect.clone());
    in_turn(&entry.clone(), async move {
        let (planned, monitor) = {
            let mut domain = entry.lock()?;
            let planned = domain.plan(&affect, |side, configuration| {
                check_fits(memory_kib, configuration)?;
                match side {
                    // What a run has is what the guest has done about it.
                    Side::Live => Ok(configuration.config.clone()),
                    Side::Config => Ok(configuration
                        .config
                        .with(|domain| domain.current_memory = Some(MemorySize::from_kib(memory_kib)))?),
                }
            })?;
            let monitor = planned.is_live().then(|| {
                let run = domain.run()?;
                run.balloon().ok_or_else(cannot_change)?;
                let monitor = run.monitor()?;
                run.asked.balloon = Some((cause, memory_kib));
                Ok::<_, Error>(monitor)
            });
            (planned, monitor.transpose()?)
        };
        if let Some(monitor) = monitor {
            let asked = balloon::ask_for(&monitor, memory_kib).await;
            if let Some(run) = entry.lock()?.run.as_deref_mut()
                && (asked.is_err() || run.configuration.sizes.memory_kib == memory_kib)
            {
                // Nothing comes of it any more.
                run.asked.balloon = None;
            }
            asked?;
        }
        host.keep(&entry, planned).await
    })
    .await
}

fn check_fits(memory_kib: u64, configuration: &Configuration) -> Result<()> {
    let most = configuration.sizes.max_memory_kib;
    if memory_kib <= most {
        return Ok(());
    }
    Err(invalid(format!("{memory_kib} KiB is more than the {most} KiB that the domain can have"))
        .with_hint("raise the most that it can have first, in the definition"))
}

/// The document with another period of its balloon.
fn with_period(config: &DomainConfig, period: i32) -> Result<DomainConfig> {
    if balloon::of(&config.domain()).is_none() {
        return Err(no_balloon());
    }
    let changed = config.with(|domain| {
        let balloons = &mut domain.devices.memory_balloons;
        if let Some(balloon) = balloons.iter_mut().find(|balloon| balloon.model != MemoryBalloonModel::None) {
            balloon.statistics = (period > 0).then(|| {
                let mut statistics = MemoryStatisticsPeriod::default();
                statistics.period = Some(period);
                statistics
            });
        }
    });
    Ok(changed?)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

fn no_balloon() -> Error {
    Error::new(ErrorKind::DeviceMissing, "the domain has no memory balloon, which tells the guest's numbers")
}

fn cannot_change() -> Error {
    Error::new(
        ErrorKind::OperationUnsupported,
        "the domain has no memory balloon, which takes and gives memory",
    )
    .with_hint("change the definition, for the next start")
}

impl super::run::Run {
    /// The balloon, looked up once.
    pub(crate) fn balloon(&mut self) -> Option<Balloon> {
        self.known.balloon.get_or_insert_with(|| Balloon::of(&self.configuration)).clone()
    }
}
