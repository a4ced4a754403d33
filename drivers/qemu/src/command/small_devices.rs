//! Devices with little to say: memory balloon, random numbers, watchdog, panic device, identity of the guest.

use super::builder::{Builder, Properties, is_on, unsupported};
use super::character::write_source;
use omnivirt_core::Result;
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::GenerationId;
use omnivirt_core::domain::devices::memory_balloon::MemoryBalloonModel;
use omnivirt_core::domain::devices::panic::PanicModel;
use omnivirt_core::domain::devices::random_generator::RandomBackend;
use omnivirt_core::domain::devices::watchdog::WatchdogAction;
use omnivirt_core::domain::devices::{MemoryBalloon, Panic, RandomGenerator, VirtioModel, Watchdog};

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let devices = &builder.domain.devices;
    devices.watchdogs.iter().try_for_each(|watchdog| write_watchdog(builder, watchdog))?;
    devices.memory_balloons.iter().try_for_each(|balloon| write_balloon(builder, balloon))?;
    devices.random_generators.iter().try_for_each(|generator| write_random(builder, generator))?;
    devices.panics.iter().try_for_each(|panic| write_panic(builder, panic))?;
    if let Some(GenerationId::Fixed(id)) = &builder.domain.generation_id {
        builder.device(Properties::of("vmgenid").with("guid", id.to_string()).with("id", "vmgenid0"))?;
    }
    Ok(())
}

fn write_watchdog(builder: &mut Builder<'_>, watchdog: &Watchdog) -> Result<()> {
    let properties =
        Properties::of(watchdog.model.to_text().into_owned()).with("id", builder.id(&watchdog.info)?);
    let properties = builder.placed(properties, &watchdog.info)?;
    builder.device(properties)?;
    let action = match watchdog.action {
        // Dumped by the driver, once the guest stands still.
        Some(WatchdogAction::Dump) => "pause".to_owned(),
        Some(action) => action.to_text().into_owned(),
        None => "reset".to_owned(),
    };
    builder.option("-watchdog-action", action);
    Ok(())
}

fn write_balloon(builder: &mut Builder<'_>, balloon: &MemoryBalloon) -> Result<()> {
    let name = builder.virtio("balloon", &balloon.info);
    let name = match balloon.model {
        MemoryBalloonModel::None => return Ok(()),
        MemoryBalloonModel::Virtio => name,
        MemoryBalloonModel::VirtioTransitional => format!("{name}-transitional"),
        MemoryBalloonModel::VirtioNonTransitional => format!("{name}-non-transitional"),
        other => return Err(unsupported(format!("a <memballoon> of the model {}", other.to_text()))),
    };
    let properties = Properties::of(name)
        .with("id", builder.id(&balloon.info)?)
        .maybe("deflate-on-oom", balloon.auto_deflate.map(is_on))
        .maybe("free-page-reporting", balloon.free_page_reporting.map(is_on))
        .virtio(balloon.driver.as_ref());
    let properties = builder.placed(properties, &balloon.info)?;
    builder.device(properties)
}

fn write_random(builder: &mut Builder<'_>, generator: &RandomGenerator) -> Result<()> {
    let id = builder.id(&generator.info)?;
    let object = format!("obj{id}");
    let backend = match &generator.backend {
        RandomBackend::Device(device) => {
            let path = if device.path.is_empty() { "/dev/urandom" } else { &device.path };
            Properties::object("rng-random", &*object).with("filename", path)
        }
        RandomBackend::Hypervisor => Properties::object("rng-builtin", &*object),
        RandomBackend::Daemon(daemon) => {
            let Some(source) = &daemon.source else { return Err(unsupported("an <rng> without a source")) };
            write_source(builder, &format!("char{id}"), source, daemon.log.as_ref(), None)?;
            Properties::object("rng-egd", &*object).with("chardev", format!("char{id}"))
        }
        _ => return Err(unsupported("an <rng> with a backend of that model")),
    };
    builder.json("-object", backend);
    let suffix = match generator.model {
        VirtioModel::Virtio => "",
        VirtioModel::VirtioTransitional => "-transitional",
        VirtioModel::VirtioNonTransitional => "-non-transitional",
        _ => return Err(unsupported("an <rng> of that model")),
    };
    let rate = generator.rate.as_ref();
    let bytes = rate.and_then(|rate| rate.bytes);
    let properties = Properties::of(builder.virtio("rng", &generator.info) + suffix)
        .with("rng", object)
        .with("id", id)
        .maybe("max-bytes", bytes)
        .maybe("period", bytes.map(|_| rate.and_then(|rate| rate.period).unwrap_or(1000)))
        .virtio(generator.driver.as_ref());
    let properties = builder.placed(properties, &generator.info)?;
    builder.device(properties)
}

fn write_panic(builder: &mut Builder<'_>, panic: &Panic) -> Result<()> {
    match panic.model {
        Some(PanicModel::Isa) | None => {
            let properties = builder.placed(Properties::of("pvpanic"), &panic.info)?;
            builder.device(properties)
        }
        // They are part of the machine, or of its CPUs.
        Some(PanicModel::Pseries | PanicModel::S390) => Ok(()),
        Some(other) => Err(unsupported(format!("a <panic> of the model {} yet", other.to_text()))),
    }
}
