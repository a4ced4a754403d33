//! What is no device: the name, the machine, memory, how it boots, its clock.

use super::PassedFile;
use super::builder::{Builder, List, Properties, on_off, unsupported};
use omnivirt_core::document::{OnOff, TextValue};
use omnivirt_core::domain::clock::{ClockOffset, TickPolicy, TimerName};
use omnivirt_core::domain::features::GicVersion;
use omnivirt_core::domain::memory::{MemoryAccessMode, MemoryAllocationMode, MemorySourceType};
use omnivirt_core::domain::os::{Loader, LoaderType};
use omnivirt_core::domain::rules::qemu::MachineFamily;
use omnivirt_core::domain::{BootTarget, LifecycleAction, YesNo};
use omnivirt_core::{Result, Timestamp};

/// The name, how the guest begins, and the machine.
pub(super) fn head(builder: &mut Builder<'_>) -> Result<()> {
    let domain = builder.domain;
    builder.list("-name", List::new().with("guest", &*domain.name).with("debug-threads", "on"));
    builder.flag("-S");
    firmware(builder)?;
    builder.list("-machine", machine(builder)?);
    let accelerator = match domain.domain_type.to_text().as_ref() {
        "kvm" => "kvm",
        "qemu" => "tcg",
        other => return Err(unsupported(format!("domains of the type '{other}'"))),
    };
    let tcg = domain.features.as_ref().and_then(|features| features.tcg.as_ref());
    let block_cache = tcg.and_then(|tcg| tcg.translation_cache).map(|size| size.kib() / 1024);
    builder.list("-accel", List::of(accelerator).maybe("tb-size", block_cache));
    Ok(())
}

fn machine(builder: &Builder<'_>) -> Result<List> {
    let domain = builder.domain;
    let mut list = List::of(builder.machine.name);
    if builder.machine.family != MachineFamily::Microvm {
        list = list.with("usb", "off");
    }
    let features = domain.features.as_ref();
    if let Some(state) =
        features.and_then(|features| features.vmware_port.as_ref()).and_then(|port| port.state)
    {
        list = list.with("vmport", state.to_text());
    }
    if let Some(smm) = features.and_then(|features| features.system_management.as_ref()) {
        list = list.with("smm", on_off(smm.state != Some(OnOff::Off)));
    }
    if let Some(gic) = features.and_then(|features| features.gic.as_ref()) {
        list = list.maybe(
            "gic-version",
            gic.version
                .filter(|version| *version != GicVersion::Host)
                .map(|version| version.to_text().into_owned()),
        );
    }
    if let Some(apic) = features.and_then(|features| features.io_apic.as_ref()) {
        let split = apic.driver.is_some_and(|driver| driver.to_text() == "qemu");
        list = list.with("kernel_irqchip", if split { "split" } else { "on" });
    }
    let dump = domain.memory.as_ref().and_then(|memory| memory.dump_core);
    list = list.with("dump-guest-core", on_off(dump == Some(OnOff::On)));
    if let Some(loader) = flash(builder) {
        let (code, variables) = loader;
        list = list.with("pflash0", code).maybe("pflash1", variables);
    }
    if domain.cpu.as_ref().is_none_or(|cpu| cpu.numa.is_none()) {
        list = list.maybe("memory-backend", memory_backend(builder));
    }
    let has_acpi = features.is_some_and(|features| features.acpi);
    if builder.machine.architecture.is_x86() && builder.machine.family != MachineFamily::Microvm && !has_acpi
    {
        list = list.with("acpi", "off");
    }
    Ok(list)
}

