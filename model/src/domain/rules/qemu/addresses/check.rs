//! Addresses that a device of QEMU cannot have.

use crate::document::DocumentErrorKind::{Malformed, Unsupported};
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::devices::controller::{ControllerBus, ScsiModel};
use crate::domain::devices::disk::{Disk, DiskBus};
use crate::domain::devices::{DeviceInfo, Devices};
use crate::domain::rules::Fault;
use crate::domain::rules::addresses::infos;
use crate::domain::rules::disk::numbers;
use crate::domain::rules::qemu::Machine;
use std::collections::HashSet;

/// The largest register of a device on the bus of a pseries machine.
const LAST_REGISTER: u64 = 0xffff_ffff;

/// Refuses addresses and what goes with them that the machine or the device cannot have.
pub(in super::super) fn check(domain: &Domain) -> Result<(), Fault> {
    let has_ccw = Machine::of(domain).has_ccw();
    for (kind, position, info) in infos(&domain.devices) {
        check_one(kind, info, has_ccw)
            .map_err(|fault| fault.within(&format!("devices/{kind}[{}]", position + 1)))?;
    }
    check_targets(&domain.devices)
}

fn check_one(kind: &str, info: &DeviceInfo, has_ccw: bool) -> Result<(), Fault> {
    let is_pci = matches!(info.address, None | Some(Address::Pci(_)));
    match &info.address {
        Some(Address::Ccw(_)) if !has_ccw => {
            return Err(Fault::new(Unsupported, "address/@type", "this machine has no channels")
                .hint("leave the address out"));
        }
        Some(Address::SpaprVio(address)) if address.register.is_some_and(|value| value.0 > LAST_REGISTER) => {
            return Err(Fault::new(Unsupported, "address/@reg", "a register has 32 bits"));
        }
        Some(Address::Drive(drive)) if kind != "disk" && drive.bus.unwrap_or(0) > 0 => {
            return Err(Fault::new(Malformed, "address/@bus", "a SCSI controller has the bus 0 alone"));
        }
        _ => {}
    }
    if info.rom.is_some() && !is_pci {
        return Err(Fault::new(Unsupported, "rom", "only a PCI device has a program for the firmware"));
    }
    if info.acpi.as_ref().is_some_and(|acpi| acpi.index.is_some()) && !is_pci {
        return Err(Fault::new(Unsupported, "acpi/@index", "only a PCI device has an ACPI index"));
    }
    Ok(())
}

/// The disks of LSI's older controllers are told apart by their units alone.
fn check_targets(devices: &Devices) -> Result<(), Fault> {
    let without_targets: HashSet<u32> = devices
        .controllers
        .iter()
        .filter(|controller| {
            matches!(&controller.bus, ControllerBus::Scsi(scsi) if scsi.model == Some(ScsiModel::LsiLogic))
        })
        .filter_map(|controller| controller.index)
        .collect();
    let is_scsi = |disk: &Disk| disk.target.as_ref().and_then(|target| target.bus) == Some(DiskBus::Scsi);
    for (position, disk) in devices.disks.iter().enumerate().filter(|(_, disk)| is_scsi(disk)) {
        let Some(Address::Drive(drive)) = &disk.info.address else { continue };
        let [controller, _, target, _] = numbers(drive);
        if target > 0 && without_targets.contains(&controller) {
            let path = format!("devices/disk[{}]/address/@target", position + 1);
            return Err(Fault::new(Unsupported, path, "a controller lsilogic has the target 0 alone"));
        }
    }
    Ok(())
}
