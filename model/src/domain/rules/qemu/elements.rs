//! What QEMU adds to elements that are no devices, and what it refuses of them.

use super::capabilities::EmulatedArchitecture;
use super::machine::{Machine, MachineFamily};
use crate::CpuMap;
use crate::document::{DocumentErrorKind, MemorySize, OnOff, YesNo};
use crate::domain::clock::{TickPolicy, TimerName, TimerTrack};
use crate::domain::features::{Features, Gic, GicVersion};
use crate::domain::memory::MemorySourceType;
use crate::domain::os::{LoaderType, NvramStore};
use crate::domain::rules::Fault;
use crate::domain::security::{LaunchSecurity, SecurityLabelType};
use crate::domain::sysinfo::Sysinfo;
use crate::domain::{CrashAction, Domain, LifecycleAction};

/// Where QEMU's driver keeps the settings of firmware.
const NVRAM: &str = "/var/lib/libvirt/qemu/nvram";

/// Fills in what QEMU needs.
///
/// # Errors
///
/// A label is of no security driver.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    add_interrupt_controller(domain);
    add_nvram(domain);
    complete_cells(domain);
    for (index, label) in domain.security_labels.iter_mut().enumerate() {
        if label.model.is_none() {
            if label.label.is_some() || label.base_label.is_some() {
                let message = "the label does not say for which security driver it is";
                return Err(Fault::new(
                    DocumentErrorKind::Invalid,
                    format!("seclabel[{}]", index + 1),
                    message,
                )
                .hint("name it in the attribute model"));
            }
            // Without the name of a security driver it is about none.
            (label.label_type, label.model) = (Some(SecurityLabelType::None), Some("none".into()));
            (label.relabel, label.label, label.base_label) = (None, None, None);
        }
    }
    Ok(())
}

fn add_interrupt_controller(domain: &mut Domain) {
    if Machine::of(domain).family != MachineFamily::ArmVirt {
        return;
    }
    let gic = domain.features.get_or_insert_with(Features::default).gic.get_or_insert_with(Gic::default);
    gic.version.get_or_insert(GicVersion::V2);
}

fn add_nvram(domain: &mut Domain) {
    let path = format!("{NVRAM}/{}_VARS.fd", &*domain.name);
    let Some(os) = domain.os.as_mut().filter(|os| os.firmware.is_none()) else { return };
    let keeps_settings = os.loader.as_ref().is_some_and(|loader| {
        loader.loader_type == Some(LoaderType::Pflash)
            && loader.read_only == Some(YesNo::Yes)
            && loader.stateless != Some(YesNo::Yes)
    });
    if keeps_settings {
        let nvram = os.nvram.get_or_insert_with(NvramStore::default);
        if nvram.path.is_empty() && nvram.source.is_none() {
            nvram.path = path;
        }
    }
}

/// Virtual CPUs that no cell names are in the first; the cells tell how much memory there is.
fn complete_cells(domain: &mut Domain) {
    let vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max).min(CpuMap::LIMIT);
    let plugged = crate::domain::rules::memory_device::total(&domain.devices.memory_devices).kib();
    let cells = crate::domain::rules::memory::cells(domain);
    let Some(numa) = domain.cpu.as_mut().and_then(|cpu| cpu.numa.as_mut()) else { return };
    let named: std::collections::BTreeSet<u32> =
        numa.cells.iter().flat_map(|cell| cell.cpus.iter()).flat_map(|cpus| cpus.iter()).collect();
    let mut rest = (0..vcpus).filter(|vcpu| !named.contains(vcpu)).peekable();
    if rest.peek().is_some()
        && let Some(first) = numa.cells.first_mut()
    {
        let own: Vec<u32> = first.cpus.iter().flat_map(|cpus| cpus.iter()).collect();
        first.cpus = Some(own.into_iter().chain(rest).collect());
    }
    if let (Some(cells), Some(memory)) = (cells, &mut domain.memory) {
        memory.size = MemorySize::from_kib(cells.kib().saturating_add(plugged));
    }
}

/// Refuses what QEMU cannot do.
pub(super) fn check(domain: &Domain, emulated: &EmulatedArchitecture) -> Result<(), Fault> {
    check_vcpus(domain, emulated)?;
    check_memory(domain)?;
    check_firmware(domain)?;
    check_features(domain)?;
    check_timers(domain)?;
    check_actions(domain)?;
    if let Some(launch) = &domain.launch_security {
        let what = match launch {
            LaunchSecurity::Sev(_) => "AMD's encryption of memory",
            LaunchSecurity::S390Pv => "a mainframe's protection of guests",
        };
        return refuse("launchSecurity", format!("the host's QEMU does not know {what}"));
    }
    if domain.bootloader_arguments.is_some() {
        return refuse("bootloader_args", "QEMU starts no boot loader of the host");
    }
    for sysinfo in &domain.sysinfo {
        let Sysinfo::FirmwareConfig(config) = sysinfo else { continue };
        let allowed = |name: &str| {
            name.starts_with("opt/") && !name.starts_with("opt/ovmf/") && !name.starts_with("opt/org.qemu/")
        };
        if config.entries.iter().any(|entry| entry.name.as_deref().is_none_or(|name| !allowed(name))) {
            return refuse("sysinfo/entry", "entries for the firmware that users add start with opt/");
        }
    }
    Ok(())
}

