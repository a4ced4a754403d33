//! Slots of smart card controllers.

use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::rules::Fault;

/// QEMU has one slot in one controller.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let smartcards = domain.devices.smartcards.iter().enumerate();
    for (position, smartcard) in smartcards {
        let first = match &smartcard.info.address {
            Some(Address::Ccid(ccid)) => ccid.controller.unwrap_or(0) == 0 && ccid.slot.unwrap_or(0) == 0,
            _ => true,
        };
        if position > 0 || !first {
            let path = format!("devices/smartcard[{}]", position + 1);
            return Err(Fault::new(
                DocumentErrorKind::Unsupported,
                path,
                "QEMU has one smart card, in the first slot",
            ));
        }
    }
    Ok(())
}
