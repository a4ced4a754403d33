//! The PCI buses of a machine and what is taken of them: plain values, without documents.

use super::connect::Connect;
use crate::domain::devices::controller::PciModel;

/// The most buses: their number has eight bits.
const MOST_BUSES: usize = 256;

/// A place on a PCI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Place {
    pub(in super::super) domain: u32,
    pub(in super::super) bus: u32,
    pub(in super::super) slot: u8,
    pub(in super::super) function: u8,
}

impl Place {
    /// A place on the first bus.
    pub(in super::super) const fn on_root(slot: u8, function: u8) -> Self {
        Self { domain: 0, bus: 0, slot, function }
    }
}

/// Why a place cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Refused {
    /// There is only PCI domain 0.
    Domain,
    /// There is no such bus, and none that would do for the device can be added.
    NoBus,
    /// The bus has no such slot.
    Slot,
    /// The bus is for other sorts of device.
    Sort,
    /// Another device has it.
    Taken,
    /// The last bus is reached.
    Full,
}

/// One bus.
#[derive(Debug, Clone)]
struct Bus {
    model: PciModel,
    offers: Connect,
    /// A bit for each function that is taken, of each slot.
    taken: [u8; 32],
    /// A bit for each slot that several ports share.
    shared: u32,
    /// Whether the controller has its own place already, found when the bus was added.
    placed: bool,
}

impl Bus {
    fn new(model: PciModel, hotplug: bool) -> Self {
        let offers = Connect::offered_by(model);
        let offers = if hotplug { offers } else { offers - Connect::HOTPLUG };
        Self { model, offers, taken: [0; 32], shared: 0, placed: false }
    }

    /// The first and the last slot.
    fn slots(&self) -> (u8, u8) {
        match self.model {
            PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => (0, 0),
            PciModel::DmiToPciBridge
            | PciModel::PciExpanderBus
            | PciModel::PcieExpanderBus
            | PciModel::PcieSwitchUpstreamPort => (0, 31),
            _ => (1, 31),
        }
    }

    /// The first slot that is free for a device, and the first function that is.
    fn free(&self, asked: Connect) -> Option<(u8, u8)> {
        let (first, last) = self.slots();
        (first..=last).find_map(|slot| {
            let taken = self.taken[usize::from(slot)];
            let shared = asked.shares_slot() && self.shared & (1 << slot) != 0;
            match taken {
                0 => Some((slot, 0)),
                u8::MAX => None,
                _ if shared => Some((slot, taken.trailing_ones() as u8)),
                _ => None,
            }
        })
    }

    fn take(&mut self, slot: u8, function: u8, asked: Connect) {
        let taken = &mut self.taken[usize::from(slot)];
        if *taken == 0 && asked.shares_slot() {
            self.shared |= 1 << slot;
        }
        *taken |= 1 << function;
    }
}

/// All buses of a machine.
#[derive(Debug, Clone)]
pub(in super::super) struct Buses {
    buses: Vec<Bus>,
    /// Whether buses are added where devices need them.
    grows: bool,
}

impl Buses {
    /// The root alone.
    pub(super) fn new(root: PciModel, grows: bool) -> Self {
        Self { buses: vec![Bus::new(root, true)], grows }
    }

    /// Puts the bus of a controller at its number. Numbers left out before it get the bus that is added most simply.
    pub(super) fn put(&mut self, number: u32, model: PciModel, hotplug: bool) -> Result<(), Refused> {
        let number =
            usize::try_from(number).ok().filter(|number| *number < MOST_BUSES).ok_or(Refused::Full)?;
        let simple = self.simple_model();
        while self.buses.len() <= number {
            self.buses.push(Bus::new(simple, true));
        }
        self.buses[number] = Bus::new(model, hotplug);
        Ok(())
    }

    /// The controllers' models, by the numbers of their buses.
    pub(super) fn models(&self) -> impl Iterator<Item = PciModel> {
        self.buses.iter().map(|bus| bus.model)
    }

    /// Keeps a place for a bridge that could be needed, where the buses are not full.
    pub(super) fn keep_room_for_bridge(&mut self) {
        let bridge = Connect::of_controller(PciModel::PciBridge).unwrap_or(Connect::NOTHING);
        if let Some((number, (slot, function))) = self.free_bus(bridge) {
            self.buses[number].take(slot, function, bridge);
        }
    }

    /// The model of a controller that has no place yet.
    pub(super) fn unplaced(&self, number: usize) -> Option<PciModel> {
        self.buses.get(number).filter(|bus| !bus.placed).map(|bus| bus.model)
    }

    /// How many buses there are.
    pub(super) fn count(&self) -> usize {
        self.buses.len()
    }

    pub(super) fn root(&self) -> PciModel {
        self.buses[0].model
    }

    fn simple_model(&self) -> PciModel {
        if self.root() == PciModel::PcieRoot { PciModel::PcieRootPort } else { PciModel::PciBridge }
    }

    /// Takes functions of a slot for what is part of the machine.
    pub(super) fn reserve(&mut self, place: Place) {
        self.buses[0].take(place.slot, place.function, Connect::NOTHING);
    }

    /// Whether the function is taken, or for a whole slot any of its functions.
    pub(super) fn is_taken(&self, place: Place, whole_slot: bool) -> bool {
        let bus = self.buses.get(place.bus as usize);
        let taken = bus.map_or(0, |bus| bus.taken[usize::from(place.slot)]);
        if whole_slot { taken != 0 } else { taken & (1 << place.function) != 0 }
    }

