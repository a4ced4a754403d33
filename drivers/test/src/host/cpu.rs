//! Calls about the simulated host's CPUs, and about CPU models.

use super::cpu_description::{Description, Meaning};
use super::cpu_models::{MODELS, NOT_MIGRATABLE, best_for, is_known_arch};
use super::info::written;
use super::{cpu_description, emulator};
use crate::connection::TestDriver;
use omnivirt_core::*;

#[driver_ops]
impl HostCpuOps for TestDriver {
    async fn node_cpu_map(&self, _: &CallCx) -> Result<NodeCpuMap> {
        let hardware = &self.host.machine.hardware;
        Ok(NodeCpuMap::default().cpus(hardware.cpus()).online(hardware.online()))
    }

    async fn node_cpu_stats(&self, _: &CallCx, cpu: Option<u32>) -> Result<NodeCpuStats> {
        let machine = &self.host.machine;
        let online = machine.hardware.online;
        let cpus = match cpu {
            Some(cpu) if cpu >= online => {
                let message = format!("there is no CPU {cpu} on line: the host has {online}");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            Some(_) => 1,
            None => online,
        };
        let uptime = u64::try_from(machine.uptime(self.host.clock.now()).as_nanos()).unwrap_or(u64::MAX);
        // A host that does little: of 1,000 parts of the time.
        let part = |share: u64| uptime.saturating_mul(share * u64::from(cpus)) / 1000;
        let (kernel, user, iowait, interrupts) = (part(15), part(40), part(4), part(1));
        let busy = kernel + user + iowait + interrupts;
        Ok(NodeCpuStats::default()
            .kernel_ns(kernel)
            .user_ns(user)
            .idle_ns(part(1000) - busy)
            .iowait_ns(iowait)
            .interrupts_ns(interrupts))
    }

    async fn cpu_models(&self, _: &CallCx, arch: &str) -> Result<Vec<String>> {
        if !is_known_arch(arch) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("no CPU models of architecture '{arch}' are known"),
            )
            .with_hint("those of x86_64 and i686 are"));
        }
        Ok(MODELS.iter().filter(|model| model.suits(arch)).map(|model| model.name.to_owned()).collect())
    }

    async fn cpu_compare(&self, _: &CallCx, xml: &str, options: &CpuCompareOptions) -> Result<CpuComparison> {
        compare(&self.host.machine.hardware, xml, options)
    }

    async fn cpu_baseline(
        &self,
        _: &CallCx,
        cpus_xml: &[String],
        options: &CpuBaselineOptions,
    ) -> Result<String> {
        baseline(cpus_xml, options, "allow")
    }

    async fn hypervisor_cpu_compare(
        &self,
        _: &CallCx,
        emulator: &EmulatorChoice,
        xml: &str,
        options: &CpuCompareOptions,
    ) -> Result<CpuComparison> {
        emulator::choose(&self.host.machine.hardware, emulator)?;
        compare(&self.host.machine.hardware, xml, options)
    }

    async fn hypervisor_cpu_baseline(
        &self,
        _: &CallCx,
        emulator: &EmulatorChoice,
        cpus_xml: &[String],
        options: &CpuBaselineOptions,
    ) -> Result<String> {
        emulator::choose(&self.host.machine.hardware, emulator)?;
        baseline(cpus_xml, options, "forbid")
    }
}

fn compare(hardware: &super::Hardware, xml: &str, options: &CpuCompareOptions) -> Result<CpuComparison> {
    let description = Description::read(xml, options.validate)?;
    let (comparison, why) = cpu_description::compare(&description, hardware.arch());
    match why {
        Some(why) if options.fail_incompatible => Err(Error::new(ErrorKind::CpuIncompatible, why)),
        _ => Ok(comparison),
    }
}

/// What all of the described CPUs have, as the best model for it and the features beyond that.
fn baseline(cpus_xml: &[String], options: &CpuBaselineOptions, fallback: &str) -> Result<String> {
    let mut cpus = cpus_xml
        .iter()
        .map(|xml| Description::read(xml, false)?.meaning())
        .collect::<Result<Vec<Meaning>>>()?
        .into_iter();
    let Some(mut common) = cpus.next() else {
        return Err(Error::new(ErrorKind::InvalidArgument, "a common CPU needs at least one CPU"));
    };
    for cpu in cpus {
        common.meet(cpu)?;
    }
    if options.migratable {
        common.features.retain(|feature| !NOT_MIGRATABLE.contains(&feature.as_str()));
    }
    let Some((model, rest)) = best_for(&common.features, common.vendor.as_deref(), &common.arch) else {
        return Err(Error::new(
            ErrorKind::CpuIncompatible,
            "the CPUs have too little in common for any CPU model",
        ));
    };
    let listed = if options.expand_features { &common.features } else { &rest };
    Ok(written(&cpu_description::written(model, listed, fallback)))
}
