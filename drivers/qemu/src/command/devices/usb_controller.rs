//! `<controller type='usb'>`.

use crate::command::address::{alias, controller, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Controller;
use omnivirt_core::domain::devices::controller::{ControllerBus, UsbController, UsbModel};

/// Adds the controller, unless it is part of the machine.
pub(super) fn add(arguments: &mut Arguments<'_>, one: &Controller, usb: &UsbController) -> Result<()> {
    let own = alias(&one.info, "controller")?;
    let index = one.index.unwrap_or(0);
    let Some(model) = usb.model else {
        if arguments.machine.has_pci() {
            return Err(unsupported("controller", "it is not said which model of USB controller it is"));
        }
        arguments.word("-usb");
        return Ok(());
    };
    let driver = match model {
        UsbModel::None => return Ok(()),
        UsbModel::Piix3Uhci => "piix3-usb-uhci",
        UsbModel::Piix4Uhci => "piix4-usb-uhci",
        UsbModel::Ehci => "usb-ehci",
        UsbModel::Ich9Ehci1 => "ich9-usb-ehci1",
        UsbModel::Ich9Uhci1 => "ich9-usb-uhci1",
        UsbModel::Ich9Uhci2 => "ich9-usb-uhci2",
        UsbModel::Ich9Uhci3 => "ich9-usb-uhci3",
        UsbModel::Vt82c686bUhci => "vt82c686b-usb-uhci",
        UsbModel::PciOhci => "pci-ohci",
        UsbModel::NecXhci => "nec-usb-xhci",
        UsbModel::QemuXhci => "qemu-xhci",
        other => return Err(unsupported("controller", format!("QEMU has no USB controller '{other}'"))),
    };
    let master = one.info.master.as_ref().and_then(|master| master.start_port);
    // A companion is on the bus of the controller whose companion it is, and has that one's number.
    let (first, device) = match master {
        Some(port) => {
            let is_master = |bus: &ControllerBus| matches!(bus, ControllerBus::Usb(_));
            let master = controller(arguments.domain, "usb", index, is_master)?;
            (
                port,
                Properties::driver(driver).with("masterbus", format!("{master}.0")).with("firstport", port),
            )
        }
        None => (0, Properties::driver(driver)),
    };
    debug_assert!(first < 256, "the rules check the port");
    let device = device
        .with_some("p2", usb.ports)
        .with_some("p3", usb.ports)
        .with_some("id", master.is_none().then_some(own))
        .and(placed(arguments.domain, &one.info)?);
    arguments.device(own, device);
    Ok(())
}
