//! Registers on the bus of a pseries machine.

use super::attachment::{Attached, Attachment, attached};
use crate::document::{DocumentErrorKind, Hexadecimal};
use crate::domain::Domain;
use crate::domain::devices::address::{Address, SpaprVioAddress};
use crate::domain::rules::Fault;
use std::collections::HashSet;

/// How far registers are from each other.
const STEP: u64 = 0x1000;

/// Gives each device of that bus a register.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let mut taken: HashSet<u64> = HashSet::new();
    let mut without = Vec::new();
    for device in attached(&mut domain.devices) {
        let Attachment::SpaprVio(first) = device.attachment else { continue };
        let Attached { path, info, .. } = device;
        let register = match &info.address {
            Some(Address::SpaprVio(address)) => address.register,
            None => None,
            Some(_) => continue,
        };
        match register {
            Some(Hexadecimal(register)) if !taken.insert(register) => {
                let message = format!("another device has the register {register:#x}");
                return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
            }
            Some(_) => {}
            None => without.push((first, info)),
        }
    }
    for (first, info) in without {
        let free = (0..).map(|step| first + step * STEP).find(|register| taken.insert(*register));
        let mut address = SpaprVioAddress::default();
        address.register = free.map(Hexadecimal);
        info.address = Some(Address::SpaprVio(address));
    }
    Ok(())
}
