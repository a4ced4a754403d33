//! `<hostdev>`: devices of the host.

use crate::command::address::{alias, bootable, controller};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::{missing, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::devices::Hostdev;
use omnivirt_core::domain::devices::address::{Address, PciAddress};
use omnivirt_core::domain::devices::controller::ControllerBus;
use omnivirt_core::domain::devices::hostdev::{
    GuestReset, HostdevDevice, HostdevMode, MediatedHostdev, MediatedModel, PciDriverName, PciHostdev,
    ScsiHostdev, UsbHostdev,
};

/// Adds the host's devices.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for hostdev in &arguments.domain.devices.hostdevs {
        let HostdevMode::Subsystem(subsystem) = &hostdev.mode else {
            return Err(unsupported("hostdev/@mode", "only containers have capabilities of the host"));
        };
        match &subsystem.device {
            HostdevDevice::Usb(usb) => add_usb(arguments, hostdev, usb)?,
            HostdevDevice::Pci(pci) => add_pci(arguments, hostdev, pci)?,
            HostdevDevice::Mediated(mediated) => add_mediated(arguments, hostdev, mediated)?,
            HostdevDevice::Scsi(scsi) => add_scsi(arguments, hostdev, scsi)?,
            _ => {
                let why = "controllers of Fibre Channel cannot be passed through yet";
                return Err(unsupported("hostdev/@type", why));
            }
        }
    }
    Ok(())
}

fn add_usb(arguments: &mut Arguments<'_>, hostdev: &Hostdev, usb: &UsbHostdev) -> Result<()> {
    let name = alias(&hostdev.info, "hostdev")?;
    let source = usb.source.as_ref();
    let device = match source.and_then(|source| source.address.as_ref()) {
        Some(address) => {
            let node = format!("/dev/bus/usb/{:03}/{:03}", address.bus.0, address.device.0);
            Properties::driver("usb-host").with("hostdevice", node)
        }
        None => {
            let id = |id: &Option<omnivirt_core::domain::devices::hostdev::UsbId>| {
                id.as_ref().and_then(|id| id.id).map(|id| id.0)
            };
            let vendor = source.and_then(|source| id(&source.vendor));
            let product = source.and_then(|source| id(&source.product));
            let (Some(vendor), Some(product)) = (vendor, product) else {
                return Err(unsupported("hostdev/source", "it is not said which USB device it is"));
            };
            Properties::driver("usb-host").with("vendorid", vendor).with("productid", product)
        }
    };
    let resets = match source.and_then(|source| source.guest_reset) {
        None => (None, None),
        Some(GuestReset::Off) => (Some(false), None),
        Some(GuestReset::Uninitialized) => (Some(true), None),
        Some(_) => (Some(true), Some(true)),
    };
    let device = device
        .with("id", name)
        .with_some("guest-reset", resets.0)
        .with_some("guest-resets-all", resets.1)
        .and(bootable(arguments.domain, &hostdev.info)?);
    arguments.device(name, device);
    Ok(())
}

fn add_pci(arguments: &mut Arguments<'_>, hostdev: &Hostdev, pci: &PciHostdev) -> Result<()> {
    let name = alias(&hostdev.info, "hostdev")?;
    if pci.driver.as_ref().and_then(|driver| driver.name).is_some_and(|driver| driver != PciDriverName::Vfio)
    {
        return Err(unsupported("hostdev/driver", "PCI devices are passed through by VFIO only"));
    }
    let address = pci.source.as_ref().and_then(|source| source.address.as_ref());
    let address =
        address.ok_or_else(|| unsupported("hostdev/source", "it is not said which PCI device it is"))?;
    let persistent = pci.teaming.as_ref().and_then(|teaming| teaming.persistent.as_deref());
    let device = Properties::driver("vfio-pci")
        .with("host", host_address(address))
        .with("id", name)
        .with_some("failover_pair_id", persistent)
        .and(bootable(arguments.domain, &hostdev.info)?);
    arguments.device(name, device);
    Ok(())
}

/// A PCI address of the host, as QEMU reads it.
pub(in crate::command) fn host_address(address: &PciAddress) -> String {
    let part = |part: Option<u64>| part.unwrap_or(0);
    let (domain, bus) = (part(address.domain.map(|one| one.0)), part(address.bus.map(|one| one.0)));
    let (slot, function) = (part(address.slot.map(|one| one.0)), part(address.function.map(|one| one.0)));
    format!("{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
}

fn add_mediated(arguments: &mut Arguments<'_>, hostdev: &Hostdev, mediated: &MediatedHostdev) -> Result<()> {
    let name = alias(&hostdev.info, "hostdev")?;
    let address = mediated.source.as_ref().and_then(|source| source.address.as_ref());
    let uuid = address.and_then(|address| address.uuid);
    let uuid =
        uuid.ok_or_else(|| unsupported("hostdev/source", "it is not said which mediated device it is"))?;
    let driver = match (mediated.model, mediated.firmware_screen) {
        (MediatedModel::VfioPci, Some(OnOff::On)) => "vfio-pci-nohotplug",
        (model, _) => model.as_str(),
    };
    let display = (mediated.model == MediatedModel::VfioPci).then_some(mediated.display).flatten();
    let device = Properties::driver(driver)
        .with("id", name)
        .with("sysfsdev", format!("/sys/bus/mdev/devices/{}", uuid.hyphenated()))
        .with_some("display", display.map(OnOff::as_str))
        .with_some("ramfb", mediated.firmware_screen.filter(|one| *one == OnOff::On).map(|_| true))
        .and(bootable(arguments.domain, &hostdev.info)?);
    arguments.device(name, device);
    Ok(())
}

/// A SCSI device of the host, at its generic node or at a target far away.
fn add_scsi(arguments: &mut Arguments<'_>, hostdev: &Hostdev, scsi: &ScsiHostdev) -> Result<()> {
    let name = alias(&hostdev.info, "hostdev")?;
    let node = format!("libvirt-{name}-backend");
    let storage = crate::command::disks::scsi_backend(arguments, scsi, &node)?;
    let storage = storage.with("node-name", node.as_str()).with("read-only", hostdev.is_read_only);
    arguments.json("-blockdev", storage);
    let Some(Address::Drive(drive)) = &hostdev.info.address else {
        return Err(missing("hostdev/address"));
    };
    let index = drive.controller.unwrap_or(0);
    let bus = controller(arguments.domain, "scsi", index, |bus| matches!(bus, ControllerBus::Scsi(_)))?;
    let device = Properties::driver("scsi-generic").with("bus", format!("{bus}.0"));
    let device = match crate::command::disks::has_targets(&arguments.domain.devices.controllers, index) {
        true => device
            .with("channel", drive.bus.unwrap_or(0))
            .with("scsi-id", drive.target.unwrap_or(0))
            .with("lun", drive.unit.unwrap_or(0)),
        false => device.with("scsi-id", drive.unit.unwrap_or(0)),
    };
    let device = device
        .with_some("share-rw", hostdev.is_shareable.then_some(true))
        .with("drive", node)
        .with("id", name)
        .with_some("bootindex", hostdev.info.boot.as_ref().map(|boot| boot.order));
    arguments.device(name, device);
    Ok(())
}
