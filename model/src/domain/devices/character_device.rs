//! Serial and parallel ports, consoles and channels.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A serial or parallel port, a console or a channel.
#[mapped]
pub struct CharacterDevice {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
