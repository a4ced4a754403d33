//! Where a device is plugged in.

use super::properties::Properties;
use super::refusal::{missing, unsupported};
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::address::{Address, CcwAddress, PciAddress, UsbAddress};
use omnivirt_core::domain::devices::controller::{ControllerBus, PciModel};
use omnivirt_core::domain::devices::{Controller, DeviceInfo, VirtioModel, VirtioOptions};
use omnivirt_core::domain::rules::qemu::Machine;
use omnivirt_core::{Error, Result};

/// The alias of a device.
pub(super) fn alias<'d>(info: &'d DeviceInfo, element: &str) -> Result<&'d str> {
    let name = info.alias.as_ref().and_then(|alias| alias.name.as_deref());
    name.ok_or_else(|| missing(&format!("alias of a {element}")))
}

/// Where a device is plugged in, as properties of it.
pub(super) fn place(domain: &Domain, info: &DeviceInfo) -> Result<Properties> {
    let place = Properties::default();
    Ok(match &info.address {
        Some(Address::Pci(address)) => pci(domain, address)?,
        Some(Address::Usb(address)) => usb(domain, address)?,
        Some(Address::SpaprVio(address)) => {
            place.with_some("reg", address.register.map(|register| register.0))
        }
        Some(Address::Ccw(address)) => place.with("devno", device_number(address)),
        Some(Address::Isa(address)) => place
            .with_some("iobase", address.io_base.map(|base| base.0))
            .with_some("irq", address.interrupt.map(|interrupt| interrupt.0)),
        Some(Address::Dimm(address)) => {
            place.with_some("slot", address.slot).with_some("addr", address.base.map(|base| base.0))
        }
        Some(Address::Ccid(address)) => {
            let index = address.controller.unwrap_or(0);
            let ccid = controller(domain, "ccid", index, |bus| matches!(bus, ControllerBus::Ccid(_)))?;
            place.with("bus", format!("{ccid}.0"))
        }
        _ => place,
    })
}

/// The same, with what the guest's firmware and ACPI are told of the device.
pub(super) fn placed(domain: &Domain, info: &DeviceInfo) -> Result<Properties> {
    let acpi = info.acpi.as_ref().and_then(|acpi| acpi.index);
    Ok(place(domain, info)?.with_some("acpi-index", acpi).and(rom(info)))
}

/// The place of a device, and its turn when the guest boots.
pub(super) fn bootable(domain: &Domain, info: &DeviceInfo) -> Result<Properties> {
    Ok(placed(domain, info)?.with_some("bootindex", info.boot.as_ref().map(|boot| boot.order)))
}

fn rom(info: &DeviceInfo) -> Properties {
    let Some(rom) = &info.rom else { return Properties::default() };
    if rom.enabled == Some(YesNo::No) {
        return Properties::default().with("romfile", "");
    }
    let bar = rom.bar.map(|bar| u32::from(bar == OnOff::On));
    Properties::default().with_some("rombar", bar).with_some("romfile", rom.file.as_deref())
}

fn pci(domain: &Domain, address: &PciAddress) -> Result<Properties> {
    let index = address.bus.map_or(0, |bus| u32::try_from(bus.0).unwrap_or(u32::MAX));
    let slot = address.slot.map_or(0, |slot| slot.0);
    let function = address.function.map_or(0, |function| function.0);
    if address.zpci.is_some() {
        return Err(unsupported("address/zpci", "mainframes cannot have PCI devices yet"));
    }
    let place = match function {
        0 => format!("0x{slot:x}"),
        _ => format!("0x{slot:x}.0x{function:x}"),
    };
    let multifunction = address.multifunction.map(is_on);
    Ok(Properties::default()
        .with("bus", pci_bus(domain, index)?)
        .with_some("multifunction", multifunction)
        .with("addr", place))
}

/// QEMU's name of a PCI bus.
fn pci_bus(domain: &Domain, index: u32) -> Result<String> {
    let is_pci = |bus: &ControllerBus| matches!(bus, ControllerBus::Pci(_));
    let found = domain.devices.controllers.iter().find(|one| is_pci(&one.bus) && one.index == Some(index));
    let found = found.ok_or_else(|| no_controller("pci", index))?;
    let alias = alias(&found.info, "controller")?;
    let is_root = found.pci().and_then(|pci| pci.model) == Some(PciModel::PciRoot);
    let is_power = Machine::of(domain).architecture.is_ppc64();
    // A further root of a POWER machine is a device, and its bus is named after that.
    Ok(if is_root && is_power && index > 0 { format!("{alias}.0") } else { alias.to_owned() })
}

fn usb(domain: &Domain, address: &UsbAddress) -> Result<Properties> {
    let index = address.bus.unwrap_or(0);
    let alias = controller(domain, "usb", index, |bus| matches!(bus, ControllerBus::Usb(_)))?;
    Ok(Properties::default()
        .with("bus", format!("{alias}.0"))
        .with_some("port", address.port.as_deref().filter(|port| !port.is_empty())))
}

/// The alias of the controller of a sort that has this number.
pub(super) fn controller<'d>(
    domain: &'d Domain,
    sort: &str,
    index: u32,
    is_of_sort: impl Fn(&ControllerBus) -> bool,
) -> Result<&'d str> {
    let found = |one: &&Controller| one.index == Some(index) && is_of_sort(&one.bus);
    let controller =
        domain.devices.controllers.iter().find(found).ok_or_else(|| no_controller(sort, index))?;
    alias(&controller.info, "controller")
}

fn no_controller(sort: &str, index: u32) -> Error {
    unsupported("address", format!("there is no controller of type '{sort}' with the index {index}"))
}

/// The number of a device of a mainframe, as QEMU writes it.
pub(super) fn device_number(address: &CcwAddress) -> String {
    let subsystem = address.subsystem.map_or(0xfe, |number| number.0);
    let set = address.subchannel_set.map_or(0, |number| number.0);
    let number = address.device_number.map_or(0, |number| number.0);
    format!("{subsystem:x}.{set:x}.{number:04x}")
}

/// The name of a virtio device where it is plugged in.
pub(super) fn virtio(stem: &str, info: &DeviceInfo, model: Option<VirtioModel>) -> Result<String> {
    let transport = match &info.address {
        Some(Address::Pci(_)) => "pci",
        Some(Address::Ccw(_)) => "ccw",
        Some(Address::VirtioMmio) => "device",
        _ => return Err(missing(&format!("address of a {stem}"))),
    };
    let name = format!("{stem}-{transport}");
    Ok(match model {
        Some(VirtioModel::VirtioTransitional) => format!("{name}-transitional"),
        Some(VirtioModel::VirtioNonTransitional) => format!("{name}-non-transitional"),
        _ => name,
    })
}

/// What all virtio devices can be told.
pub(super) fn virtio_options(options: Option<&VirtioOptions>) -> Properties {
    let Some(options) = options else { return Properties::default() };
    Properties::default()
        .with_some("iommu_platform", options.iommu.map(is_on))
        .with_some("ats", options.address_translation.map(is_on))
        .with_some("packed", options.packed.map(is_on))
        .with_some("page-per-vq", options.page_per_queue.map(is_on))
}

/// A switch as a truth value.
pub(super) fn is_on(switch: OnOff) -> bool {
    switch == OnOff::On
}
