//! A bus to which other devices are connected.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A bus to which other devices are connected.
#[mapped]
pub struct Controller {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
