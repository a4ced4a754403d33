//! Memory shared with other domains.

use super::info::DeviceInfo;
use crate::document::mapped;

/// Memory shared with other domains.
#[mapped]
pub struct SharedMemory {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
