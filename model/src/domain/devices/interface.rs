//! A network interface.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A network interface.
#[mapped]
pub struct Interface {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
