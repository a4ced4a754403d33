//! What the guest tells that it crashed.

use super::info::DeviceInfo;
use crate::document::mapped;

/// What the guest tells that it crashed.
#[mapped]
pub struct Panic {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
