//! The virtual CPUs of a domain.

use super::pins::Pinned;
use super::plan::Side;
use super::queue::in_turn;
use super::state::Configuration;
use super::threads::{affinity, threads};
use crate::connection::QemuDriver;
use omnivirt_core::domain::{DomainConfig, Vcpu};
use omnivirt_core::*;

#[driver_ops]
impl DomainVcpuOps for QemuDriver {
    async fn vcpus(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<VcpuInfo>> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.run()?;
        let (process, threads) = threads(&entry).await?;
        let describe = |(number, thread): (&u32, &i32)| {
            // One that has ended is not there any more.
            let usage = process.thread_usage(*thread)?;
            let mut info = VcpuInfo::default()
                .number(*number)
                .state(state_of(usage.usage.is_running))
                .cpu_time_ns(usage.cpu_time_ns())
                .affinity(affinity(*thread)?);
            info.cpu = usage.usage.cpu;
            Some(info)
        };
        Ok(threads.vcpus.iter().filter_map(describe).collect())
    }

    async fn vcpu_count(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
        options: &VcpuCountOptions,
    ) -> Result<u32> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if options.guest {
            domain.run()?;
            return Err(no_agent());
        }
        let sizes = domain.side(affect)?.sizes;
        Ok(if options.maximum { sizes.max_vcpus } else { sizes.vcpus })
    }

    async fn set_vcpus(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        count: u32,
        affect: &AffectOptions,
        options: &SetVcpusOptions,
    ) -> Result<()> {
        if count == 0 {
            return Err(invalid("a domain cannot be without virtual CPUs".to_owned()));
        }
        let entry = self.host.domain(domain)?;
        let (host, affect, options) = (self.host.clone(), affect.clone(), options.clone());
        in_turn(&entry.clone(), async move {
            if options.guest {
                entry.lock()?.run()?;
                return Err(no_agent());
            }
            let planned =
                entry.lock()?.plan(&affect, |side, configuration| match (options.maximum, side) {
                    (true, Side::Live) => Err(Error::new(
                        ErrorKind::InvalidState,
                        "the most virtual CPUs of a running domain cannot be changed",
                    )
                    .with_hint("change the definition, for the next start")),
                    (true, Side::Config) => with_maximum(&configuration.config, count),
                    (false, Side::Live) => unplugged(configuration, count),
                    (false, Side::Config) => with_current(configuration, count),
                })?;
            host.keep(&entry, planned).await
        })
        .await
    }

    async fn pin_vcpu(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        vcpu: u32,
        cpus: &CpuMap,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let check = move |configuration: &Configuration| match configuration.sizes.max_vcpus {
            most if vcpu >= most => {
                Err(invalid(format!("there is no virtual CPU {vcpu}; there can be {most}, from 0")))
            }
            _ => Ok(()),
        };
        self.host.pin(entry, cx.cause(), Pinned::Vcpu(vcpu), cpus, affect, check).await
    }

    async fn vcpu_pins(&self, _: &CallCx, domain: &DomainRef, affect: &AffectOptions) -> Result<Vec<CpuMap>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let side = domain.side(affect)?;
        let typed = side.config.domain();
        Ok((0..side.sizes.max_vcpus).map(|number| Pinned::Vcpu(number).cpus(&typed)).collect())
    }

    async fn pin_emulator(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        cpus: &CpuMap,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        self.host.pin(entry, cx.cause(), Pinned::Emulator, cpus, affect, |_| Ok(())).await
    }

    async fn emulator_pin(&self, _: &CallCx, domain: &DomainRef, affect: &AffectOptions) -> Result<CpuMap> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(Pinned::Emulator.cpus(&domain.side(affect)?.config.domain()))
    }
}

/// What a virtual CPU does whose thread does that: one that sleeps waits for an interrupt, or for the guest to go on.
pub(super) fn state_of(is_running: bool) -> VcpuState {
    if is_running { VcpuState::Running } else { VcpuState::Blocked }
}

/// The run as it is, if it has so many already.
fn unplugged(configuration: &Configuration, count: u32) -> Result<DomainConfig> {
    check_fits(configuration, count)?;
    if count == configuration.sizes.vcpus {
        return Ok(configuration.config.clone());
    }
    Err(Error::new(
        ErrorKind::OperationUnsupported,
        "the qemu driver does not plug virtual CPUs into a running domain yet, nor out of it",
    )
    .with_hint("change the definition, for the next start"))
}

fn with_current(configuration: &Configuration, count: u32) -> Result<DomainConfig> {
    check_fits(configuration, count)?;
    let changed = configuration.config.with(|domain| {
        let vcpu = domain.vcpu.get_or_insert_with(|| Vcpu::new(count));
        vcpu.current = Some(count).filter(|count| *count < vcpu.max);
        // The number alone says which: the first ones.
        domain.vcpus.clear();
    });
    Ok(changed?)
}

fn with_maximum(config: &DomainConfig, count: u32) -> Result<DomainConfig> {
    let domain = config.domain();
    if let Some(topology) = domain.cpu.as_ref().and_then(|cpu| cpu.topology.as_ref()) {
        let dies = topology.dies.unwrap_or(1);
        let product = [topology.sockets, dies, topology.cores, topology.threads]
            .into_iter()
            .try_fold(1_u32, u32::checked_mul);
        if product != Some(count) {
            return Err(invalid(format!(
                "the <topology> of the domain's CPUs has not {count} of them: {} sockets, {dies} dies, {} cores, {} threads",
                topology.sockets, topology.cores, topology.threads
            ))
            .with_hint("change the topology in the document"));
        }
    }
    let changed = config.with(|domain| {
        let vcpu = domain.vcpu.get_or_insert_with(|| Vcpu::new(count));
        vcpu.max = count;
        vcpu.current = vcpu.current.filter(|current| *current < count);
        domain.vcpus.retain(|vcpu| vcpu.id < count);
    });
    Ok(changed?)
}

fn check_fits(configuration: &Configuration, count: u32) -> Result<()> {
    let most = configuration.sizes.max_vcpus;
    if count <= most {
        return Ok(());
    }
    Err(invalid(format!("{count} virtual CPUs are more than the {most} that there can be")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

fn no_agent() -> Error {
    Error::new(
        ErrorKind::AgentUnresponsive,
        "the qemu driver does not ask the guest agent about virtual CPUs yet",
    )
    .with_hint("leave guest out")
}