fn refuse<T>(path: &str, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(DocumentErrorKind::Unsupported, path, message))
}

fn check_vcpus(domain: &Domain, emulated: &EmulatedArchitecture) -> Result<(), Fault> {
    let Some(vcpu) = &domain.vcpu else { return Ok(()) };
    if vcpu.current == Some(0) {
        return refuse("vcpu/@current", "the first virtual CPU is always there");
    }
    if let Some(first) = domain.vcpus.first() {
        if first.enabled == YesNo::No {
            return refuse("vcpus/vcpu", "the first virtual CPU is always there");
        }
        if first.hotpluggable == Some(YesNo::Yes) {
            return refuse("vcpus/vcpu", "the first virtual CPU cannot be plugged in");
        }
        if first.order.is_some_and(|order| order != 1) {
            return refuse("vcpus/vcpu", "the first virtual CPU is added first");
        }
    }
    check_vcpu_orders(domain)?;
    check_interrupts(domain, vcpu.max)?;
    let most = emulated.machine(Machine::of(domain).name).and_then(|machine| machine.most_vcpus);
    match most {
        Some(most) if vcpu.max > most => {
            refuse("vcpu", format!("the machine has at most {most} virtual CPUs"))
        }
        _ => Ok(()),
    }
}

/// Virtual CPUs that are there at boot are all in an order, or none is.
fn check_vcpu_orders(domain: &Domain) -> Result<(), Fault> {
    let mut there = domain.vcpus.iter().filter(|state| state.enabled == YesNo::Yes);
    let first = there.next().is_some_and(|state| state.order.is_some());
    match there.find(|state| state.order.is_some() != first) {
        Some(other) => {
            let path = format!("vcpus/vcpu[{}]/@order", other.id + 1);
            refuse(
                &path,
                "some virtual CPUs that are there at boot have a place in the order, and some have not",
            )
        }
        None => Ok(()),
    }
}

/// The most virtual CPUs whose interrupts need no extended mode.
const MOST_WITH_SHORT_NUMBERS: u32 = 255;

fn check_interrupts(domain: &Domain, vcpus: u32) -> Result<(), Fault> {
    let driver = domain.devices.iommu.as_ref().and_then(|iommu| iommu.driver.as_ref());
    let is_extended = driver.is_some_and(|driver| driver.extended_interrupts == Some(OnOff::On));
    if vcpus > MOST_WITH_SHORT_NUMBERS && !is_extended && Machine::of(domain).family == MachineFamily::Q35 {
        return refuse("vcpu", "more than 255 virtual CPUs need an IOMMU with intremap='on' and eim='on'");
    }
    Ok(())
}

fn check_memory(domain: &Domain) -> Result<(), Fault> {
    if domain.memory_tune.as_ref().is_some_and(|tune| tune.minimum_guarantee.is_some()) {
        return refuse("memtune/min_guarantee", "QEMU guarantees no memory");
    }
    let has_cells = domain.cpu.as_ref().is_some_and(|cpu| cpu.numa.is_some());
    if domain.max_memory.is_some() && !has_cells && !Machine::of(domain).architecture.is_ppc64() {
        return refuse("maxMemory", "memory is plugged into NUMA cells, and there is none");
    }
    let Some(backing) = &domain.memory_backing else { return Ok(()) };
    let source = backing.source.as_ref().and_then(|source| source.source_type);
    if backing.huge_pages.is_some() && source == Some(MemorySourceType::Anonymous) {
        return refuse("memoryBacking", "large pages do not come from the process's own memory");
    }
    Ok(())
}

