//! A timer that acts when the guest hangs.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A timer that acts when the guest hangs.
#[mapped]
pub struct Watchdog {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
