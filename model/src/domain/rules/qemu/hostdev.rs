//! Devices of the host in QEMU.

use super::machine::Machine;
use crate::document::DocumentErrorKind::{Malformed, Unsupported};
use crate::document::OnOff;
use crate::domain::Domain;
use crate::domain::devices::Hostdev;
use crate::domain::devices::address::Address;
use crate::domain::devices::hostdev::{HostdevDevice, HostdevMode, MediatedHostdev, MediatedModel};
use crate::domain::rules::Fault;

/// Fills in whether a mediated device has a display.
pub(super) fn complete(domain: &mut Domain) {
    for hostdev in &mut domain.devices.hostdevs {
        if let HostdevMode::Subsystem(subsystem) = &mut hostdev.mode
            && let HostdevDevice::Mediated(mediated) = &mut subsystem.device
            && mediated.model == MediatedModel::VfioPci
        {
            mediated.display.get_or_insert(OnOff::Off);
        }
    }
}

/// Refuses what QEMU cannot give a guest.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    for (index, hostdev) in domain.devices.hostdevs.iter().enumerate() {
        check_one(domain, hostdev)
            .map_err(|fault| fault.within(&format!("devices/hostdev[{}]", index + 1)))?;
    }
    let mut crypto = domain.devices.hostdevs.iter().enumerate().filter(|(_, hostdev)| {
        mediated(hostdev).is_some_and(|mediated| mediated.model == MediatedModel::VfioAp)
    });
    match crypto.nth(1) {
        Some((index, _)) => {
            let place = format!("devices/hostdev[{}]", index + 1);
            Err(Fault::new(Unsupported, place, "a guest has one cryptographic processor of the host at most"))
        }
        None => Ok(()),
    }
}

fn mediated(hostdev: &Hostdev) -> Option<&MediatedHostdev> {
    match &hostdev.mode {
        HostdevMode::Subsystem(subsystem) => match &subsystem.device {
            HostdevDevice::Mediated(mediated) => Some(mediated),
            _ => None,
        },
        HostdevMode::Capabilities(_) => None,
    }
}

fn check_one(domain: &Domain, hostdev: &Hostdev) -> Result<(), Fault> {
    let HostdevMode::Subsystem(subsystem) = &hostdev.mode else {
        return Err(Fault::new(Unsupported, "@mode", "QEMU gives a guest devices alone"));
    };
    let is_pci = matches!(subsystem.device, HostdevDevice::Pci(_));
    if !is_pci && hostdev.info.rom.as_ref().is_some_and(|rom| rom.bar.is_some() || rom.file.is_some()) {
        return Err(Fault::new(Unsupported, "rom", "only PCI devices have programs for the firmware"));
    }
    match &subsystem.device {
        HostdevDevice::Pci(pci) => {
            if pci.source.as_ref().is_some_and(|source| source.write_filtering.is_some()) {
                let message = "it is not QEMU that filters what is written to the configuration";
                return Err(Fault::new(Unsupported, "source/@writeFiltering", message));
            }
            Ok(())
        }
        HostdevDevice::Scsi(_) => match &hostdev.info.address {
            Some(Address::Drive(drive)) if drive.bus.is_some_and(|bus| bus > 0) => {
                Err(Fault::new(Malformed, "address/@bus", "a SCSI controller has the bus 0 alone"))
            }
            _ => Ok(()),
        },
        HostdevDevice::Mediated(mediated) => check_mediated(domain, mediated),
        HostdevDevice::Usb(_) | HostdevDevice::ScsiHost(_) => Ok(()),
    }
}

fn check_mediated(domain: &Domain, mediated: &MediatedHostdev) -> Result<(), Fault> {
    if mediated.model != MediatedModel::VfioPci {
        return if Machine::of(domain).architecture.is_s390() {
            Ok(())
        } else {
            Err(Fault::new(Unsupported, "@model", "only mainframes have such a device"))
        };
    }
    if mediated.display == Some(OnOff::On) && domain.devices.graphics.is_empty() {
        return Err(Fault::new(
            Unsupported,
            "@display",
            "the domain has no graphics to show the display with",
        ));
    }
    Ok(())
}
