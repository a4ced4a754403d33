//! `<watchdog>`.

use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::watchdog::WatchdogAction;

/// Adds the watchdogs, and what happens when one bites.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for watchdog in &arguments.domain.devices.watchdogs {
        let name = alias(&watchdog.info, "watchdog")?;
        let place = placed(arguments.domain, &watchdog.info)?;
        let device = Properties::driver(watchdog.model.as_str()).with("id", name).and(place);
        arguments.device(name, device);
    }
    if let Some(watchdog) = arguments.domain.devices.watchdogs.first() {
        let action = match watchdog.action.unwrap_or(WatchdogAction::Reset) {
            // QEMU stands still, and the driver writes the dump.
            WatchdogAction::Dump => WatchdogAction::Pause,
            action => action,
        };
        arguments.option("-watchdog-action", action.as_str());
    }
    Ok(())
}
