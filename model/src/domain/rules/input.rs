//! Keyboards, mice and the like, whatever the hypervisor is.

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::input::{Input, InputBus, InputType};

/// Completes each by itself. `has_ps2` says whether mice and keyboards are on the PC's own ports where nothing else is said.
pub(super) fn complete(domain: &mut Domain, has_ps2: bool) -> Result<(), Fault> {
    let os_type = domain.os.as_ref().and_then(|os| os.os_type.as_ref());
    let is_xen = os_type.is_some_and(|os_type| matches!(os_type.name.as_str(), "xen" | "xenpvh"));
    for (index, input) in domain.devices.inputs.iter_mut().enumerate() {
        complete_one(input, is_xen, has_ps2)
            .map_err(|fault| fault.within(&format!("devices/input[{}]", index + 1)))?;
    }
    Ok(())
}

fn complete_one(input: &mut Input, is_xen: bool, has_ps2: bool) -> Result<(), Fault> {
    let fault = |kind, path: &str, message: &str| Err(Fault::new(kind, path, message));
    if is_xen {
        let is_known = matches!(input.input_type, InputType::Mouse | InputType::Keyboard);
        if !is_known || input.bus.is_some_and(|bus| bus != InputBus::Xen) {
            return fault(
                DocumentErrorKind::Malformed,
                "@bus",
                "Xen's bus has nothing but mice and keyboards",
            );
        }
        input.bus = Some(InputBus::Xen);
        return Ok(());
    }
    match (input.input_type, input.bus) {
        (InputType::Tablet, Some(InputBus::Ps2)) => {
            return fault(DocumentErrorKind::Malformed, "@bus", "a tablet cannot be on a PS/2 port");
        }
        (_, Some(InputBus::Xen)) => {
            return fault(DocumentErrorKind::Malformed, "@bus", "only a guest of Xen has its bus");
        }
        (InputType::Evdev, Some(bus)) if bus != InputBus::None => {
            return fault(
                DocumentErrorKind::Unsupported,
                "@bus",
                "a device whose events are read is on no bus",
            );
        }
        (InputType::Passthrough, Some(bus)) if bus != InputBus::Virtio => {
            return fault(
                DocumentErrorKind::Unsupported,
                "@bus",
                "a device is passed through by virtio alone",
            );
        }
        _ => {}
    }
    input.bus = input.bus.or(match input.input_type {
        InputType::Mouse | InputType::Keyboard if has_ps2 => Some(InputBus::Ps2),
        InputType::Mouse | InputType::Keyboard | InputType::Tablet => Some(InputBus::Usb),
        InputType::Passthrough => Some(InputBus::Virtio),
        InputType::Evdev => None,
    });
    input.bus.take_if(|bus| *bus == InputBus::None);
    if input.model.is_some() && input.bus.is_some_and(|bus| bus != InputBus::Virtio) {
        return fault(DocumentErrorKind::Unsupported, "@model", "only a virtio device has a model");
    }
    complete_source(input)
}

fn complete_source(input: &mut Input) -> Result<(), Fault> {
    let Some(source) = &input.source else { return Ok(()) };
    let path = match input.input_type {
        InputType::Passthrough => source.passed_through.as_ref(),
        InputType::Evdev => source.device.as_ref(),
        InputType::Mouse | InputType::Keyboard | InputType::Tablet => {
            input.source = None;
            return Ok(());
        }
    };
    match path {
        Some(_) => Ok(()),
        None => {
            Err(Fault::new(DocumentErrorKind::Invalid, "source", "the path of the host's device is missing"))
        }
    }
}
