//! The memory in which firmware keeps its settings, as a device.

use super::info::DeviceInfo;
use crate::document::mapped;

/// The memory in which firmware keeps its settings, as a device.
#[mapped]
pub struct Nvram {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
