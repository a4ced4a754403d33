//! Places on PCI buses.

mod buses;
mod connect;
mod controllers;

use super::attachment::{Attached, Attachment, Role, attached};
use crate::document::{DocumentErrorKind, Hexadecimal, OnOff};
use crate::domain::Domain;
use crate::domain::devices::address::{Address, PciAddress};
use crate::domain::devices::controller::{PciModel, UsbModel};
use crate::domain::devices::{Controller, DeviceInfo, Devices};
use crate::domain::rules::Fault;
use crate::domain::rules::qemu::{Machine, MachineFamily};
use buses::{Buses, Place, Refused};
use connect::Connect;

/// A device that has or needs a place, as plain values.
struct Request {
    asked: Connect,
    place: Option<Place>,
    multifunction: bool,
    /// The place was written in the document.
    chosen: bool,
    role: Role,
    path: String,
}

/// Gives each PCI device a place, and adds the controllers that are needed for that.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let (family, express) = {
        let machine = Machine::of(domain);
        (machine.family, machine.has_pcie_root())
    };
    let devices = &mut domain.devices;
    let Some(root) = root(devices) else {
        return match on_pci(devices, express).next() {
            Some((_, attached)) => {
                let message = "the machine has no PCI bus for this device";
                Err(Fault::new(DocumentErrorKind::Invalid, attached.path, message))
            }
            None => Ok(()),
        };
    };
    let most = devices.controllers.iter().filter(|controller| controller.pci().is_some());
    let most = most.filter_map(|controller| controller.index).max().unwrap_or(0);
    let spare = express && most == 0;

    let mut trial = Assignment::new(devices, root, family, express, true)?;
    trial.run(spare)?;
    let models: Vec<PciModel> = trial.buses.models().collect();
    trial.write_back(devices);
    add_controllers(devices, &models);

    let mut real = Assignment::new(devices, root, family, express, false)?;
    real.run(false)?;
    real.write_back(devices);
    controllers::complete(devices)
}

/// Which function of its slot a USB controller has that works together with others.
fn companion_function(model: UsbModel) -> Option<u8> {
    match model {
        UsbModel::Ich9Ehci1 => Some(7),
        UsbModel::Ich9Uhci1 => Some(0),
        UsbModel::Ich9Uhci2 => Some(1),
        UsbModel::Ich9Uhci3 => Some(2),
        _ => None,
    }
}

/// The model of the PCI root, where the machine has one.
fn root(devices: &Devices) -> Option<PciModel> {
    let first = devices
        .controllers
        .iter()
        .find(|controller| controller.pci().is_some() && controller.index == Some(0));
    first.and_then(|controller| controller.pci()).and_then(|pci| pci.model)
}

fn add_controllers(devices: &mut Devices, models: &[PciModel]) {
    let known: std::collections::HashSet<u32> = devices
        .controllers
        .iter()
        .filter(|controller| controller.pci().is_some())
        .filter_map(|controller| controller.index)
        .collect();
    for (number, model) in (0_u32..).zip(models).filter(|(number, _)| !known.contains(number)) {
        devices.controllers.push(Controller::of((*model).into(), number));
    }
}

struct Assignment {
    buses: Buses,
    requests: Vec<Request>,
    family: MachineFamily,
    /// Whether it is tried what controllers are needed.
    trial: bool,
    /// The numbers of the controllers that there are already.
    known: Vec<u32>,
}

impl Assignment {
    fn new(
        devices: &mut Devices,
        root: PciModel,
        family: MachineFamily,
        express: bool,
        trial: bool,
    ) -> Result<Self, Fault> {
        let mut buses = Buses::new(root, trial);
        let mut known = Vec::new();
        for (position, controller) in devices.controllers.iter().enumerate() {
            let (Some(pci), Some(index)) = (controller.pci(), controller.index) else { continue };
            let Some(model) = pci.model else { continue };
            let hotplug = pci.target.as_ref().and_then(|target| target.hotplug) != Some(OnOff::Off);
            if index > 0 {
                let path = format!("devices/controller[{}]", position + 1);
                buses.put(index, model, hotplug).map_err(|refused| fault(refused, &path, None))?;
            }
            known.push(index);
        }
        let requests =
            on_pci(devices, express).map(|(asked, attached)| Request::of(asked, &attached)).collect();
        Ok(Self { buses, requests, family, trial, known })
    }

