//! Where QEMU's controllers can have disks.

use crate::document::DocumentErrorKind::{Malformed, Unsupported};
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::devices::controller::{ControllerBus, ScsiModel};
use crate::domain::devices::disk::{Disk, DiskBus};
use crate::domain::rules::Fault;
use crate::domain::rules::disk::numbers;

/// Refuses an address that the disk's controller does not have.
pub(super) fn check(disk: &Disk) -> Result<(), Fault> {
    let (Some(target), Some(address)) = (&disk.target, &disk.info.address) else { return Ok(()) };
    let refused = |kind, message: &str| Err(Fault::new(kind, "address", message));
    if target.bus == Some(DiskBus::Virtio) {
        return match address {
            Address::Pci(_) | Address::Ccw(_) | Address::VirtioMmio => Ok(()),
            _ => refused(Unsupported, "a virtio disk has an address of type pci, ccw or virtio-mmio"),
        };
    }
    if target.bus == Some(DiskBus::Usb) && !matches!(address, Address::Usb(_)) {
        return refused(Malformed, "a USB disk has an address of type usb");
    }
    let Address::Drive(drive) = address else { return Ok(()) };
    let [controller, bus, number, _] = numbers(drive);
    match target.bus {
        Some(DiskBus::Ide) if number > 0 => refused(Unsupported, "an IDE controller has the target 0 alone"),
        Some(DiskBus::Sata) if bus > 0 || number > 0 => {
            refused(Unsupported, "a SATA controller has the bus and the target 0 alone")
        }
        Some(DiskBus::Fdc) if controller > 0 => refused(Malformed, "there is one controller of floppy disks"),
        Some(DiskBus::Fdc) if bus > 0 => {
            refused(Malformed, "a controller of floppy disks has the bus 0 alone")
        }
        Some(DiskBus::Fdc) if number > 0 => {
            refused(Unsupported, "a controller of floppy disks has the target 0 alone")
        }
        Some(DiskBus::Scsi) if bus > 0 => refused(Malformed, "a SCSI controller has the bus 0 alone"),
        _ => Ok(()),
    }
}

/// Refuses a target that the model of the SCSI controller does not have.
pub(super) fn check_scsi(domain: &Domain, disk: &Disk) -> Result<(), Fault> {
    let (Some(target), Some(Address::Drive(drive))) = (&disk.target, &disk.info.address) else {
        return Ok(());
    };
    let [controller, _, number, _] = numbers(drive);
    if target.bus != Some(DiskBus::Scsi) || number == 0 {
        return Ok(());
    }
    let model = domain.devices.controllers.iter().find_map(|known| match &known.bus {
        ControllerBus::Scsi(scsi) if known.index == Some(controller) => scsi.model,
        _ => None,
    });
    match model {
        Some(ScsiModel::LsiLogic) => {
            Err(Fault::new(Unsupported, "address/@target", "the controller's model has the target 0 alone"))
        }
        _ => Ok(()),
    }
}
