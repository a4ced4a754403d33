//! A source of random numbers.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A source of random numbers.
#[mapped]
pub struct RandomGenerator {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
