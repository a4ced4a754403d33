//! Registers on the bus of a pseries machine.

use super::attachment::{Attached, Attachment, attached};
use crate::document::{AlwaysHexadecimal, DocumentErrorKind};
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
        let first = first_register(&device);
        let Attached { path, info, attachment, .. } = device;
        let register = match &info.address {
            Some(Address::SpaprVio(address)) => address.register,
            None if matches!(attachment, Attachment::SpaprVio(_)) => None,
            _ => continue,
        };
        match register {
            Some(AlwaysHexadecimal(register)) if !taken.insert(register) => {
                let message = format!("another device has the register {register:#x}");
                return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
            }
            Some(_) => {}
            None => without.extend(first.map(|first| (first, info))),
        }
    }
    for (first, info) in without {
        let free = (0..).map(|step| first + step * STEP).find(|register| taken.insert(*register));
        let mut address = SpaprVioAddress::default();
        address.register = free.map(AlwaysHexadecimal);
        info.address = Some(Address::SpaprVio(address));
    }
    Ok(())
}

/// Where the registers begin for such devices; some have one there though they stand elsewhere by themselves.
fn first_register(device: &Attached<'_>) -> Option<u64> {
    let kind = device.path.strip_prefix("devices/").and_then(|path| path.split('[').next());
    match (device.attachment, kind) {
        (Attachment::SpaprVio(first), _) => Some(first),
        (_, Some("interface")) => Some(0x1000),
        (_, Some("controller")) => Some(0x2000),
        _ => None,
    }
}
