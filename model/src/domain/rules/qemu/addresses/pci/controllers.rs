//! What PCI controllers show the guest, once their places are known.

use super::place;
use crate::document::{DocumentErrorKind, Hexadecimal};
use crate::domain::devices::address::Address;
use crate::domain::devices::controller::{ControllerBus, PciImplementationName, PciModel, PciTarget};
use crate::domain::devices::{Controller, Devices};
use crate::domain::rules::Fault;
use std::collections::BTreeSet;

/// The largest number of a bus that a further root can start with.
const LAST_BUS: u32 = 254;

/// Fills in names, chassis, ports and bus numbers.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    let mut bus_numbers: BTreeSet<u32> =
        devices.controllers.iter().filter_map(target).filter_map(|target| target.bus_number).collect();
    let mut bridges: BTreeSet<u32> =
        devices.controllers.iter().filter_map(target).filter_map(|target| target.index).collect();
    for (position, controller) in devices.controllers.iter_mut().enumerate() {
        let path = format!("devices/controller[{}]", position + 1);
        complete_one(controller, &path, &mut bus_numbers, &mut bridges)?;
    }
    Ok(())
}

fn target(controller: &Controller) -> Option<&PciTarget> {
    controller.pci()?.target.as_ref()
}

/// The device of QEMU that a PCI controller usually is.
fn implementation(model: PciModel) -> Option<PciImplementationName> {
    Some(match model {
        PciModel::PciRoot | PciModel::PcieRoot => return None,
        PciModel::PciBridge => PciImplementationName::PciBridge,
        PciModel::DmiToPciBridge => PciImplementationName::I82801b11Bridge,
        PciModel::PcieToPciBridge => PciImplementationName::PciePciBridge,
        PciModel::PcieRootPort => PciImplementationName::PcieRootPort,
        PciModel::PcieSwitchUpstreamPort => PciImplementationName::X3130Upstream,
        PciModel::PcieSwitchDownstreamPort => PciImplementationName::Xio3130Downstream,
        PciModel::PciExpanderBus => PciImplementationName::Pxb,
        PciModel::PcieExpanderBus => PciImplementationName::PxbPcie,
    })
}

fn complete_one(
    controller: &mut Controller,
    path: &str,
    bus_numbers: &mut BTreeSet<u32>,
    bridges: &mut BTreeSet<u32>,
) -> Result<(), Fault> {
    let place = match &controller.info.address {
        Some(Address::Pci(address)) => place(address),
        _ => None,
    };
    let index = controller.index.unwrap_or(0);
    let ControllerBus::Pci(pci) = &mut controller.bus else { return Ok(()) };
    let Some(model) = pci.model else { return Ok(()) };
    if pci.implementation.as_ref().is_none_or(|implementation| implementation.name.is_none()) {
        pci.implementation = implementation(model).map(Into::into);
    }
    let mut target = pci.target.take().unwrap_or_default();
    match model {
        PciModel::PciBridge => {
            target.chassis_number.get_or_insert(index);
            if let Some(place) = place.filter(|place| place.bus >= index) {
                let message = format!("bridge {index} stands on bus {}, which comes behind it", place.bus);
                return Err(Fault::new(DocumentErrorKind::Unsupported, format!("{path}/@index"), message)
                    .hint("give it a larger index, or another address"));
            }
        }
        PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => {
            target.chassis.get_or_insert(index);
            let port = place.map_or(0, |place| u64::from(place.slot) << 3 | u64::from(place.function));
            target.port.get_or_insert(Hexadecimal(port));
        }
        PciModel::PciExpanderBus | PciModel::PcieExpanderBus if target.bus_number.is_none() => {
            target.bus_number = free_bus_number(bus_numbers, path)?;
        }
        PciModel::PciRoot if pci.implementation.is_some() && target.index.is_none() => {
            target.index = (index..=31).find(|index| bridges.insert(*index));
        }
        _ => {}
    }
    pci.target = Some(target);
    Ok(())
}

/// Below those that are taken, with room for a bus behind.
fn free_bus_number(taken: &mut BTreeSet<u32>, path: &str) -> Result<Option<u32>, Fault> {
    let lowest = taken.first().copied().unwrap_or(256);
    match lowest.checked_sub(2).filter(|number| (1..=LAST_BUS).contains(number)) {
        Some(number) => {
            taken.insert(number);
            Ok(Some(number))
        }
        None => Err(Fault::new(DocumentErrorKind::Malformed, path, "no number of a bus is free for it")),
    }
}
