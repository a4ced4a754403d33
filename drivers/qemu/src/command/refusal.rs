//! What a document asks for and QEMU, or this driver, cannot do.

use super::arguments::Arguments;
use omnivirt_core::domain::cpu::{CpuCheck, CpuMatch};
use omnivirt_core::domain::features::Features;
use omnivirt_core::domain::vcpus::VcpuPlacement;
use omnivirt_core::{Error, ErrorKind, Result};

/// An error that names the element and says why it cannot be had.
pub(super) fn unsupported(element: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, format!("{element}: {why}")).with_context("element", element)
}

/// What a completed domain always has, and this one has not.
pub(super) fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the document has no {what}"))
        .with_context("element", what)
        .with_hint("it has to be completed by the hypervisor's rules first")
}

/// The oldest QEMU whose command line this is: it takes interfaces in JSON.
const OLDEST: (u32, u32, u32) = (7, 2, 0);

/// Refuses what no part of the command line is about.
pub(super) fn check(arguments: &Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    let version = arguments.context.program.version;
    if version < OLDEST {
        let why = format!(
            "it is QEMU {}.{}.{}, and the oldest that can be used is 7.2",
            version.0, version.1, version.2
        );
        return Err(unsupported("devices/emulator", why));
    }
    if let Some(lease) = domain.devices.leases.first() {
        let key = lease.key.as_deref().unwrap_or_default();
        arguments.refuse_start("lease", &format!("there is no lock manager for the lease '{key}'"))?;
    }
    if domain.bootloader.is_some() {
        return Err(unsupported("bootloader", "QEMU has no boot loader on the host"));
    }
    let none = Features::default();
    let features = domain.features.as_ref().unwrap_or(&none);
    let resource = domain.resource.as_ref();
    // libvirt writes its own partition into the documents of running domains.
    let partition =
        resource.and_then(|resource| resource.partition.as_deref()).filter(|path| *path != "/machine");
    let is_auto = |placement: Option<VcpuPlacement>| placement == Some(VcpuPlacement::Auto);
    let memory = domain.numa_tune.as_ref().and_then(|tune| tune.memory.as_ref());
    let cpu = domain.cpu.as_ref();
    let is_checked = cpu.is_some_and(|cpu| cpu.check != Some(CpuCheck::None));
    let matching = cpu.and_then(|cpu| cpu.matching);
    let has_catch_up =
        domain.clock.iter().flat_map(|clock| &clock.timers).any(|timer| timer.catch_up.is_some());
    let asked = [
        (partition.is_some(), "resource/partition", "guests cannot be put below a control group of choice"),
        (
            resource.is_some_and(|resource| resource.fibre_channel.is_some()),
            "resource/fibrechannel",
            "what the guest asks of disks cannot be marked",
        ),
        (
            is_auto(domain.vcpu.as_ref().and_then(|vcpu| vcpu.placement)),
            "vcpu/@placement",
            "there is no numad that could be asked for host CPUs",
        ),
        (
            is_auto(memory.and_then(|memory| memory.placement)),
            "numatune/memory/@placement",
            "there is no numad that could be asked for host nodes",
        ),
        (
            matching == Some(CpuMatch::Minimum),
            "cpu/@match",
            "what the host's CPU has beyond a model cannot be added; use the mode host-model",
        ),
        (
            matching == Some(CpuMatch::Strict) && is_checked,
            "cpu/@match",
            "whether the host's CPU has no more than the model cannot be checked; use check='none'",
        ),
        (domain.id_map.is_some(), "idmap", "only containers have users of their own"),
        (has_catch_up, "clock/timer/catchup", "QEMU itself chooses how fast a clock catches up"),
        (domain.performance.is_some(), "perf", "events of a guest's process cannot be counted yet"),
        (
            domain.os.as_ref().is_some_and(|os| os.init.is_some()),
            "os/init",
            "only containers have an init program",
        ),
        (
            domain.qemu_capabilities.is_some(),
            "qemu:capabilities",
            "what QEMU can do is asked of it and not told",
        ),
        (features.private_network, "features/privnet", "only containers have networks of their own"),
        (features.capabilities.is_some(), "features/capabilities", "only containers have capabilities"),
        (features.hap.is_some(), "features/hap", "QEMU is no Xen"),
        (features.viridian, "features/viridian", "QEMU is no Xen; use <hyperv>"),
        (features.unknown_registers.is_some(), "features/msrs", "it is the host's kernel that decides"),
    ];
    for (is_asked, element, why) in asked {
        if is_asked {
            arguments.refuse_start(element, why)?;
        }
    }
    if features.xen.is_some() {
        return Err(unsupported("features/xen", "QEMU is no Xen"));
    }
    Ok(())
}
