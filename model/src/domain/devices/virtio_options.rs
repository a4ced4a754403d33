//! What a virtio device asks of the path to the host.

use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// What a virtio device asks of the path to the host.
#[mapped(omit_empty)]
pub struct VirtioOptions {
    /// Whether it goes through an IOMMU.
    #[attribute("iommu")]
    pub iommu: Option<OnOff>,
    /// Whether it uses address translation services.
    #[attribute("ats")]
    pub address_translation: Option<OnOff>,
    /// Whether its rings are packed.
    #[attribute("packed")]
    pub packed: Option<OnOff>,
    /// Whether each queue has a page of its own.
    #[attribute("page_per_vq")]
    pub page_per_queue: Option<OnOff>,
}

words! {
    /// Which device of the virtio family.
    pub enum VirtioModel("virtio model", Unsupported) {
        /// The usual one.
        Virtio = "virtio",
        /// One that older guests know too.
        VirtioTransitional = "virtio-transitional",
        /// One that follows virtio 1.0 alone.
        VirtioNonTransitional = "virtio-non-transitional",
    }
}
