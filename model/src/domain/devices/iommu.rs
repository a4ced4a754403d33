//! What translates the addresses that devices use.

use super::info::DeviceInfo;
use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// What translates the addresses that devices use.
#[mapped]
pub struct Iommu {
    /// Which one.
    #[attribute("model")]
    pub model: IommuModel,
    /// What it does.
    #[element("driver")]
    pub driver: Option<IommuDriver>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

words! {
    /// What translates the addresses that devices use.
    pub enum IommuModel("IOMMU", Invalid) {
        /// Intel's.
        Intel = "intel",
        /// ARM's.
        Smmuv3 = "smmuv3",
        /// virtio's.
        Virtio = "virtio",
    }
}

/// What an IOMMU does.
#[mapped(omit_empty)]
pub struct IommuDriver {
    /// Whether interrupts go through it too.
    #[attribute("intremap")]
    pub interrupt_remapping: Option<OnOff>,
    /// Whether devices of the host can be used with it.
    #[attribute("caching_mode")]
    pub caching_mode: Option<OnOff>,
    /// Whether it can have more than 255 CPUs.
    #[attribute("eim")]
    pub extended_interrupts: Option<OnOff>,
    /// Whether devices may cache translations.
    #[attribute("iotlb")]
    pub translation_cache: Option<OnOff>,
    /// The bits of an address.
    #[attribute("aw_bits")]
    pub address_bits: Option<u32>,
}
