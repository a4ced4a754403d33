//! `<hub>`.

use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use omnivirt_core::Result;

/// Adds the hubs.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for hub in &arguments.domain.devices.hubs {
        let name = alias(&hub.info, "hub")?;
        let place = placed(arguments.domain, &hub.info)?;
        arguments.device(name, Properties::driver("usb-hub").with("id", name).and(place));
    }
    Ok(())
}
