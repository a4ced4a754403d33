//! Where devices stand, as QEMU is told it.

use super::builder::{Builder, Properties, is_on};
use omnivirt_core::Result;
use omnivirt_core::domain::devices::address::{Address, PciAddress};
use omnivirt_core::domain::devices::controller::{ControllerBus, PciModel, UsbModel};
use omnivirt_core::domain::devices::{Controller, DeviceInfo};
use omnivirt_core::domain::rules::qemu::MachineFamily;

impl Builder<'_> {
    /// Properties with the place of a device, as far as the document says one.
    pub(super) fn placed(&self, properties: Properties, info: &DeviceInfo) -> Result<Properties> {
        let properties = properties.info(info);
        Ok(match &info.address {
            Some(Address::Pci(address)) => self.on_pci(properties, address),
            Some(Address::Usb(address)) => properties
                .with(
                    "bus",
                    format!(
                        "{}.0",
                        self.controller(address.bus.unwrap_or(0), is_usb).unwrap_or_else(|| "usb".into())
                    ),
                )
                .maybe("port", address.port.clone()),
            Some(Address::VirtioSerial(address)) => {
                let controller = address.controller.unwrap_or(0);
                properties
                    .with("bus", format!("virtio-serial{controller}.{}", address.bus.unwrap_or(0)))
                    .maybe("nr", address.port.filter(|port| *port > 0))
            }
            Some(Address::Ccid(address)) => {
                properties.with("bus", format!("ccid{}.0", address.controller.unwrap_or(0)))
            }
            Some(Address::Ccw(address)) => {
                let number = |value: Option<u64>| value.unwrap_or(0);
                properties.with(
                    "devno",
                    format!(
                        "{:x}.{:x}.{:04x}",
                        number(address.subsystem.map(|value| value.0)),
                        number(address.subchannel_set.map(|value| value.0)),
                        number(address.device_number.map(|value| value.0))
                    ),
                )
            }
            Some(Address::SpaprVio(address)) => {
                properties.maybe("reg", address.register.map(|register| register.0))
            }
            Some(Address::Isa(address)) => properties
                .maybe("iobase", address.io_base.map(|base| base.0))
                .maybe("irq", address.interrupt.map(|interrupt| interrupt.0)),
            _ => properties,
        })
    }

    fn on_pci(&self, properties: Properties, address: &PciAddress) -> Properties {
        let (slot, function) =
            (address.slot.map_or(0, |slot| slot.0), address.function.map_or(0, |function| function.0));
        let place = if function == 0 { format!("0x{slot:x}") } else { format!("0x{slot:x}.0x{function:x}") };
        let bus = address.bus.map_or(0, |bus| bus.0);
        properties
            .with("bus", self.pci_bus(u32::try_from(bus).unwrap_or(u32::MAX)))
            .maybe("multifunction", address.multifunction.map(is_on))
            .with("addr", place)
    }

    /// The name of the bus of that number.
    pub(super) fn pci_bus(&self, index: u32) -> String {
        if index == 0 {
            return if self.machine.has_pcie_root() || self.machine.family == MachineFamily::Microvm {
                "pcie.0".to_owned()
            } else {
                "pci.0".to_owned()
            };
        }
        let name = self.controller(index, |controller| controller.pci().is_some());
        let model = self
            .domain
            .devices
            .controllers
            .iter()
            .find(|controller| controller.index == Some(index) && controller.pci().is_some())
            .and_then(|controller| controller.pci()?.model);
        let name = name.unwrap_or_else(|| format!("pci.{index}"));
        // A host bridge of a pseries machine has its bus under it.
        if model == Some(PciModel::PciRoot) { format!("{name}.0") } else { name }
    }

    /// The name of a controller of a sort.
    pub(super) fn controller(&self, index: u32, is: impl Fn(&Controller) -> bool) -> Option<String> {
        let controllers = self.domain.devices.controllers.iter();
        let found = controllers
            .filter(|controller| is(controller))
            .find(|controller| controller.index == Some(index));
        found?.info.alias.as_ref()?.name.clone()
    }
}

pub(super) fn is_usb(controller: &Controller) -> bool {
    matches!(&controller.bus, ControllerBus::Usb(usb) if !usb.model.is_some_and(is_companion))
}

/// Whether a USB controller is only a companion of another, whose number it shares.
pub(super) fn is_companion(model: UsbModel) -> bool {
    matches!(model, UsbModel::Ich9Uhci1 | UsbModel::Ich9Uhci2 | UsbModel::Ich9Uhci3)
}
