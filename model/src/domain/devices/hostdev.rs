//! A device of the host that the guest has for itself.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A device of the host that the guest has for itself.
#[mapped]
pub struct Hostdev {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
