//! What takes memory from the guest and gives it back.

use super::info::DeviceInfo;
use crate::document::mapped;

/// What takes memory from the guest and gives it back.
#[mapped]
pub struct MemoryBalloon {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