    fn run(&mut self, spare: bool) -> Result<(), Fault> {
        self.take_chosen()?;
        self.take_built_in()?;
        if self.trial {
            // With room for one bridge there can be more of them when the first bus is full.
            self.buses.keep_room_for_bridge();
        }
        for index in 0..self.requests.len() {
            self.take_free(index)?;
        }
        if spare {
            self.buses
                .take_free(Connect::PLUGGED_EXPRESS, None)
                .map_err(|refused| fault(refused, "devices", None))?;
        }
        if self.trial {
            self.take_for_added()?;
        }
        Ok(())
    }

    fn take_chosen(&mut self) -> Result<(), Fault> {
        for request in &mut self.requests {
            if let Some(place) = request.place {
                let taken = self.buses.take_chosen(request.asked, place);
                request.place = Some(taken.map_err(|refused| fault(refused, &request.path, Some(place)))?);
            }
        }
        Ok(())
    }

    /// Takes what the machine itself has, and gives the devices that belong to its chipset their places.
    fn take_built_in(&mut self) -> Result<(), Fault> {
        let reserved: &[Place] = match self.family {
            MachineFamily::I440fx => &[Place::on_root(1, 0), Place::on_root(1, 3)],
            MachineFamily::Q35 => &[Place::on_root(0x1f, 0), Place::on_root(0x1f, 3)],
            _ => return Ok(()),
        };
        for place in reserved {
            if let Some(request) = self.requests.iter().find(|request| request.place == Some(*place)) {
                return Err(fault(Refused::Taken, &request.path, Some(*place)));
            }
            self.buses.reserve(*place);
        }
        for index in 0..self.requests.len() {
            self.take_chipset_place(index)?;
        }
        Ok(())
    }

    fn take_chipset_place(&mut self, index: usize) -> Result<(), Fault> {
        let request = &self.requests[index];
        let q35 = self.family == MachineFamily::Q35;
        let (place, fixed) = match request.role {
            Role::Ide(0) if !q35 => (Place::on_root(1, 1), true),
            Role::Usb(UsbModel::Piix3Uhci, 0) if !q35 => (Place::on_root(1, 2), true),
            Role::Sata(0) if q35 => (Place::on_root(0x1f, 2), true),
            Role::PrimaryVideo => (Place::on_root(if q35 { 1 } else { 2 }, 0), false),
            Role::Ich9Sound if q35 => (Place::on_root(0x1b, 0), false),
            Role::Usb(UsbModel::Ich9Uhci1, _) if q35 => {
                let first = Place::on_root(0x1d, 0);
                let place = if self.buses.is_taken(first, true) { Place::on_root(0x1a, 0) } else { first };
                (place, false)
            }
            Role::PciController(_) if q35 && request.is_dmi_bridge() => (Place::on_root(0x1e, 0), false),
            _ => return Ok(()),
        };
        match request.place {
            Some(own) if fixed && own != place => {
                let message = "this device is part of the machine and has its place there";
                return Err(Fault::new(DocumentErrorKind::Malformed, request.path.as_str(), message)
                    .hint("leave the address out"));
            }
            Some(_) => return Ok(()),
            None => {}
        }
        if self.buses.is_taken(place, !fixed) {
            if fixed {
                return Err(fault(Refused::Taken, &request.path, Some(place)));
            }
            // The first video device does not wait for the others.
            return if request.role == Role::PrimaryVideo { self.take_free(index) } else { Ok(()) };
        }
        self.buses.reserve(place);
        let request = &mut self.requests[index];
        request.place = Some(place);
        request.multifunction = matches!(request.role, Role::Usb(UsbModel::Ich9Uhci1, _));
        Ok(())
    }

    fn take_free(&mut self, index: usize) -> Result<(), Fault> {
        let request = &self.requests[index];
        if request.place.is_some() {
            return Ok(());
        }
        let (companion, number) = match request.role {
            Role::Usb(model, number) => (companion_function(model), number),
            _ => (None, 0),
        };
        let sibling = companion.and_then(|_| {
            let of_group = |other: &&Request| {
                matches!(other.role, Role::Usb(model, own) if own == number && companion_function(model).is_some())
            };
            self.requests.iter().filter(of_group).find_map(|other| other.place)
        });
        let taken = match (companion, sibling) {
            (Some(function), Some(sibling)) => {
                self.buses.take_chosen(request.asked, Place { function, ..sibling })
            }
            _ => self.buses.take_free(request.asked, companion),
        };
        let place = taken.map_err(|refused| fault(refused, &request.path, None))?;
        let request = &mut self.requests[index];
        request.place = Some(place);
        request.multifunction = place.function == 0 && companion.is_some();
        Ok(())
    }

