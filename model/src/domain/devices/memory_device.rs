//! A module of memory.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A module of memory.
#[mapped]
pub struct MemoryDevice {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
