//! What identifies PCI devices of a mainframe.

use super::attachment::attached;
use crate::document::{DocumentErrorKind, Hexadecimal};
use crate::domain::Domain;
use crate::domain::devices::address::{Address, ZpciAddress};
use crate::domain::rules::Fault;
use std::collections::HashSet;

/// Gives each PCI device a number of the user and one of the function.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    let (mut users, mut functions) = (HashSet::new(), HashSet::new());
    let mut addresses = Vec::new();
    for device in attached(&mut domain.devices) {
        let Some(Address::Pci(address)) = &mut device.info.address else { continue };
        let zpci = address.zpci.get_or_insert_with(ZpciAddress::default);
        let twice = zpci.uid.is_some_and(|uid| !users.insert(uid.0))
            || zpci.fid.is_some_and(|fid| !functions.insert(fid.0));
        if twice {
            let path = format!("{}/address/zpci", device.path);
            return Err(Fault::new(
                DocumentErrorKind::Malformed,
                path,
                "another device has the uid or the fid",
            ));
        }
        addresses.push(zpci);
    }
    let (mut user, mut function) = (1, 0);
    for zpci in addresses {
        zpci.uid.get_or_insert_with(|| Hexadecimal(free(&mut users, &mut user)));
        zpci.fid.get_or_insert_with(|| Hexadecimal(free(&mut functions, &mut function)));
    }
    Ok(())
}

fn free(taken: &mut HashSet<u64>, next: &mut u64) -> u64 {
    while !taken.insert(*next) {
        *next += 1;
    }
    *next
}
