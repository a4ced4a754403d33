//! `<nvram>`: the memory of a POWER machine that stays.

use crate::command::arguments::Arguments;
use omnivirt_core::domain::devices::address::Address;

/// Says where it is; the machine has it in any case.
pub(super) fn add(arguments: &mut Arguments<'_>) {
    let nvram = arguments.domain.devices.nvram.as_ref();
    if let Some(Address::SpaprVio(address)) = nvram.and_then(|nvram| nvram.info.address.as_ref())
        && let Some(register) = address.register
    {
        arguments.option("-global", format!("spapr-nvram.reg=0x{:x}", register.0));
    }
}
