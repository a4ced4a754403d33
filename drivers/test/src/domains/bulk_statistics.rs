//! What many domains have used and done, in one call.

use super::disks;
use super::interfaces;
use super::iothreads;
use super::perf;
use super::state::{Run, Simulated};
use super::statistics::times;
use super::values::{parsed, picked};
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::*;

#[driver_ops]
impl DomainBulkStatisticsOps for TestDriver {
    async fn domain_stats(
        &self,
        _: &CallCx,
        domains: &[DomainRef],
        groups: &StatsGroups,
        filter: &DomainFilter,
        options: &StatsOptions,
    ) -> Result<Vec<DomainStats>> {
        // The simulator has every group, so that there is nothing to enforce, and never waits for a job.
        let groups = if *groups == StatsGroups::default() { all_groups() } else { groups.clone() };
        if domains.is_empty() {
            let entries = self.host.domains.all();
            let mut stats = Vec::with_capacity(entries.len());
            for entry in entries {
                // One that has gone meanwhile is not there any more.
                let Ok(domain) = entry.lock() else { continue };
                if domain.passes(filter) {
                    stats.push(self.host.stats(&domain, &groups, options));
                }
            }
            return Ok(stats);
        }
        let stats = |domain| Ok(self.host.stats(&*self.host.domain(domain)?.lock()?, &groups, options));
        domains.iter().map(stats).collect()
    }
}

fn all_groups() -> StatsGroups {
    StatsGroups::default()
        .state(true)
        .cpu(true)
        .balloon(true)
        .vcpu(true)
        .interface(true)
        .block(true)
        .perf(true)
        .iothread(true)
        .memory(true)
        .dirty_rate(true)
        .vm(true)
}

impl Host {
    fn stats(&self, domain: &Simulated, groups: &StatsGroups, options: &StatsOptions) -> DomainStats {
        let now = self.clock.now();
        let sizes = domain.current().sizes;
        let mut stats = DomainStats::default().domain(domain.reference()).age_ms(0_u64);
        if groups.state {
            stats = stats.state(StateStats::default().state(domain.state).reason(domain.reason));
        }
        if groups.balloon {
            let memory = match &domain.run {
                Some(_) => domain.memory_use(now),
                None => {
                    MemoryStats::default().current_kib(sizes.memory_kib).maximum_kib(sizes.max_memory_kib)
                }
            };
            stats = stats.balloon(memory);
        }
        if groups.vcpu {
            stats = stats.vcpu(VcpuCountStats::default().current(sizes.vcpus).maximum(sizes.max_vcpus));
        }
        if let Some(run) = &domain.run {
            self.add_run(&mut stats, domain, run, groups, options, now);
        } else if groups.block {
            stats.blocks =
                disks::all(&domain.current().config).map(|disk| self.idle_block_stats(disk)).collect();
        }
        stats
    }

    /// Adds what only a domain that runs has.
    fn add_run(
        &self,
        stats: &mut DomainStats,
        domain: &Simulated,
        run: &Run,
        groups: &StatsGroups,
        options: &StatsOptions,
        now: Timestamp,
    ) {
        let config = &run.configuration.config;
        let cpu_time_ns = run.cpu_time_ns(now);
        if groups.cpu {
            let times = times(cpu_time_ns);
            let mut cpu =
                CpuStats::default().time_ns(cpu_time_ns).haltpoll_success_ns(0_u64).haltpoll_fail_ns(0_u64);
            (cpu.user_ns, cpu.system_ns) = (times.user_time_ns, times.system_time_ns);
            stats.cpu = Some(cpu);
        }
        if groups.vcpu {
            stats.vcpus = vcpus(domain, run, cpu_time_ns);
        }
        if groups.interface {
            stats.interfaces = interfaces::all(config).map(|interface| interface.stats(run, now)).collect();
        }
        if groups.block {
            for disk in disks::all(config) {
                stats.blocks.push(self.block_stats(run, disk));
                if options.backing {
                    stats.blocks.extend(self.backing_stats(run, disk));
                }
            }
        }
        if groups.perf {
            stats.perf = Some(perf::counted(config, cpu_time_ns));
        }
        if groups.iothread {
            stats.iothreads = iothreads(config);
        }
        if groups.dirty_rate {
            stats.dirty_rate = Some(run.dirty_rate(now));
        }
        if groups.vm {
            // As KVM counts them: one exit to the host in 50 microseconds, most of them for the virtual disk.
            let exits = cpu_time_ns / 50_000;
            stats.vm.push("exits.sum", exits);
            stats.vm.push("io_exits.sum", exits / 4 * 3);
            stats.vm.push("irq_exits.sum", exits / 8);
        }
    }

    fn idle_block_stats(&self, disk: disks::Disk<'_>) -> BlockStats {
        let stats = BlockStats::default().name(disk.target());
        let Some(source) = disk.source() else { return stats };
        let image = self.images.get(&source);
        stats
            .allocation_bytes(image.allocated_bytes)
            .capacity_bytes(image.capacity_bytes)
            .physical_bytes(image.allocated_bytes)
            .path(source)
    }
}

/// Each virtual CPU that is on line, all with the same share of the time; the first one also what cannot be divided.
fn vcpus(domain: &Simulated, run: &Run, cpu_time_ns: u64) -> Vec<VcpuStats> {
    let count = run.configuration.sizes.vcpus.max(1);
    let state = if domain.state == DomainState::Running { VcpuState::Running } else { VcpuState::Blocked };
    let each = cpu_time_ns / u64::from(count);
    let rest = cpu_time_ns % u64::from(count);
    (0..count)
        .map(|number| {
            VcpuStats::default()
                .number(number)
                .state(state)
                .time_ns(if number == 0 { each + rest } else { each })
                .wait_ns(0_u64)
                .halted(state != VcpuState::Running)
                .delay_ns(each / 1000)
        })
        .collect()
}

/// Each I/O thread, with how it waits for work.
fn iothreads(config: &DomainConfig) -> Vec<IothreadStats> {
    let list = config.root().child("iothreadids");
    let thread = |id: u32| {
        let element = list.and_then(|list| picked(list, "iothread", "@id", &id.to_string()));
        let value = |way| element.and_then(|element| parsed::<u64>(element, way)).unwrap_or(0);
        IothreadStats::default()
            .id(id)
            .poll_max_ns(
                element.and_then(|element| parsed::<u64>(element, "poll/@max")).unwrap_or(POLL_MAX_NS),
            )
            .poll_grow(value("poll/@grow"))
            .poll_shrink(value("poll/@shrink"))
    };
    iothreads::ids(config).into_iter().map(thread).collect()
}

/// How long an I/O thread looks for work where nothing is set, as QEMU has it.
const POLL_MAX_NS: u64 = 32_768;
