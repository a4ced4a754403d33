//! A smart card reader.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A smart card reader.
#[mapped]
pub struct Smartcard {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
