//! Settings of a pseries machine's firmware that outlive it.

use super::info::DeviceInfo;
use crate::document::mapped;

/// Settings of a pseries machine's firmware that outlive it.
#[mapped]
pub struct Nvram {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
