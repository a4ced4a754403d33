//! `<parallel>`.

use super::character;
use crate::command::address::alias;
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use omnivirt_core::Result;

/// Adds the parallel ports.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for parallel in &arguments.domain.devices.parallels {
        let name = alias(&parallel.info, "parallel")?;
        let chardev = character::add(arguments, &parallel.source, name, parallel.log.as_ref(), "parallel")?;
        let device = Properties::driver("isa-parallel").with("chardev", chardev).with("id", name);
        arguments.device(name, device);
    }
    Ok(())
}
