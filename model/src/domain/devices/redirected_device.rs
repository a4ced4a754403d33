//! A USB device that a client lends.

use super::character_device::{CharacterLog, CharacterSource};
use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// A USB device that a client lends.
#[mapped]
#[order("source", "protocol", "log", "boot", "alias", "address")]
pub struct RedirectedDevice {
    /// The bus that it is on; absent for USB.
    #[attribute("bus", error = Unsupported)]
    pub bus: Option<RedirectionBus>,
    /// The way to the client.
    #[flatten]
    pub source: Option<CharacterSource>,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

words! {
    /// A bus of devices that clients lend.
    pub enum RedirectionBus("bus of a redirected device", Invalid) {
        /// USB.
        Usb = "usb",
    }
}
