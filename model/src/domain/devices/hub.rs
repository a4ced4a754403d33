//! A USB hub.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// A hub: a device to which further devices are connected.
#[mapped]
pub struct Hub {
    /// What is connected to it.
    #[attribute("type", missing = Malformed)]
    pub hub_type: HubType,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

words! {
    /// What is connected to a hub.
    pub enum HubType("type of hub", Unsupported) {
        /// USB devices.
        Usb = "usb",
    }
}
