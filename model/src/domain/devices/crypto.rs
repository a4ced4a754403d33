//! A device that encrypts.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A device that encrypts.
#[mapped]
pub struct Crypto {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
