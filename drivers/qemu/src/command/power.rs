//! What the guest can do to its machine: power off, sleep, reboot; and ACPI, through which it does.

use super::arguments::Arguments;
use omnivirt_core::Result;
use omnivirt_core::domain::rules::qemu::{Architecture, MachineFamily};
use omnivirt_core::domain::{LifecycleAction, YesNo};
use serde_json::json;

/// Adds how the machine goes off and to sleep.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    // The process stays when the guest powers off: what happens then is for the driver to decide.
    arguments.word("-no-shutdown");
    if matches!(domain.on_reboot, Some(LifecycleAction::Destroy | LifecycleAction::Preserve)) {
        arguments.command("set-action", json!({ "reboot": "shutdown" }));
    }
    let has_acpi = domain.features.as_ref().is_some_and(|features| features.acpi);
    let can_do_without =
        arguments.machine.architecture.is_x86() || arguments.machine.architecture == Architecture::Aarch64;
    if !has_acpi && can_do_without {
        match arguments.context.program.version {
            (..8, ..) => arguments.word("-no-acpi"),
            _ => arguments.option("-machine", "acpi=off"),
        }
    }
    let device = match arguments.machine.family {
        MachineFamily::Q35 => "ICH9-LPC",
        MachineFamily::I440fx => "PIIX4_PM",
        _ => return Ok(()),
    };
    let Some(sleep) = &domain.power_management else { return Ok(()) };
    let states = [("disable_s3", &sleep.suspend_to_memory), ("disable_s4", &sleep.suspend_to_disk)];
    for (property, state) in states {
        if let Some(enabled) = state.as_ref().and_then(|state| state.enabled) {
            let disabled = u32::from(enabled == YesNo::No);
            arguments.option("-global", format!("{device}.{property}={disabled}"));
        }
    }
    Ok(())
}
