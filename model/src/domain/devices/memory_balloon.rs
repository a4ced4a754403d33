//! What takes memory from the guest and gives it back.

use super::info::DeviceInfo;
use super::virtio_options::VirtioOptions;
use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// What takes memory from the guest and gives it back.
#[mapped]
pub struct MemoryBalloon {
    /// Which device.
    #[attribute("model")]
    pub model: MemoryBalloonModel,
    /// Whether the guest gets memory back before it runs out.
    #[attribute("autodeflate")]
    pub auto_deflate: Option<OnOff>,
    /// Whether the guest tells which memory is free.
    #[attribute("freePageReporting")]
    pub free_page_reporting: Option<OnOff>,
    /// How often statistics are gathered.
    #[element("stats")]
    pub statistics: Option<MemoryStatisticsPeriod>,
    /// What it asks of the path to the host.
    #[element("driver")]
    pub driver: Option<VirtioOptions>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// How often statistics are gathered.
#[mapped(omit_empty)]
pub struct MemoryStatisticsPeriod {
    /// Seconds; absent for never.
    #[attribute("period")]
    pub period: Option<i32>,
}

words! {
    /// A balloon device.
    pub enum MemoryBalloonModel("memory balloon", Invalid) {
        /// The usual one.
        Virtio = "virtio",
        /// Xen's.
        Xen = "xen",
        /// None.
        None = "none",
        /// One that older guests know too.
        VirtioTransitional = "virtio-transitional",
        /// One that follows virtio 1.0 alone.
        VirtioNonTransitional = "virtio-non-transitional",
    }
}
