//! `<panic>`, and the notes for who reads the guest's memory after a crash.

use crate::command::address::{alias, is_on};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::panic::PanicModel;

/// Adds the devices; those of Hyper-V, POWER and mainframes are part of the machine.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for panic in &arguments.domain.devices.panics {
        match panic.model {
            Some(PanicModel::HyperV | PanicModel::Pseries | PanicModel::S390) => {}
            Some(PanicModel::Isa) => {
                let port = match &panic.info.address {
                    Some(Address::Isa(address)) => address.io_base.map(|base| base.0),
                    _ => None,
                };
                let device = Properties::driver("pvpanic").with_some("ioport", port);
                arguments.device(alias(&panic.info, "panic")?, device);
            }
            _ => return Err(unsupported("panic", "the machine has no default panic device")),
        }
    }
    let features = arguments.domain.features.as_ref();
    let notes = features.and_then(|features| features.vmcore_info.as_ref());
    if notes.is_some_and(|notes| notes.state.is_none_or(is_on)) {
        arguments.device("vmcoreinfo", Properties::driver("vmcoreinfo"));
    }
    add_generation(arguments)
}

/// What tells the guest that it was copied or reverted.
fn add_generation(arguments: &mut Arguments<'_>) -> Result<()> {
    use omnivirt_core::domain::GenerationId;
    match arguments.domain.generation_id {
        None => Ok(()),
        Some(GenerationId::Fixed(uuid)) => {
            let device = Properties::driver("vmgenid").with("guid", uuid.hyphenated().to_string());
            arguments.device("vmgenid0", device.with("id", "vmgenid0"));
            Ok(())
        }
        Some(_) => {
            Err(unsupported("genid", "the document does not say which one").with_hint("write a UUID in it"))
        }
    }
}
