//! `<serial>`.

use super::character;
use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::character_device::{SerialModelName, SerialTargetType};

/// Adds the serial ports.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for serial in &arguments.domain.devices.serials {
        let name = alias(&serial.info, "serial")?;
        let chardev = character::add(arguments, &serial.source, name, serial.log.as_ref(), "serial")?;
        let target = serial.target.as_ref();
        let model = target.and_then(|target| target.model.as_ref()).and_then(|model| model.name);
        let target_type = target.and_then(|target| target.target_type);
        let driver = match (model, target_type) {
            // Ports that are part of the machine.
            (Some(SerialModelName::Pl011 | SerialModelName::Uart16550a), _)
            | (None, Some(SerialTargetType::SystemSerial)) => {
                arguments.option("-serial", format!("chardev:{chardev}"));
                continue;
            }
            (Some(model), _) => model.as_str(),
            (None, Some(SerialTargetType::IsaSerial)) => "isa-serial",
            (None, Some(SerialTargetType::UsbSerial)) => "usb-serial",
            (None, Some(SerialTargetType::PciSerial)) => "pci-serial",
            (None, None) if !arguments.machine.has_isa() => {
                // Where nothing says otherwise it is the port of the machine.
                arguments.option("-serial", format!("chardev:{chardev}"));
                continue;
            }
            (None, None) => "isa-serial",
            (None, Some(other)) => {
                return Err(unsupported("serial/target", format!("QEMU has no serial port '{other}'")));
            }
        };
        let port = target.and_then(|target| target.port);
        let index = port.filter(|_| driver == "isa-serial");
        let device = Properties::driver(driver)
            .with("chardev", chardev)
            .with("id", name)
            .with_some("index", index)
            .and(placed(arguments.domain, &serial.info)?);
        arguments.device(name, device);
    }
    Ok(())
}
