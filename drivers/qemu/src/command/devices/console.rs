//! `<console>`.

use super::channel::port_place;
use super::character;
use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::character_device::ConsoleTargetType;

/// Adds the consoles that are no other name for a serial port.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for console in &arguments.domain.devices.consoles {
        let target = console.target.as_ref().and_then(|target| target.target_type);
        let driver = match target {
            None | Some(ConsoleTargetType::Serial) => continue,
            Some(ConsoleTargetType::Virtio) => "virtconsole",
            Some(ConsoleTargetType::Sclp) => "sclpconsole",
            Some(ConsoleTargetType::SclpLineMode) => "sclplmconsole",
            Some(other) => {
                return Err(unsupported(
                    "console/target",
                    format!("QEMU has no console of the type '{other}'"),
                ));
            }
        };
        let name = alias(&console.info, "console")?;
        let chardev = character::add(arguments, &console.source, name, console.log.as_ref(), "console")?;
        let place = match console.info.address {
            Some(Address::VirtioSerial(_)) => port_place(arguments.domain, &console.info)?,
            _ => placed(arguments.domain, &console.info)?,
        };
        let device = Properties::driver(driver).and(place).with("chardev", chardev).with("id", name);
        arguments.device(name, device);
    }
    Ok(())
}
