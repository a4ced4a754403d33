//! `<rng>`.

use super::character;
use crate::command::address::{alias, bootable, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::random_generator::RandomBackend;

/// Adds the random number generators, with where their numbers come from.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for random in &arguments.domain.devices.random_generators {
        let name = alias(&random.info, "rng")?;
        let object = format!("obj{name}");
        let backend = match &random.backend {
            RandomBackend::Device(device) => {
                Properties::object("rng-random", object.as_str()).with("filename", device.path.as_str())
            }
            RandomBackend::Daemon(daemon) => {
                let Some(source) = &daemon.source else {
                    return Err(unsupported("rng/backend", "it is not said where the daemon is"));
                };
                let chardev = character::add(arguments, source, name, daemon.log.as_ref(), "rng/backend")?;
                Properties::object("rng-egd", object.as_str()).with("chardev", chardev)
            }
            RandomBackend::Hypervisor => Properties::object("rng-builtin", object.as_str()),
            _ => return Err(unsupported("rng/backend", "QEMU does not know it")),
        };
        arguments.json("-object", backend);
        let rate = random.rate.as_ref();
        let bytes = rate.and_then(|rate| rate.bytes);
        let period = bytes.map(|_| rate.and_then(|rate| rate.period).unwrap_or(1000));
        let device = Properties::driver(virtio("virtio-rng", &random.info, Some(random.model))?)
            .and(virtio_options(random.driver.as_ref()))
            .with("rng", object)
            .with("id", name)
            .with_some("max-bytes", bytes)
            .with_some("period", period)
            .and(bootable(arguments.domain, &random.info)?);
        arguments.device(name, device);
    }
    Ok(())
}
