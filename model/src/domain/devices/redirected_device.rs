//! A USB device that a client lends.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A USB device that a client lends.
#[mapped]
pub struct RedirectedDevice {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
