//! The places of disks on the controllers of drives.

use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::domain::devices::Hostdev;
use crate::domain::devices::address::{Address, DriveAddress};
use crate::domain::devices::disk::{Disk, DiskBus};
use crate::domain::rules::Fault;
use crate::xml::quoted;
use std::collections::HashSet;

/// How many disks are on a controller: units of a target, and how these are counted.
const SCSI_UNITS: u32 = 7;
const SATA_PORTS: u32 = 6;

/// Gives a disk the place that its name tells, if it has none.
pub(super) fn assign(disk: &mut Disk) -> Result<(), Fault> {
    if disk.info.address.is_some() {
        return Ok(());
    }
    let Some(target) = &disk.target else { return Ok(()) };
    let Some(index) = target.name.index() else {
        let message = format!("{} is no name of a disk, and there is no address", quoted(&target.name));
        return Err(Fault::new(Invalid, "target/@dev", message)
            .hint("begin with hd, sd, vd, xvd, ubd or fd, and letters behind"));
    };
    let (controller, bus, unit) = match target.bus {
        Some(DiskBus::Ide) => (index / 4, index % 4 / 2, index % 2),
        Some(DiskBus::Sata) => (index / SATA_PORTS, 0, index % SATA_PORTS),
        Some(DiskBus::Scsi) => (index / SCSI_UNITS, 0, index % SCSI_UNITS),
        Some(DiskBus::Fdc) => (index / 2, 0, index % 2),
        _ => return Ok(()),
    };
    let mut address = DriveAddress::default();
    address.controller = Some(controller);
    address.bus = Some(bus);
    address.target = Some(0);
    address.unit = Some(unit);
    disk.info.address = Some(Address::Drive(address));
    Ok(())
}

/// Refuses addresses that the bus does not have, and those that are taken.
pub(super) fn check(disks: &[Disk], hostdevs: &[Hostdev]) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for (index, disk) in disks.iter().enumerate() {
        let (Some(address), Some(target)) = (&disk.info.address, &disk.target) else { continue };
        let place = || format!("devices/disk[{}]/address", index + 1);
        let Some(bus) = target.bus else { continue };
        let fits = match bus {
            DiskBus::Ide | DiskBus::Fdc | DiskBus::Scsi | DiskBus::Sata => {
                matches!(address, Address::Drive(_))
            }
            _ => true,
        };
        if !fits {
            let message =
                format!("a disk on the bus {bus} has no address of type {}", quoted(address.as_str()));
            return Err(Fault::new(Unsupported, place(), message));
        }
        if let Address::Drive(drive) = address
            && !taken.insert((bus, numbers(drive)))
        {
            return Err(Fault::new(Unsupported, place(), "another disk has this address"));
        }
    }
    let on_scsi = hostdevs.iter().enumerate().filter_map(|(index, hostdev)| match &hostdev.info.address {
        Some(Address::Drive(drive)) => Some((index, drive)),
        _ => None,
    });
    for (index, drive) in on_scsi {
        if !taken.insert((DiskBus::Scsi, numbers(drive))) {
            let place = format!("devices/hostdev[{}]/address", index + 1);
            return Err(Fault::new(Invalid, place, "another device has this address"));
        }
    }
    Ok(())
}

/// An address as numbers; what is absent is 0.
pub(in crate::domain::rules) fn numbers(drive: &DriveAddress) -> [u32; 4] {
    [drive.controller, drive.bus, drive.target, drive.unit].map(Option::unwrap_or_default)
}

/// The addresses of disks on SCSI controllers.
pub(in crate::domain::rules) fn scsi_addresses(disks: &[Disk]) -> impl Iterator<Item = [u32; 4]> {
    disks.iter().filter_map(|disk| match (&disk.info.address, &disk.target) {
        (Some(Address::Drive(drive)), Some(target)) if target.bus == Some(DiskBus::Scsi) => {
            Some(numbers(drive))
        }
        _ => None,
    })
}
