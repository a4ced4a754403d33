//! Virtual CPUs: which, how many, and where their memory is.

use super::builder::{Builder, List, Properties, on_off, unsupported};
use super::machine::backend;
use omnivirt_core::document::{MemorySize, OnOff, TextValue};
use omnivirt_core::domain::cpu::{Cpu, CpuCacheMode, CpuFeaturePolicy, CpuMode, Numa, NumaCell};
use omnivirt_core::{Error, ErrorKind, Result};

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let domain = builder.domain;
    if let Some(model) = model(builder)? {
        builder.list("-cpu", model);
    }
    let vcpus = domain.vcpu.as_ref();
    let most = vcpus.map_or(1, |vcpu| vcpu.max);
    let now = vcpus.and_then(|vcpu| vcpu.current).filter(|now| *now != most);
    let topology = domain.cpu.as_ref().and_then(|cpu| cpu.topology.as_ref());
    let mut list = List::of(now.unwrap_or(most).to_string()).maybe("maxcpus", now.map(|_| most));
    list = match topology {
        Some(topology) => list
            .with("sockets", topology.sockets)
            .maybe("dies", topology.dies.filter(|_| builder.machine.architecture.is_x86()))
            .with("cores", topology.cores)
            .with("threads", topology.threads),
        None => list.with("sockets", most).with("cores", 1).with("threads", 1),
    };
    builder.list("-smp", list);
    for thread in iothreads(builder) {
        builder.json("-object", Properties::object("iothread", format!("iothread{thread}")));
    }
    match domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()) {
        Some(numa) => nodes(builder, numa),
        None => Ok(()),
    }
}

/// The numbers of threads for input and output.
fn iothreads(builder: &Builder<'_>) -> Vec<u32> {
    let domain = builder.domain;
    let mut numbers: Vec<u32> = domain.iothreads.iter().map(|thread| thread.id).collect();
    let count = domain.iothread_count.unwrap_or(0) as usize;
    let mut next = 1;
    while numbers.len() < count {
        if !numbers.contains(&next) {
            numbers.push(next);
        }
        next += 1;
    }
    numbers
}

fn model(builder: &Builder<'_>) -> Result<Option<List>> {
    let domain = builder.domain;
    let Some(cpu) = &domain.cpu else { return Ok(None) };
    let is_kvm = domain.domain_type.to_text() == "kvm";
    let mut list = match cpu.mode {
        Some(CpuMode::HostPassthrough | CpuMode::HostModel) if is_kvm => {
            let migratable = cpu.migratable.map_or(OnOff::On, |migratable| migratable);
            List::of("host").with("migratable", migratable.to_text())
        }
        Some(CpuMode::HostPassthrough | CpuMode::HostModel | CpuMode::Maximum) => List::of("max"),
        _ => match &cpu.model {
            Some(model) => List::of(&model.name).maybe("vendor", model.vendor_id.as_ref()),
            None => return Ok(None),
        },
    };
    for feature in &cpu.features {
        let state = match feature.policy {
            Some(CpuFeaturePolicy::Disable | CpuFeaturePolicy::Forbid) => "off",
            Some(CpuFeaturePolicy::Optional) => continue,
            _ => "on",
        };
        list = list.with(&feature.name, state);
    }
    if let Some(cache) = &cpu.cache {
        list = match cache.mode {
            CpuCacheMode::Passthrough => list.with("host-cache-info", "on").with("l3-cache", "off"),
            CpuCacheMode::Emulate => list.with("l3-cache", "on"),
            CpuCacheMode::Disable => list.with("host-cache-info", "off").with("l3-cache", "off"),
            other => return Err(unsupported(format!("<cache mode='{}'>", other.to_text()))),
        };
    }
    paravirtual(builder, cpu, list).map(Some)
}

/// What `<features>` says that QEMU takes as properties of CPUs.
fn paravirtual(builder: &Builder<'_>, _cpu: &Cpu, mut list: List) -> Result<List> {
    let Some(features) = &builder.domain.features else { return Ok(list) };
    if let Some(kvm) = &features.kvm
        && kvm.hidden.as_ref().is_some_and(|switch| switch.state == OnOff::On)
    {
        list = list.with("kvm", "off");
    }
    if let Some(pmu) = features.performance_counters.as_ref() {
        list = list.with("pmu", on_off(pmu.state != Some(OnOff::Off)));
    }
    if features.hyperv.is_some() {
        return Err(unsupported("<hyperv> yet"));
    }
    if let Some(locks) = features.paravirtual_spinlocks.as_ref() {
        list = list.with("kvm-pv-unhalt", on_off(locks.state != Some(OnOff::Off)));
    }
    Ok(list)
}

fn memory_kib(cell: &NumaCell) -> Result<u64> {
    let unit = cell.unit.as_deref().unwrap_or("KiB");
    let size = MemorySize::parse(&cell.memory, unit).map_err(|_| {
        let message = format!("the memory of a NUMA cell is '{} {unit}', which is no size", cell.memory);
        Error::new(ErrorKind::XmlInvalid, message)
    })?;
    Ok(size.kib())
}

/// NUMA nodes of the guest, each with memory of its own.
fn nodes(builder: &mut Builder<'_>, numa: &Numa) -> Result<()> {
    for (place, cell) in numa.cells.iter().enumerate() {
        let number = cell.id.unwrap_or(u32::try_from(place).unwrap_or(u32::MAX));
        let name = format!("ram-node{number}");
        let properties = backend(builder, &name)?.with("size", memory_kib(cell)? * 1024);
        builder.json("-object", properties);
        let mut list = List::of("node").with("nodeid", number);
        for cpu in cell.cpus.iter().flat_map(|cpus| cpus.iter()) {
            list = list.with("cpus", cpu);
        }
        builder.list("-numa", list.with("memdev", name));
    }
    for (place, cell) in numa.cells.iter().enumerate() {
        let number = cell.id.unwrap_or(u32::try_from(place).unwrap_or(u32::MAX));
        for distance in &cell.distances {
            let list =
                List::of("dist").with("src", number).with("dst", distance.id).with("val", distance.value);
            builder.list("-numa", list);
        }
    }
    if numa.interconnects.is_some() {
        return Err(unsupported("<interconnects> of NUMA nodes yet"));
    }
    Ok(())
}
