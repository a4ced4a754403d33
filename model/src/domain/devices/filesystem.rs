//! A directory of the host that the guest sees.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A directory of the host that the guest sees.
#[mapped]
pub struct Filesystem {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
