//! The memory of a domain.

use super::state::Simulated;
use super::values::{self, Base};
use crate::connection::TestDriver;
use omnivirt_core::Error;
use omnivirt_core::document::MemorySize;
use omnivirt_core::event::BalloonChange;
use omnivirt_core::*;

/// The limits by their way in the document, with their value.
macro_rules! limits {
    ($parameters:ident) => {
        [
            ("memtune/hard_limit", $parameters.hard_limit_kib),
            ("memtune/soft_limit", $parameters.soft_limit_kib),
            ("memtune/min_guarantee", $parameters.min_guarantee_kib),
            ("memtune/swap_hard_limit", $parameters.swap_hard_limit_kib),
        ]
    };
}

/// What stands for no limit, in KiB.
const UNLIMITED: u64 = 9_007_199_254_740_991;

/// The most that one call reads of a guest's memory, as libvirt has it.
const MOST_PEEKED: u32 = 4 << 20;

#[driver_ops]
impl DomainMemoryOps for TestDriver {
    async fn set_memory(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        memory_kib: u64,
        affect: &AffectOptions,
        options: &SetMemoryOptions,
    ) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if memory_kib == 0 {
            return refuse("a domain cannot be without memory".into());
        }
        let affected = domain.affected(affect)?;
        if options.maximum {
            if affected.live {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    "the most memory of a running domain cannot be changed",
                )
                .with_hint("change the definition, for the next start"));
            }
            let size = MemorySize::from_kib(memory_kib);
            domain.change(affect, |config| {
                let changed = config.with(|domain| {
                    domain.memory = Some(size.into());
                    domain.current_memory = domain.current_memory.map(|current| current.min(size));
                });
                changed.map_err(Error::from)
            })?;
            return Ok(());
        }
        let live = domain.run.as_ref().filter(|_| affected.live).map(|run| &run.configuration);
        let config = domain.definition.as_ref().filter(|_| affected.config);
        if let Some(side) = live.into_iter().chain(config).find(|side| side.sizes.max_memory_kib < memory_kib)
        {
            return refuse(format!(
                "{memory_kib} KiB is more than the {} KiB that the domain can have",
                side.sizes.max_memory_kib
            ));
        }
        domain.change(affect, |config| {
            config
                .with(|domain| domain.current_memory = Some(MemorySize::from_kib(memory_kib)))
                .map_err(Error::from)
        })?;
        if affected.live {
            domain.emit_body(&self.host, &cx.cause(), BalloonChange::new(memory_kib));
        }
        Ok(())
    }

    async fn memory_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<MemoryParameters> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let root = domain.side(affect)?.config.root();
        let limit = |way: &str| {
            let unit = values::read(root, &format!("{way}/@unit")).unwrap_or_default();
            let size = values::read(root, way).and_then(|number| MemorySize::parse(&number, &unit).ok());
            size.map_or(UNLIMITED, MemorySize::kib)
        };
        Ok(MemoryParameters::default()
            .hard_limit_kib(limit("memtune/hard_limit"))
            .soft_limit_kib(limit("memtune/soft_limit"))
            .min_guarantee_kib(
                values::read(root, "memtune/min_guarantee").map_or(0, |_| limit("memtune/min_guarantee")),
            )
            .swap_hard_limit_kib(limit("memtune/swap_hard_limit")))
    }

    async fn set_memory_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        parameters: &MemoryParameters,
        affect: &AffectOptions,
    ) -> Result<()> {
        if let (Some(hard), Some(swap)) = (parameters.hard_limit_kib, parameters.swap_hard_limit_kib)
            && swap < hard
        {
            let message = "the limit of memory and swap together is below that of memory alone";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.change(affect, |config| {
            let mut config = config.clone();
            for (way, limit) in limits!(parameters) {
                let Some(limit) = limit else { continue };
                let number = limit.to_string();
                let value = (limit < UNLIMITED).then_some(&*number);
                config = values::written(&config, Base::Domain, way, value)?;
                config =
                    values::written(&config, Base::Domain, &format!("{way}/@unit"), value.map(|_| "KiB"))?;
            }
            Ok(config)
        })?;
        Ok(())
    }

    async fn memory_stats(&self, _: &CallCx, domain: &DomainRef) -> Result<MemoryStats> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        Ok(domain.memory_use(self.host.clock.now()))
    }

    async fn set_memory_stats_period(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        period_seconds: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.change(affect, |config| {
            let place =
                config.devices().position(|device| device.kind() == "memballoon").ok_or_else(|| {
                    Error::new(
                        ErrorKind::DeviceMissing,
                        "the domain has no memory balloon, which tells the guest's numbers",
                    )
                })?;
            let period = period_seconds.to_string();
            values::written(
                config,
                Base::Device(place),
                "stats/@period",
                (period_seconds > 0).then_some(&*period),
            )
        })?;
        Ok(())
    }

    async fn memory_peek(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        address: u64,
        size_bytes: u32,
        _: MemoryAddressing,
    ) -> Result<Vec<u8>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let memory = domain.run()?.configuration.sizes.memory_kib.saturating_mul(1024);
        if size_bytes > MOST_PEEKED {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!("at most {MOST_PEEKED} bytes can be read at once"),
            ));
        }
        if address.checked_add(u64::from(size_bytes)).is_none_or(|end| end > memory) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the guest's memory ends at address {memory}"),
            ));
        }
        // Each byte is the low byte of its address, so that readers can see that they got the right ones.
        Ok((address..address + u64::from(size_bytes)).map(|address| address as u8).collect())
    }
}

impl Simulated {
    /// What a guest that has settled down uses its memory for.
    pub(crate) fn memory_use(&self, now: Timestamp) -> MemoryStats {
        let sizes = self.current().sizes;
        let current = sizes.memory_kib;
        MemoryStats::default()
            .current_kib(current)
            .maximum_kib(sizes.max_memory_kib)
            .swap_in_kib(0_u64)
            .swap_out_kib(0_u64)
            .major_faults(0_u64)
            .minor_faults(current / 4)
            .available_kib(current - current / 64)
            .unused_kib(current / 2)
            .usable_kib(current / 4 * 3)
            .disk_caches_kib(current / 4)
            .rss_kib(current / 2)
            .last_update_unix_s(u64::try_from(now.seconds()).unwrap_or(0))
    }
}
