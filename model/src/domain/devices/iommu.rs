//! What translates the addresses that devices use.

use super::info::DeviceInfo;
use crate::document::mapped;

/// What translates the addresses that devices use.
#[mapped]
pub struct Iommu {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
