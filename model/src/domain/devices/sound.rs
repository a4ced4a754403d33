//! A sound card.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A sound card.
#[mapped]
pub struct Sound {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
