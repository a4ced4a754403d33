//! `<smartcard>`.

use super::character;
use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::CharacterSource;
use omnivirt_core::domain::devices::smartcard::SmartcardSource;

/// Where a host keeps its certificates.
const DATABASE: &str = "/etc/pki/nssdb";

/// Adds the smartcards.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for smartcard in &arguments.domain.devices.smartcards {
        let name = alias(&smartcard.info, "smartcard")?;
        let device = match &smartcard.card {
            SmartcardSource::Host => Properties::driver("ccid-card-emulated").with("backend", "nss-emulated"),
            SmartcardSource::Certificates(host) => {
                let device = Properties::driver("ccid-card-emulated").with("backend", "certificates");
                let names = host.certificates.iter().zip(["cert1", "cert2", "cert3"]);
                let device = names.fold(device, |device, (name, key)| device.with(key, name.as_str()));
                device.with("db", host.database.as_deref().unwrap_or(DATABASE))
            }
            SmartcardSource::Passthrough(passed) => {
                let chardev = match &passed.source {
                    None => return Err(unsupported("smartcard", "it is not said where the card is")),
                    Some(CharacterSource::SpiceChannel) => character::add_spice(arguments, name, "smartcard"),
                    Some(source) => {
                        character::add(arguments, source, name, passed.log.as_ref(), "smartcard")?
                    }
                };
                Properties::driver("ccid-card-passthru").with("chardev", chardev)
            }
            _ => return Err(unsupported("smartcard", "QEMU does not know this mode")),
        };
        let place = placed(arguments.domain, &smartcard.info)?;
        arguments.device(name, device.with("id", name).and(place));
    }
    Ok(())
}
