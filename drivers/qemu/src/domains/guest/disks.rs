//! Which of a domain's disks a guest speaks of.

use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::{Address, PciAddress};
use omnivirt_core::domain::devices::controller::ControllerBus;
use omnivirt_core::domain::devices::disk::DiskBus;
use serde::Deserialize;

/// Where a guest sees a disk.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct GuestPlace {
    pci_controller: GuestPci,
    pub(super) bus_type: String,
    bus: i64,
    target: i64,
    unit: i64,
    pub(super) serial: Option<String>,
    /// The guest's path of it.
    #[serde(rename = "dev")]
    pub(super) device: Option<String>,
}

/// Numbers that the agent does not know are -1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct GuestPci {
    domain: i64,
    bus: i64,
    slot: i64,
    function: i64,
}

impl From<&PciAddress> for GuestPci {
    fn from(address: &PciAddress) -> Self {
        let number = |value: u64| i64::try_from(value).unwrap_or(-1);
        Self {
            domain: address.domain.map_or(0, |domain| number(domain.0)),
            bus: address.bus.map_or(0, |bus| number(bus.0)),
            slot: address.slot.map_or(0, |slot| number(slot.0)),
            function: address.function.map_or(0, |function| number(function.0)),
        }
    }
}

/// Whether a controller serves the disks of a bus.
fn serves(controller: &ControllerBus, bus: Option<DiskBus>) -> bool {
    matches!(
        (controller, bus),
        (ControllerBus::Ide(_), Some(DiskBus::Ide))
            | (ControllerBus::Sata(_), Some(DiskBus::Sata))
            | (ControllerBus::Scsi(_), Some(DiskBus::Scsi))
    )
}

/// The disks of a domain that runs.
#[derive(Debug)]
pub(super) struct Disks(Vec<Disk>);

#[derive(Debug)]
struct Disk {
    target: String,
    serial: Option<String>,
    /// Its own address, or that of its controller.
    pci: Option<GuestPci>,
    /// Bus, target and unit at its controller.
    drive: Option<(i64, i64, i64)>,
}

impl Disks {
    pub(super) fn of(domain: &Domain) -> Self {
        let controllers = &domain.devices.controllers;
        let disks = domain.devices.disks.iter().filter_map(|disk| {
            let target = disk.target.as_ref()?;
            let (pci, drive) = match &disk.info.address {
                Some(Address::Pci(address)) => (Some(GuestPci::from(address)), None),
                Some(Address::Drive(address)) => {
                    let controller = controllers.iter().find(|controller| {
                        controller.index == address.controller.or(Some(0))
                            && serves(&controller.bus, target.bus)
                    });
                    let pci = controller.and_then(|controller| match &controller.info.address {
                        Some(Address::Pci(address)) => Some(GuestPci::from(address)),
                        _ => None,
                    });
                    let number = |value: Option<u32>| i64::from(value.unwrap_or(0));
                    (pci, Some((number(address.bus), number(address.target), number(address.unit))))
                }
                _ => (None, None),
            };
            Some(Disk { target: target.name.0.clone(), serial: disk.serial.clone(), pci, drive })
        });
        Self(disks.collect())
    }

    /// The target of the disk that the guest sees there.
    pub(super) fn target(&self, place: &GuestPlace) -> Option<&str> {
        let is_there = |disk: &&Disk| {
            disk.pci == Some(place.pci_controller)
                && disk.drive.is_none_or(|drive| drive == (place.bus, place.target, place.unit))
        };
        let has_serial = |disk: &&Disk| place.serial.is_some() && disk.serial == place.serial;
        let found = self.0.iter().find(is_there).or_else(|| self.0.iter().find(has_serial));
        found.map(|disk| disk.target.as_str())
    }
}
