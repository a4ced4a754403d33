//! A USB hub.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A USB hub.
#[mapped]
pub struct Hub {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
