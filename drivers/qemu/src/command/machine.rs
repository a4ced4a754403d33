//! `-machine` and `-accel`.

use super::address::is_on;
use super::arguments::Arguments;
use super::keyed::Keyed;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::{MemorySize, OnOff};
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::clock::{TickPolicy, TimerName};
use omnivirt_core::domain::devices::iommu::IommuModel;
use omnivirt_core::domain::devices::memory_device::MemoryModel;
use omnivirt_core::domain::features::{Features, GicVersion, HashPageTableResizing, IoApicDriver, Switch};
use omnivirt_core::domain::rules::qemu::{Architecture, MachineFamily};
use omnivirt_core::domain::security::CipherName;

/// Adds the machine and what accelerates it.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let pflash = super::firmware::add(arguments)?;
    let domain = arguments.domain;
    let none = Features::default();
    let features = domain.features.as_ref().unwrap_or(&none);
    let mut machine = Keyed::new(arguments.machine.name);
    if arguments.machine.family != MachineFamily::Microvm {
        machine.push("usb", "off");
    }
    let switch = |switch: &Option<Switch>| switch.as_ref().map(|switch| switch.state.unwrap_or(OnOff::On));
    machine = machine.with_some("vmport", switch(&features.vmware_port));
    if let Some(smm) = &features.system_management {
        machine.push("smm", smm.state.unwrap_or(OnOff::On));
    }
    for cipher in domain.key_wrap.iter().flat_map(|wrap| &wrap.ciphers) {
        let key = if cipher.name == CipherName::Aes { "aes-key-wrap" } else { "dea-key-wrap" };
        machine.push(key, cipher.state);
    }
    if let Some(driver) = features.io_apic.as_ref().and_then(|io_apic| io_apic.driver) {
        machine.push("kernel_irqchip", if driver == IoApicDriver::Qemu { "split" } else { "on" });
    }
    if let Some(gic) = features.gic.as_ref().and_then(|gic| gic.version)
        && (arguments.machine.architecture == Architecture::Aarch64 || gic != GicVersion::V2)
    {
        machine.push("gic-version", gic);
    }
    if domain.devices.iommu.as_ref().is_some_and(|iommu| iommu.model == IommuModel::Smmuv3) {
        machine.push("iommu", "smmuv3");
    }
    machine = power(machine, features);
    let dump = domain.memory.as_ref().and_then(|memory| memory.dump_core).unwrap_or(OnOff::Off);
    machine.push("dump-guest-core", dump);
    if domain.memory_backing.as_ref().is_some_and(|backing| backing.is_never_merged) {
        machine.push("mem-merge", "off");
    }
    if domain.devices.memory_devices.iter().any(|memory| matches!(memory.model, MemoryModel::Nvdimm(_))) {
        machine.push("nvdimm", "on");
    }
    if super::numa::has_heterogeneous_memory(domain) {
        machine.push("hmat", "on");
    }
    if let Some(name) = super::memory::name(arguments)? {
        machine.push("memory-backend", name);
    }
    for (index, node) in pflash.iter().enumerate() {
        machine.push(&format!("pflash{index}"), node);
    }
    let use_serial = domain.os.as_ref().and_then(|os| os.bios.as_ref()).and_then(|bios| bios.use_serial);
    if use_serial == Some(YesNo::Yes) {
        machine.push("graphics", "off");
    }
    if let Some(loadparm) = super::boot::load_parameter(domain) {
        machine.push("loadparm", loadparm);
    }
    arguments.option("-machine", machine);
    if let Some(memory) = features.system_management.as_ref().and_then(|smm| smm.memory.as_ref()) {
        let size = MemorySize::parse(&memory.size.to_string(), memory.unit.as_deref().unwrap_or("MiB"))
            .map_err(|_| unsupported("features/smm/tseg", "it is no size"))?;
        arguments.option("-global", format!("mch.extended-tseg-mbytes={}", size.kib() / 1024));
    }
    accelerate(arguments, features)
}

fn accelerate(arguments: &mut Arguments<'_>, features: &Features) -> Result<()> {
    let accel = match &*arguments.domain.domain_type {
        "kvm" => {
            let ring = features.kvm.as_ref().and_then(|kvm| kvm.dirty_ring.as_ref());
            let ring = ring.filter(|ring| is_on(ring.state)).and_then(|ring| ring.size);
            Keyed::new("kvm").with_some("dirty-ring-size", ring)
        }
        "qemu" => {
            let cache = features.tcg.as_ref().and_then(|tcg| tcg.translation_cache);
            Keyed::new("tcg").with_some("tb-size", cache.map(|cache| cache.kib() / 1024))
        }
        other => return Err(unsupported("domain", format!("QEMU runs no domains of type '{other}'"))),
    };
    arguments.option("-accel", accel);
    Ok(())
}

/// What POWER machines can be told.
fn power(mut machine: Keyed, features: &Features) -> Keyed {
    if let Some(table) = &features.hash_page_table {
        machine = machine.with_some("resize-hpt", table.resizing.map(HashPageTableResizing::as_str));
        machine = machine
            .with_some("cap-hpt-max-page-size", table.largest_page.map(|page| format!("{}k", page.kib())));
    }
    machine
        .with_some("cap-htm", features.transactional_memory.as_ref().map(|feature| feature.state))
        .with_some("cap-nested-hv", features.nested_guests.as_ref().map(|feature| feature.state))
        .with_some("cap-ccf-assist", features.count_cache_flush.as_ref().map(|feature| feature.state))
        .with_some("cap-cfpc", features.cache_flush.as_ref().and_then(|feature| feature.value))
        .with_some("cap-sbbc", features.bounds_check_barrier.as_ref().and_then(|feature| feature.value))
        .with_some("cap-ibs", features.indirect_branches.as_ref().and_then(|feature| feature.value))
}

/// The timers that the machine has or has not, which is told apart from its other properties.
pub(super) fn add_timers(arguments: &mut Arguments<'_>) -> Result<()> {
    let Some(clock) = &arguments.domain.clock else { return Ok(()) };
    for timer in &clock.timers {
        match timer.name {
            TimerName::Pit => {
                let policy = match timer.tick_policy {
                    None | Some(TickPolicy::CatchUp) => continue,
                    Some(TickPolicy::Delay) => "delay",
                    Some(TickPolicy::Discard) => "discard",
                    Some(policy) => {
                        return Err(unsupported("clock/timer", format!("the PIT has no policy '{policy}'")));
                    }
                };
                if arguments.is_kvm() {
                    arguments.option("-global", format!("kvm-pit.lost_tick_policy={policy}"));
                }
            }
            TimerName::Hpet
                if timer.present == Some(YesNo::No) && arguments.machine.architecture.is_x86() =>
            {
                match arguments.context.program.version {
                    (..8, ..) => arguments.word("-no-hpet"),
                    _ => arguments.option("-machine", "hpet=off"),
                }
            }
            TimerName::Platform => {
                return Err(unsupported("clock/timer", "QEMU has no timer 'platform'"));
            }
            _ => {}
        }
    }
    Ok(())
}
