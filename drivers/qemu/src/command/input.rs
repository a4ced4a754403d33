//! Keyboards, mice and tablets.

use super::builder::{Builder, Properties, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::devices::Input;
use omnivirt_core::domain::devices::input::{InputBus, InputType};

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let inputs = &builder.domain.devices.inputs;
    inputs.iter().try_for_each(|input| write_one(builder, input))
}

fn write_one(builder: &mut Builder<'_>, input: &Input) -> Result<()> {
    let device = match (input.bus, input.input_type) {
        // They are part of the machine.
        (Some(InputBus::Ps2), _) => return Ok(()),
        (Some(InputBus::Usb), InputType::Mouse) => "usb-mouse".to_owned(),
        (Some(InputBus::Usb), InputType::Tablet) => "usb-tablet".to_owned(),
        (Some(InputBus::Usb), InputType::Keyboard) => "usb-kbd".to_owned(),
        (Some(InputBus::Virtio), InputType::Mouse) => builder.virtio("mouse", &input.info),
        (Some(InputBus::Virtio), InputType::Tablet) => builder.virtio("tablet", &input.info),
        (Some(InputBus::Virtio), InputType::Keyboard) => builder.virtio("keyboard", &input.info),
        (Some(InputBus::Virtio), InputType::Passthrough) => {
            let device = input.source.as_ref().and_then(|source| source.passed_through.clone());
            let name = builder.virtio("input-host", &input.info);
            let properties = Properties::of(name).with("id", builder.id(&input.info)?).maybe("evdev", device);
            let properties = builder.placed(properties, &input.info)?;
            return builder.device(properties);
        }
        (_, sort) => return Err(unsupported(format!("an <input> of the type {}", sort.to_text()))),
    };
    let properties =
        Properties::of(device).with("id", builder.id(&input.info)?).virtio(input.driver.as_ref());
    let properties = builder.placed(properties, &input.info)?;
    builder.device(properties)
}
