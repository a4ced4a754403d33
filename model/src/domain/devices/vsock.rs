//! A socket between host and guest.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A socket between host and guest.
#[mapped]
pub struct Vsock {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
