//! A way to see the guest's screen.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A way to see the guest's screen.
#[mapped]
pub struct Graphics {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
