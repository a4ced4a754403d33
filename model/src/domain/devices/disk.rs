//! A disk, a CD-ROM or a floppy disk.

use super::info::DeviceInfo;
use crate::document::mapped;

/// A disk, a CD-ROM or a floppy disk.
#[mapped]
pub struct Disk {
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}
