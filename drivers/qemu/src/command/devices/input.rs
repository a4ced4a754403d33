//! `<input>`.

use crate::command::address::{alias, bootable, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Input;
use omnivirt_core::domain::devices::input::{InputBus, InputType};

/// Adds the input devices; those on PS/2 are part of the machine.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for input in &arguments.domain.devices.inputs {
        let name = alias(&input.info, "input")?;
        match (input.input_type, input.bus) {
            (InputType::Evdev, _) => add_event_device(arguments, input, name)?,
            (_, Some(InputBus::Ps2)) => {}
            (_, Some(InputBus::Usb)) => {
                let driver = match input.input_type {
                    InputType::Mouse => "usb-mouse",
                    InputType::Tablet => "usb-tablet",
                    InputType::Keyboard => "usb-kbd",
                    other => return Err(unsupported("input", format!("USB has no '{other}'"))),
                };
                let device = Properties::driver(driver).with("id", name);
                arguments.device(name, device.and(bootable(arguments.domain, &input.info)?));
            }
            (_, Some(InputBus::Virtio)) => add_virtio(arguments, input, name)?,
            (_, bus) => {
                let bus = bus.map_or("none", InputBus::as_str);
                return Err(unsupported("input", format!("QEMU has no input devices on the bus '{bus}'")));
            }
        }
    }
    Ok(())
}

fn add_virtio(arguments: &mut Arguments<'_>, input: &Input, name: &str) -> Result<()> {
    let stem = match input.input_type {
        InputType::Mouse => "virtio-mouse",
        InputType::Tablet => "virtio-tablet",
        InputType::Keyboard => "virtio-keyboard",
        InputType::Passthrough => "virtio-input-host",
        other => return Err(unsupported("input", format!("virtio has no '{other}'"))),
    };
    let source = input.source.as_ref().and_then(|source| source.passed_through.as_deref());
    let device = Properties::driver(virtio(stem, &input.info, input.model)?)
        .and(virtio_options(input.driver.as_ref()))
        .with("id", name)
        .with_some("evdev", source.filter(|_| input.input_type == InputType::Passthrough))
        .and(bootable(arguments.domain, &input.info)?);
    arguments.device(name, device);
    Ok(())
}

fn add_event_device(arguments: &mut Arguments<'_>, input: &Input, name: &str) -> Result<()> {
    let source = input.source.as_ref();
    let Some(device) = source.and_then(|source| source.device.as_deref()) else {
        return Err(unsupported("input/source", "it is not said which device it is"));
    };
    let object = Properties::object("input-linux", name)
        .with("evdev", device)
        .with_some("repeat", source.and_then(|source| source.repeat).map(crate::command::address::is_on))
        .with_some("grab_all", source.and_then(|source| source.grab).map(|_| true))
        .with_some("grab-toggle", source.and_then(|source| source.grab_toggle).map(|toggle| toggle.as_str()));
    arguments.json("-object", object);
    Ok(())
}
