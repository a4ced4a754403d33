//! A smart card reader.

use super::character_device::{CharacterLog, CharacterSource};
use super::info::DeviceInfo;
use crate::document::mapped;

/// A smart card reader.
#[mapped]
#[order("source", "protocol", "log", "certificate", "database", "alias", "acpi", "address")]
pub struct Smartcard {
    /// Where the card is.
    #[flatten]
    pub card: SmartcardSource,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// Where a smart card is.
#[mapped(tag = "mode")]
pub enum SmartcardSource {
    /// In a reader of the host.
    #[value("host")]
    Host,
    /// Made up from certificates of the host.
    #[value("host-certificates")]
    Certificates(SmartcardCertificates),
    /// At the other end of a character device.
    #[value("passthrough")]
    Passthrough(PassthroughSmartcard),
}

/// Where there is nothing said, the host's reader.
impl Default for SmartcardSource {
    fn default() -> Self {
        Self::Host
    }
}

/// A smart card at the other end of a character device.
#[mapped]
#[order("source", "protocol", "log")]
pub struct PassthroughSmartcard {
    /// The character device.
    #[flatten]
    pub source: Option<CharacterSource>,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
}

/// Certificates of the host that make up a smart card.
#[mapped]
pub struct SmartcardCertificates {
    /// The names of the three.
    #[element("certificate")]
    pub certificates: Vec<String>,
    /// The directory of the database that they are in; absent for the usual one.
    #[element("database")]
    pub database: Option<String>,
}
