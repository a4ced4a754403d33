//! A keyboard, a mouse or the like.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A keyboard, a mouse or the like.
#[mapped]
pub struct Input {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
