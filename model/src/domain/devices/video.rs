//! A graphics card.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A graphics card.
#[mapped]
pub struct Video {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
