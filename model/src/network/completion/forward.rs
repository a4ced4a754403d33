//! How packets leave a network: defaults and checks.

use super::MOST_16_BITS;
use crate::document::DocumentErrorKind::{Invalid, Malformed, Syntax};
use crate::document::YesNo;
use crate::domain::rules::Fault;
use crate::network::{Forward, ForwardAddress, ForwardInterface, ForwardMode, Nat, range};
use std::collections::HashSet;

impl Forward {
    pub(super) fn complete(&mut self) -> Result<(), Fault> {
        let mode = *self.mode.get_or_insert(ForwardMode::Nat);
        let is_managed = self.is_managed.take() == Some(YesNo::Yes);
        self.is_managed = (mode == ForwardMode::Hostdev).then_some(YesNo::from(is_managed));
        for (name, count) in [("nat", self.nat.len()), ("pf", self.physical_functions.len())] {
            if count > 1 {
                return Err(Fault::new(
                    Invalid,
                    format!("forward/{name}[2]"),
                    format!("there is more than one <{name}>"),
                ));
            }
        }
        if mode != ForwardMode::Nat && !self.nat.is_empty() {
            return Err(Fault::new(Invalid, "forward/nat", format!("mode {mode} changes no addresses"))
                .hint("choose mode='nat', or leave <nat> out"));
        }
        self.complete_interfaces()?;
        self.complete_addresses()?;
        for nat in &mut self.nat {
            nat.complete()?;
        }
        self.nat.retain(|nat| *nat != Nat::default());
        if !(self.interfaces.is_empty() && self.addresses.is_empty()) {
            self.physical_functions.clear();
        }
        if mode == ForwardMode::Hostdev && !self.interfaces.is_empty() {
            self.addresses.clear();
        }
        Ok(())
    }

    /// The device is the first of the interfaces, and each is there once.
    fn complete_interfaces(&mut self) -> Result<(), Fault> {
        let device = self.device.take();
        if device.is_some() && !(self.physical_functions.is_empty() && self.addresses.is_empty()) {
            return Err(Fault::new(Invalid, "forward/@dev", "dev is only for interfaces, not for devices"));
        }
        match (&device, self.interfaces.first()) {
            (Some(device), Some(first)) if *device != first.device => {
                let message = format!("dev is {device}, but the first interface is {}", first.device);
                return Err(Fault::new(Invalid, "forward/@dev", message));
            }
            (Some(device), None) => self.interfaces.push(ForwardInterface::new(device.clone())),
            _ => {}
        }
        let mut seen = HashSet::new();
        for (index, interface) in self.interfaces.iter_mut().enumerate() {
            interface.connections = None;
            if !seen.insert(&interface.device) {
                let path = format!("forward/interface[{}]/@dev", index + 1);
                return Err(Fault::new(Invalid, path, format!("{} is there twice", interface.device)));
            }
        }
        self.device = self.interfaces.first().map(|interface| interface.device.clone());
        Ok(())
    }

    fn complete_addresses(&mut self) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        for (index, ForwardAddress::Pci(location)) in self.addresses.iter_mut().enumerate() {
            let path = format!("forward/address[{}]", index + 1);
            location.complete(&path)?;
            if location.function.is_some_and(|function| function.0 > 7) {
                return Err(Fault::new(Invalid, format!("{path}/@function"), "the function is above 7"));
            }
            if !seen.insert((location.domain, location.bus, location.slot, location.function)) {
                return Err(Fault::new(Invalid, path, "the device is there twice"));
            }
        }
        Ok(())
    }
}

impl Nat {
    fn complete(&mut self) -> Result<(), Fault> {
        for (name, count) in [("address", self.addresses.len()), ("port", self.ports.len())] {
            if count > 1 {
                let path = format!("forward/nat/{name}[2]");
                return Err(Fault::new(Invalid, path, format!("there is more than one <{name}>")));
            }
        }
        for addresses in &self.addresses {
            let path = "forward/nat/address";
            for (name, address) in [("start", addresses.start), ("end", addresses.end)] {
                if !address.is_ipv4() {
                    let message = format!("{address} is no address of IPv4");
                    return Err(Fault::new(Invalid, format!("{path}/@{name}"), message));
                }
            }
            range::check_order(addresses.start, addresses.end)
                .map_err(|message| Fault::new(Malformed, path, message))?;
        }
        for ports in &self.ports {
            let fault = |name: &str, message: String| {
                Err(Fault::new(Syntax, format!("forward/nat/port/@{name}"), message))
            };
            if ports.start > MOST_16_BITS {
                return fault("start", format!("{} is above 65535", ports.start));
            }
            if ports.end > MOST_16_BITS || ports.end < ports.start {
                return fault("end", format!("{} is not within {} to 65535", ports.end, ports.start));
            }
        }
        self.ports.retain(|ports| ports.end > 0);
        Ok(())
    }
}