    /// Whether a slot has functions that are taken beside the first.
    pub(super) fn has_more_functions(&self, place: Place) -> bool {
        self.buses.get(place.bus as usize).is_some_and(|bus| bus.taken[usize::from(place.slot)] > 1)
    }

    /// Takes a place that the user chose. The bus can be another one afterwards: where a conventional device needs
    /// both a port and a bridge behind it, it is on the second.
    pub(super) fn take_chosen(&mut self, asked: Connect, place: Place) -> Result<Place, Refused> {
        if place.domain != 0 {
            return Err(Refused::Domain);
        }
        let mut place = place;
        if place.bus as usize >= self.buses.len() {
            if !self.grows {
                return Err(Refused::NoBus);
            }
            place.bus = self.grow(place.bus as usize, asked)? as u32;
        }
        let bus = &mut self.buses[place.bus as usize];
        if asked == Connect::NOTHING || !bus.offers.as_user_sees_it(bus.model).has(asked) {
            return Err(Refused::Sort);
        }
        let (first, last) = bus.slots();
        if place.slot < first || place.slot > last {
            return Err(Refused::Slot);
        }
        if bus.taken[usize::from(place.slot)] & (1 << place.function) != 0 {
            return Err(Refused::Taken);
        }
        bus.take(place.slot, place.function, asked);
        Ok(place)
    }

    /// Takes the first place that is free; in a slot of its own with that function where one is named.
    pub(super) fn take_free(&mut self, asked: Connect, function: Option<u8>) -> Result<Place, Refused> {
        if asked == Connect::NOTHING {
            return Err(Refused::NoBus);
        }
        let (number, (slot, free_function)) = match self.free_bus(asked) {
            Some(found) => found,
            None if self.grows => {
                let number = self.grow(self.buses.len(), asked)?;
                let found = self.buses[number].free(asked).ok_or(Refused::NoBus)?;
                (number, found)
            }
            None => return Err(Refused::NoBus),
        };
        let function = function.unwrap_or(free_function);
        self.buses[number].take(slot, function, asked);
        Ok(Place { domain: 0, bus: number as u32, slot, function })
    }

    /// Adds buses up to that number, the last of which is for such a device, and answers its number.
    fn grow(&mut self, number: usize, asked: Connect) -> Result<usize, Refused> {
        let model = asked.wanted_controller(self.root()).ok_or(Refused::NoBus)?;
        let simple = self.simple_model();
        let mut number = number;
        // A bridge comes with a port before it, even where one is free.
        let needs_port = model == PciModel::PcieToPciBridge;
        let bridge = Connect::of_controller(model).unwrap_or(Connect::NOTHING);
        if needs_port && number == self.buses.len() {
            number += 1;
        }
        if number >= MOST_BUSES {
            return Err(Refused::Full);
        }
        while self.buses.len() < number {
            self.buses.push(Bus::new(simple, true));
        }
        let mut bus = Bus::new(model, true);
        if let Some((port, (slot, function))) = self.free_bus(bridge).filter(|_| needs_port) {
            self.buses[port].take(slot, function, bridge);
            bus.placed = true;
        }
        self.buses.push(bus);
        Ok(number)
    }

    /// The first bus with a place for a device, and the place.
    fn free_bus(&self, asked: Connect) -> Option<(usize, (u8, u8))> {
        let fitting = self.buses.iter().enumerate().filter(|(_, bus)| bus.offers.has(asked));
        fitting.filter_map(|(number, bus)| Some((number, bus.free(asked)?))).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_share_slots_and_buses_are_added_as_devices_need_them() {
        let mut buses = Buses::new(PciModel::PcieRoot, true);
        let port = Connect::of_controller(PciModel::PcieRootPort).unwrap();
        for expected in [(1, 0), (1, 1), (1, 2)] {
            let place = buses.take_free(port, None).unwrap();
            assert_eq!((place.slot, place.function), expected);
        }
        let place = buses.take_free(Connect::PLUGGED_EXPRESS, None).unwrap();
        assert_eq!((place.bus, place.slot), (1, 0));
        // The conventional device gets a port and a bridge behind it.
        let place = buses.take_free(Connect::PLUGGED_PCI, None).unwrap();
        assert_eq!((place.bus, place.slot), (3, 1));
        assert_eq!(buses.count(), 4);
    }

    #[test]
    fn chosen_places_are_checked() {
        let mut buses = Buses::new(PciModel::PciRoot, true);
        let chosen = |buses: &mut Buses, domain, bus, slot| {
            buses.take_chosen(Connect::PLUGGED_PCI, Place { domain, bus, slot, function: 0 }).map(|_| ())
        };
        assert_eq!(chosen(&mut buses, 0, 0, 5), Ok(()));
        assert_eq!(chosen(&mut buses, 0, 0, 5), Err(Refused::Taken));
        assert_eq!(chosen(&mut buses, 1, 0, 5), Err(Refused::Domain));
        assert_eq!(chosen(&mut buses, 0, 0, 0), Err(Refused::Slot));
        assert_eq!(chosen(&mut buses, 0, 3, 1), Ok(()));
        assert_eq!(buses.count(), 4);
        assert_eq!(chosen(&mut buses, 0, 300, 1), Err(Refused::Full));
    }
}