fn check_firmware(domain: &Domain) -> Result<(), Fault> {
    let Some(os) = &domain.os else { return Ok(()) };
    let machine = Machine::of(domain);
    let is_efi = os.firmware == Some(crate::domain::os::FirmwareType::Efi)
        || os.loader.as_ref().is_some_and(|loader| loader.loader_type == Some(LoaderType::Pflash));
    let has_acpi = domain.features.as_ref().is_some_and(|features| features.acpi);
    if is_efi && !has_acpi && machine.architecture.is_x86() {
        return refuse("features", "UEFI needs ACPI here");
    }
    if has_acpi && !is_efi && machine.architecture.is_arm() {
        return refuse("features/acpi", "ACPI needs UEFI here");
    }
    if os.loader.as_ref().is_some_and(|loader| loader.secure == Some(YesNo::Yes)) && os.firmware.is_none() {
        if machine.family != MachineFamily::Q35 {
            return refuse("os/loader/@secure", "only machines with the Q35 chipset boot securely");
        }
        let smm = domain.features.as_ref().and_then(|features| features.system_management.as_ref());
        if smm.and_then(|smm| smm.state) != Some(OnOff::On) {
            return refuse("features/smm", "booting securely needs system management mode");
        }
    }
    if os.bios.as_ref().is_some_and(|bios| bios.use_serial == Some(YesNo::Yes))
        && domain.devices.serials.is_empty()
    {
        let message = "the firmware is to write to a serial port, and there is none";
        return Err(Fault::new(DocumentErrorKind::Invalid, "os/bios/@useserial", message));
    }
    Ok(())
}

fn check_features(domain: &Domain) -> Result<(), Fault> {
    let Some(features) = &domain.features else { return Ok(()) };
    let machine = Machine::of(domain);
    let is_pseries = machine.family == MachineFamily::Pseries;
    let is_x86 = machine.architecture.is_x86();
    let only_there = [
        ("gic", features.gic.is_some(), machine.family == MachineFamily::ArmVirt),
        ("hpt", features.hash_page_table.is_some(), is_pseries),
        ("htm", features.transactional_memory.is_some(), is_pseries),
        ("nested-hv", features.nested_guests.is_some(), is_pseries),
        ("ccf-assist", features.count_cache_flush.is_some(), is_pseries),
        ("cfpc", features.cache_flush.is_some(), is_pseries),
        ("sbbc", features.bounds_check_barrier.is_some(), is_pseries),
        ("ibs", features.indirect_branches.is_some(), is_pseries),
        ("smm", features.system_management.is_some(), is_x86),
        ("vmport", features.vmware_port.is_some(), is_x86),
        ("hyperv", features.hyperv.is_some(), is_x86 || machine.architecture == super::Architecture::Aarch64),
    ];
    if let Some((name, ..)) = only_there.iter().find(|(_, wanted, possible)| *wanted && !possible) {
        return refuse(&format!("features/{name}"), format!("the machine cannot have the feature {name}"));
    }
    let cache = features.tcg.as_ref().and_then(|tcg| tcg.translation_cache);
    if cache.is_some_and(|cache| cache.kib() % 1024 != 0) {
        return refuse("features/tcg/tb-cache", "the cache's size is no whole number of MiB");
    }
    Ok(())
}

fn check_timers(domain: &Domain) -> Result<(), Fault> {
    let Some(clock) = &domain.clock else { return Ok(()) };
    let architecture = Machine::of(domain).architecture;
    for (index, timer) in clock.timers.iter().enumerate() {
        let bad = match timer.name {
            TimerName::Platform => true,
            TimerName::Rtc => {
                matches!(timer.track, Some(TimerTrack::Boot))
                    || matches!(timer.tick_policy, Some(TickPolicy::Merge | TickPolicy::Discard))
            }
            TimerName::Pit => timer.tick_policy == Some(TickPolicy::Merge),
            TimerName::Tsc | TimerName::KvmClock | TimerName::HypervClock | TimerName::Hpet => {
                timer.name != TimerName::Hpet && !architecture.is_x86()
            }
            TimerName::ArmVtimer => !architecture.is_arm(),
        };
        if bad {
            let message = format!("QEMU cannot have the timer {} that way", timer.name);
            return refuse(&format!("clock/timer[{}]", index + 1), message);
        }
    }
    Ok(())
}

fn check_actions(domain: &Domain) -> Result<(), Fault> {
    let actions = [("on_poweroff", domain.on_poweroff), ("on_reboot", domain.on_reboot)];
    for (name, action) in actions {
        if let Some(action @ (LifecycleAction::RenameRestart | LifecycleAction::Preserve)) = action {
            return refuse(name, format!("QEMU's driver does not know the action {action} here"));
        }
    }
    if domain.on_crash == Some(CrashAction::RenameRestart) {
        return refuse("on_crash", "QEMU's driver does not know the action rename-restart");
    }
    if (domain.on_poweroff, domain.on_reboot)
        == (Some(LifecycleAction::Restart), Some(LifecycleAction::Destroy))
    {
        return refuse("on_poweroff", "a domain cannot start again at power-off and end at a reboot");
    }
    Ok(())
}