    /// Takes places for the controllers that the trial added.
    fn take_for_added(&mut self) -> Result<(), Fault> {
        let mut number = 1;
        while number < self.buses.count() {
            let model = self.buses.unplaced(number);
            if !self.known.contains(&(number as u32))
                && let Some(asked) = model.and_then(Connect::of_controller)
            {
                self.buses.take_free(asked, None).map_err(|refused| fault(refused, "devices", None))?;
            }
            number += 1;
        }
        Ok(())
    }

    /// Gives the devices their places. The trial only moves those that the user chose.
    fn write_back(&self, devices: &mut Devices) {
        let express = self.buses.root() == PciModel::PcieRoot;
        for ((_, attached), request) in on_pci(devices, express).zip(&self.requests) {
            let Some(place) = request.place.filter(|_| !self.trial || request.chosen) else { continue };
            let more = !self.trial && place.function == 0 && self.buses.has_more_functions(place);
            set(attached.info, place, request.multifunction || more);
        }
    }
}

/// The devices that stand on PCI, with what they ask of their bus.
fn on_pci(devices: &mut Devices, express: bool) -> impl Iterator<Item = (Connect, Attached<'_>)> {
    attached(devices).into_iter().filter_map(move |attached| {
        // A device that was put on another sort of bus has no need of a place here.
        if !matches!(&attached.info.address, None | Some(Address::Pci(_))) {
            return None;
        }
        Some((asked(attached.attachment, express)?, attached))
    })
}

/// What a device asks of a PCI bus, on a machine with PCI Express or without.
fn asked(attachment: Attachment, express: bool) -> Option<Connect> {
    Some(match attachment {
        Attachment::PciController(model) => return Connect::of_controller(model),
        Attachment::SpaprVio(_) | Attachment::Channel => return None,
        Attachment::Unknown => Connect::NOTHING,
        Attachment::Virtio | Attachment::Express if express => Connect::PLUGGED_EXPRESS,
        Attachment::Integrated if express => Connect::INTEGRATED,
        Attachment::Virtio
        | Attachment::Express
        | Attachment::Integrated
        | Attachment::VirtioTransitional
        | Attachment::Pci => Connect::PLUGGED_PCI,
    })
}

/// The place that an address names; without a domain, a bus and a slot it names none.
fn place(address: &PciAddress) -> Option<Place> {
    let number = |value: Option<u64>| value.unwrap_or(0);
    let place = Place {
        domain: number(address.domain.map(|value| value.0)) as u32,
        bus: number(address.bus.map(|value| value.0)) as u32,
        slot: number(address.slot.map(|value| value.0)) as u8,
        function: number(address.function.map(|value| value.0)) as u8,
    };
    (place.domain > 0 || place.bus > 0 || place.slot > 0).then_some(place)
}

fn set(info: &mut DeviceInfo, place: Place, multifunction: bool) {
    let mut address = match info.address.take() {
        Some(Address::Pci(address)) => address,
        _ => PciAddress::default(),
    };
    address.domain = Some(Hexadecimal(u64::from(place.domain)));
    address.bus = Some(Hexadecimal(u64::from(place.bus)));
    address.slot = Some(Hexadecimal(u64::from(place.slot)));
    address.function = Some(Hexadecimal(u64::from(place.function)));
    if multifunction && address.multifunction.is_none() {
        address.multifunction = Some(OnOff::On);
    }
    info.address = Some(Address::Pci(address));
}

/// Places that the user chose are a fault of the document; that none is left is one of the machine.
fn fault(refused: Refused, path: &str, chosen: Option<Place>) -> Fault {
    let kind = if chosen.is_some() { DocumentErrorKind::Invalid } else { DocumentErrorKind::Malformed };
    let name = chosen.map_or_else(String::new, |Place { domain, bus, slot, function }| {
        format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}: ")
    });
    let message = match refused {
        Refused::Domain => "the only PCI domain is 0",
        Refused::NoBus => "there is no bus for such a device, and none can be added",
        Refused::Slot => "the bus has no such slot",
        Refused::Sort => "the bus is for other sorts of device",
        Refused::Taken => "another device has this PCI address",
        Refused::Full => "more PCI buses than 256 cannot be",
    };
    Fault::new(kind, path, format!("{name}{message}")).hint("leave the address out to have a free one found")
}

impl Request {
    fn of(asked: Connect, attached: &Attached<'_>) -> Self {
        let place = match &attached.info.address {
            Some(Address::Pci(address)) => place(address),
            _ => None,
        };
        let Attached { role, ref path, .. } = *attached;
        Self { asked, place, multifunction: false, chosen: place.is_some(), role, path: path.clone() }
    }

    fn is_dmi_bridge(&self) -> bool {
        Connect::of_controller(PciModel::DmiToPciBridge) == Some(self.asked)
    }
}
