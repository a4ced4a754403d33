//! What a domain has used and done, one domain at a time.

use super::blocks::Blocks;
use super::dirty_rate;
use super::images::{self, Disk};
use super::queue::in_turn;
use super::state::DomainEntry;
use super::threads::threads;
use crate::connection::QemuDriver;
use crate::host::cpus;
use omnivirt_core::*;
use std::sync::Arc;

#[driver_ops]
impl DomainStatisticsOps for QemuDriver {
    async fn cpu_stats(&self, _: &CallCx, domain: &DomainRef, range: &CpuRange) -> Result<DomainCpuStats> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.run()?;
        let (all, first) = (cpus::present(), range.first.unwrap_or(0));
        if first >= all {
            let message = format!("there is no CPU {first}: the host has {all}");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let (process, threads) = threads(&entry).await?;
        let mut total = CpuTimes::default();
        if let Some(usage) = process.usage() {
            total.cpu_time_ns = Some(usage.user_ns.saturating_add(usage.system_ns));
            total.user_time_ns = Some(usage.user_ns);
            total.system_time_ns = Some(usage.system_ns);
        }
        let of_vcpus = threads.vcpus.values().filter_map(|thread| process.thread_usage(*thread));
        total.vcpu_time_ns = Some(of_vcpus.map(|usage| usage.cpu_time_ns()).sum());
        // The kernel does not keep how much of it was on which CPU.
        Ok(DomainCpuStats::default().total(total))
    }

    async fn block_stats(&self, _: &CallCx, domain: &DomainRef, disk: &str) -> Result<BlockStats> {
        let entry = self.host.domain(domain)?;
        let wanted = match disk {
            "" => None,
            name => Some(images::find(&entry.lock()?.run()?.configuration.config, name)?),
        };
        let (disks, blocks) = ask(&entry).await?;
        Ok(match wanted {
            Some(disk) => blocks.stats(&disk),
            None => blocks.total(&disks),
        })
    }

    async fn block_info(&self, _: &CallCx, domain: &DomainRef, disk: &str) -> Result<BlockInfo> {
        let entry = self.host.domain(domain)?;
        let (disk, is_active) = {
            let domain = entry.lock()?;
            (images::find(&domain.current()?.config, disk)?, domain.is_active())
        };
        if !is_active {
            return crate::blocking(move || disk.sizes()).await;
        }
        let (_, blocks) = ask(&entry).await?;
        blocks.info(&disk).ok_or_else(|| disk.empty())
    }

    async fn disk_errors(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<DiskError>> {
        let entry = self.host.domain(domain)?;
        let (disks, blocks) = ask(&entry).await?;
        Ok(blocks.errors(&disks))
    }

    async fn start_dirty_rate_calc(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        seconds: u32,
        mode: DirtyRateMode,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.run()?;
        dirty_rate::check(seconds, mode)?;
        in_turn(&entry.clone(), async move {
            let monitor = {
                let mut domain = entry.lock()?;
                let run = domain.run()?;
                run.known.has_dirty_rate = Some(true);
                run.monitor()?
            };
            dirty_rate::start(&monitor, seconds, mode).await
        })
        .await
    }
}

/// What QEMU tells of the disks of a run; it is not asked about none.
async fn ask(entry: &Arc<DomainEntry>) -> Result<(Vec<Disk>, Blocks)> {
    let (disks, monitor) = {
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        let disks = images::disks(&run.configuration.config);
        if disks.is_empty() {
            return Ok((disks, Blocks::default()));
        }
        (disks, run.monitor()?)
    };
    let blocks = Blocks::ask(&monitor, &disks).await?;
    Ok((disks, blocks))
}
