//! A trusted platform module.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A trusted platform module.
#[mapped]
pub struct Tpm {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
