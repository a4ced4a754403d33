//! `<memballoon>`.

use crate::command::address::{alias, is_on, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::VirtioModel;
use omnivirt_core::domain::devices::memory_balloon::MemoryBalloonModel;
use serde_json::json;

/// Adds the balloon; it is set to the memory that the guest is to have before the guest runs.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for balloon in &arguments.domain.devices.memory_balloons {
        let model = match balloon.model {
            MemoryBalloonModel::None => continue,
            MemoryBalloonModel::Virtio => VirtioModel::Virtio,
            MemoryBalloonModel::VirtioTransitional => VirtioModel::VirtioTransitional,
            MemoryBalloonModel::VirtioNonTransitional => VirtioModel::VirtioNonTransitional,
            model => return Err(unsupported("memballoon", format!("QEMU has no balloon '{model}'"))),
        };
        let name = alias(&balloon.info, "memballoon")?;
        let device = Properties::driver(virtio("virtio-balloon", &balloon.info, Some(model))?)
            .and(virtio_options(balloon.driver.as_ref()))
            .with("id", name)
            .with_some("deflate-on-oom", balloon.auto_deflate.map(is_on))
            .with_some("free-page-reporting", balloon.free_page_reporting.map(is_on))
            .and(placed(arguments.domain, &balloon.info)?);
        arguments.device(name, device);
        let (all, now) = (arguments.domain.memory_size(), arguments.domain.current_memory);
        // A guest that comes from elsewhere brings its balloon's state along.
        let now = now.filter(|_| !arguments.context.is_incoming);
        if let Some(now) = now.filter(|now| all.is_some_and(|all| *now < all)) {
            arguments.command("balloon", json!({ "value": now.kib() << 10 }));
        }
        let period = balloon.statistics.as_ref().and_then(|statistics| statistics.period);
        if let Some(seconds) = period.filter(|seconds| *seconds > 0) {
            let path = format!("/machine/peripheral/{name}");
            let value = json!({ "path": path, "property": "guest-stats-polling-interval", "value": seconds });
            arguments.command("qom-set", value);
        }
    }
    Ok(())
}