/// The name of the memory that the machine has from the start.
fn memory_backend(builder: &Builder<'_>) -> Option<&'static str> {
    Some(match builder.machine.family {
        MachineFamily::I440fx | MachineFamily::Q35 | MachineFamily::IsaPc => "pc.ram",
        MachineFamily::Microvm => "microvm.ram",
        MachineFamily::ArmVirt => "mach-virt.ram",
        MachineFamily::RiscvVirt => "riscv_virt_board.ram",
        MachineFamily::Pseries => "ppc_spapr.ram",
        MachineFamily::S390Ccw => "s390.ram",
        _ => return None,
    })
}

/// Flash memory with the firmware: the names of its nodes.
fn flash(builder: &Builder<'_>) -> Option<(&'static str, Option<&'static str>)> {
    let os = builder.domain.os.as_ref()?;
    let is_flash = os.loader.as_ref()?.loader_type == Some(LoaderType::Pflash);
    is_flash.then(|| ("pflash0-format", os.nvram.as_ref().map(|_| "pflash1-format")))
}

fn firmware(builder: &mut Builder<'_>) -> Result<()> {
    let Some(os) = &builder.domain.os else { return Ok(()) };
    let Some(loader) = &os.loader else { return Ok(()) };
    if loader.loader_type != Some(LoaderType::Pflash) {
        if !loader.path.is_empty() {
            builder.option("-bios", loader.path.clone());
        }
        return Ok(());
    }
    write_flash(builder, "pflash0", &loader.path, is_read_only(loader));
    if let Some(nvram) = &os.nvram {
        let path = match &nvram.source {
            Some(source) => source.file.clone().or_else(|| source.device.clone()),
            None => Some(nvram.path.clone()),
        };
        let path =
            path.ok_or_else(|| unsupported("firmware variables on a server (<nvram type='network'>)"))?;
        write_flash(builder, "pflash1", &path, false);
    }
    Ok(())
}

fn is_read_only(loader: &Loader) -> bool {
    loader.read_only != Some(YesNo::No)
}

fn write_flash(builder: &mut Builder<'_>, name: &str, path: &str, read_only: bool) {
    let storage = format!("{name}-storage");
    builder.json(
        "-blockdev",
        Properties::of("file")
            .with("filename", path)
            .with("node-name", storage.clone())
            .with("auto-read-only", true)
            .with("discard", "unmap"),
    );
    builder.json(
        "-blockdev",
        Properties::of("raw")
            .with("node-name", format!("{name}-format"))
            .with("read-only", read_only)
            .with("file", storage),
    );
}

/// Memory, and how virtual CPUs are spread over sockets.
pub(super) fn memory(builder: &mut Builder<'_>) -> Result<()> {
    let domain = builder.domain;
    let kib = domain.memory_size().map_or(0, |size| size.kib());
    let size = List::new().with("size", format!("{kib}k"));
    let size = match &domain.max_memory {
        Some(most) => {
            size.with("slots", most.slots.unwrap_or(0)).with("maxmem", format!("{}k", most.size.kib()))
        }
        None => size,
    };
    builder.list("-m", size);
    if domain.cpu.as_ref().is_none_or(|cpu| cpu.numa.is_none())
        && let Some(name) = memory_backend(builder)
    {
        let properties = backend(builder, name)?.with("size", kib * 1024);
        builder.json("-object", properties);
    }
    let is_locked = domain.memory_backing.as_ref().is_some_and(|backing| backing.is_locked);
    builder.list("-overcommit", List::new().with("mem-lock", on_off(is_locked)));
    Ok(())
}

/// Memory of the host for the guest, as `<memoryBacking>` says.
pub(super) fn backend(builder: &Builder<'_>, id: &str) -> Result<Properties> {
    let Some(backing) = &builder.domain.memory_backing else {
        return Ok(Properties::object("memory-backend-ram", id));
    };
    let source = backing.source.as_ref().and_then(|source| source.source_type);
    let is_shared = backing.access.as_ref().and_then(|access| access.mode) == Some(MemoryAccessMode::Shared);
    let properties = match (source, &backing.huge_pages) {
        (Some(MemorySourceType::Memfd), None) => Properties::object("memory-backend-memfd", id),
        (Some(MemorySourceType::Memfd), Some(_)) => {
            Properties::object("memory-backend-memfd", id).with("hugetlb", true)
        }
        (_, Some(pages)) => {
            let large = pages.pages.first().is_some_and(|page| {
                page.size == 1 && page.unit.as_deref().is_some_and(|unit| unit.starts_with('G'))
            });
            let path = if large { "/dev/hugepages1G" } else { "/dev/hugepages" };
            Properties::object("memory-backend-file", id)
                .with("mem-path", path)
                .with("discard-data", true)
                .with("prealloc", true)
        }
        (Some(MemorySourceType::File), None) => Properties::object("memory-backend-file", id)
            .with("mem-path", builder.context.directory.join(id).display().to_string())
            .with("discard-data", backing.is_discarded),
        _ => Properties::object("memory-backend-ram", id),
    };
    let properties = if is_shared { properties.with("share", true) } else { properties };
    let properties = if backing.is_never_merged { properties.with("merge", false) } else { properties };
    let allocation = backing.allocation.as_ref();
    let is_immediate =
        allocation.and_then(|allocation| allocation.mode) == Some(MemoryAllocationMode::Immediate);
    Ok(if is_immediate {
        properties
            .with("prealloc", true)
            .maybe("prealloc-threads", allocation.and_then(|allocation| allocation.threads))
    } else {
        properties
    })
}

/// Identity, monitor, clock and boot.
pub(super) fn rest(builder: &mut Builder<'_>) -> Result<()> {
    let domain = builder.domain;
    if let Some(uuid) = domain.uuid {
        builder.option("-uuid", uuid.to_string());
    }
    if domain.devices.graphics.is_empty() {
        builder.option("-display", "none");
    }
    builder.flag("-no-user-config");
    builder.flag("-nodefaults");
    let number = builder.pass(PassedFile::Monitor);
    builder.list(
        "-chardev",
        List::of("socket")
            .with("id", "charmonitor")
            .with("fd", number)
            .with("server", "on")
            .with("wait", "off"),
    );
    builder.list(
        "-mon",
        List::new().with("chardev", "charmonitor").with("id", "monitor").with("mode", "control"),
    );
    clock(builder)?;
    builder.flag("-no-shutdown");
    if domain.on_reboot == Some(LifecycleAction::Destroy) {
        builder.option("-action", "reboot=shutdown");
    }
    sleep(builder);
    boot(builder)
}

fn clock(builder: &mut Builder<'_>) -> Result<()> {
    let clock = builder.domain.clock.as_ref();
    let offset = clock.and_then(|clock| clock.offset).unwrap_or(ClockOffset::Utc);
    let base = match offset {
        ClockOffset::Utc => "utc".to_owned(),
        ClockOffset::LocalTime => "localtime".to_owned(),
        ClockOffset::Absolute => moment(clock.and_then(|clock| clock.start).unwrap_or(0).cast_signed()),
        ClockOffset::Variable => adjusted(clock.and_then(|clock| clock.adjustment.as_deref())),
        other => return Err(unsupported(format!("<clock offset='{}'>", other.to_text()))),
    };
    let mut list = List::new().with("base", base);
    let timers = clock.map(|clock| clock.timers.as_slice()).unwrap_or_default();
    let timer = |name: TimerName| timers.iter().find(|timer| timer.name == name);
    if let Some(rtc) = timer(TimerName::Rtc) {
        list = match rtc.tick_policy {
            Some(TickPolicy::CatchUp) => list.with("driftfix", "slew"),
            None | Some(TickPolicy::Delay) => list,
            Some(other) => {
                return Err(unsupported(format!("<timer name='rtc' tickpolicy='{}'>", other.to_text())));
            }
        };
    }
    builder.list("-rtc", list);
    if let Some(pit) = timer(TimerName::Pit) {
        match pit.tick_policy {
            Some(TickPolicy::Delay) => builder.option("-global", "kvm-pit.lost_tick_policy=delay"),
            Some(TickPolicy::Discard) => builder.option("-global", "kvm-pit.lost_tick_policy=discard"),
            _ => {}
        }
    }
    let has_hpet = timer(TimerName::Hpet).and_then(|hpet| hpet.present);
    if has_hpet == Some(YesNo::No) {
        builder.flag("-no-hpet");
    }
    Ok(())
}

/// The time that is so many seconds from now.
fn adjusted(seconds: Option<&str>) -> String {
    let seconds = seconds.and_then(|seconds| seconds.parse::<i64>().ok()).unwrap_or(0);
    moment(Timestamp::now().seconds().saturating_add(seconds))
}

/// A time, in seconds since 1970, as QEMU takes it: of UTC without saying so.
fn moment(seconds: i64) -> String {
    let text = Timestamp::from_seconds(seconds).to_string();
    text.trim_end_matches('Z').to_owned()
}

/// Whether the guest can sleep.
fn sleep(builder: &mut Builder<'_>) {
    let device = match builder.machine.family {
        MachineFamily::I440fx => "PIIX4_PM",
        MachineFamily::Q35 => "ICH9-LPC",
        _ => return,
    };
    let Some(power) = &builder.domain.power_management else { return };
    for (state, name) in [(&power.suspend_to_memory, "disable_s3"), (&power.suspend_to_disk, "disable_s4")] {
        if let Some(enabled) = state.as_ref().and_then(|state| state.enabled) {
            let disabled = u8::from(enabled == YesNo::No);
            builder.option("-global", format!("{device}.{name}={disabled}"));
        }
    }
}

fn boot(builder: &mut Builder<'_>) -> Result<()> {
    let Some(os) = &builder.domain.os else { return Ok(()) };
    let mut list = List::new();
    if let Some(menu) = &os.boot_menu {
        list = list
            .maybe("menu", menu.enable.map(|enable| on_off(enable == YesNo::Yes)))
            .maybe("splash-time", menu.timeout);
    }
    let timeout = os.bios.as_ref().and_then(|bios| bios.reboot_timeout);
    builder.list("-boot", list.maybe("reboot-timeout", timeout).with("strict", "on"));
    for (option, path) in
        [("-kernel", &os.kernel), ("-initrd", &os.initrd), ("-append", &os.cmdline), ("-dtb", &os.dtb)]
    {
        if let Some(value) = path {
            builder.option(option, value.clone());
        }
    }
    for table in &os.acpi_tables {
        builder.list("-acpitable", List::new().with("sig", "SLIC").with("file", &table.path));
    }
    Ok(())
}

/// The place of a device among those that are booted from, where `<boot dev=…>` says it by sort.
pub(super) fn boot_index(builder: &Builder<'_>, sort: BootTarget, is_first: bool) -> Option<u32> {
    let os = builder.domain.os.as_ref().filter(|_| is_first)?;
    let place = os.boot.iter().position(|boot| boot.dev == sort)?;
    u32::try_from(place + 1).ok()
}

/// What keeps QEMU in its bounds, and what the document adds by itself.
pub(super) fn tail(builder: &mut Builder<'_>) -> Result<()> {
    if builder.context.is_incoming {
        builder.option("-incoming", "defer");
    }
    builder.list(
        "-sandbox",
        List::of("on")
            .with("obsolete", "deny")
            .with("elevateprivileges", "deny")
            .with("spawn", "deny")
            .with("resourcecontrol", "deny"),
    );
    let vmcore = builder.domain.features.as_ref().and_then(|features| features.vmcore_info.as_ref());
    if vmcore.is_some_and(|switch| switch.state != Some(OnOff::Off)) {
        builder.device(Properties::of("vmcoreinfo"))?;
    }
    builder.list("-msg", List::new().with("timestamp", "on"));
    for argument in builder.domain.qemu_command_line.iter().flat_map(|line| &line.arguments) {
        if let Some(value) = &argument.value {
            builder.flag(value);
        }
    }
    Ok(())
}
