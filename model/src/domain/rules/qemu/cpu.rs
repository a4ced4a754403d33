//! The CPUs that QEMU gives to a guest.

use super::capabilities::EmulatedArchitecture;
use super::machine::Machine;
use crate::document::{DocumentErrorKind, OnOff};
use crate::domain::Domain;
use crate::domain::cpu::{
    Cpu, CpuCacheMode, CpuCheck, CpuFallback, CpuMatch, CpuMode, CpuModel, PhysicalAddressMode,
};
use crate::domain::rules::Fault;

/// Fills in the model of CPU and what is checked of it.
pub(super) fn complete(domain: &mut Domain, program: &EmulatedArchitecture) {
    let is_kvm = &*domain.domain_type == "kvm";
    let machine = Machine::of(domain);
    let is_x86 = machine.architecture.is_x86();
    let default = program.machine(machine.name).and_then(|machine| machine.default_cpu.clone());
    let cpu = domain.cpu.get_or_insert_with(Cpu::default);
    let mut is_default = false;
    if matches!(cpu.mode, None | Some(CpuMode::Custom))
        && cpu.model.is_none()
        && let Some(name) = default
    {
        let mut model = CpuModel::new(name);
        model.fallback = Some(CpuFallback::Forbid);
        (cpu.mode, cpu.matching) = (Some(CpuMode::Custom), Some(CpuMatch::Exact));
        cpu.model = Some(model);
        is_default = true;
    }
    let check = match cpu.mode {
        None => None,
        Some(CpuMode::HostModel) => Some(CpuCheck::Partial),
        Some(CpuMode::Custom) if is_kvm && !is_default => Some(CpuCheck::Partial),
        Some(_) => Some(CpuCheck::None),
    };
    cpu.check = cpu.check.or(check);
    if cpu.mode == Some(CpuMode::HostPassthrough) && is_x86 {
        cpu.migratable.get_or_insert(OnOff::On);
    }
    domain.cpu = domain.cpu.take().filter(|cpu| *cpu != Cpu::default());
}

/// Refuses CPUs that QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let Some(cpu) = &domain.cpu else { return Ok(()) };
    let vcpus = u64::from(domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max));
    if let Some(topology) = &cpu.topology {
        let levels = [topology.sockets, topology.dies.unwrap_or(1), topology.cores, topology.threads];
        let product = levels.iter().try_fold(1_u64, |product, level| product.checked_mul(u64::from(*level)));
        if product != Some(vcpus) {
            let message = format!("the topology is not one of {vcpus} virtual CPUs");
            return Err(Fault::new(DocumentErrorKind::Unsupported, "cpu/topology", message)
                .hint("sockets, dies, cores and threads multiplied are the number of virtual CPUs"));
        }
    }
    check_physical_addresses(cpu)?;
    let is_host = matches!(cpu.mode, Some(CpuMode::HostPassthrough | CpuMode::Maximum));
    if let Some(cache) = &cpu.cache {
        let refused = match cache.mode {
            CpuCacheMode::Passthrough => !is_host || cache.level.is_some(),
            CpuCacheMode::Emulate => cache.level != Some(3),
            CpuCacheMode::Disable => cache.level.is_some(),
        };
        if refused {
            let message = format!("QEMU cannot have the cache's mode {} at this level", cache.mode);
            return Err(Fault::new(DocumentErrorKind::Unsupported, "cpu/cache", message));
        }
    }
    Ok(())
}

/// Bits of physical addresses are given where they are not the host's.
fn check_physical_addresses(cpu: &Cpu) -> Result<(), Fault> {
    let message = match cpu.physical_address.as_ref().map(|address| (address.mode, address.bits)) {
        Some((PhysicalAddressMode::Passthrough, Some(_))) => "the host says how many bits there are",
        Some((PhysicalAddressMode::Emulate, None)) => "it is not said how many bits there are",
        _ => return Ok(()),
    };
    Err(Fault::new(DocumentErrorKind::Unsupported, "cpu/maxphysaddr/@bits", message))
}
