//! A device that encrypts for the guest.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// A device that encrypts for the guest.
#[mapped]
#[order("backend", "alias", "acpi", "address")]
pub struct Crypto {
    /// Which device.
    #[attribute("model")]
    pub model: CryptoModel,
    /// Who serves it.
    #[attribute("type")]
    pub crypto_type: CryptoType,
    /// Who encrypts.
    #[element("backend")]
    pub backend: CryptoBackend,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// Who encrypts.
#[mapped]
pub struct CryptoBackend {
    /// Who.
    #[attribute("model")]
    pub model: CryptoBackendModel,
    /// How many queues there are.
    #[attribute("queues")]
    pub queues: Option<u32>,
}

words! {
    /// A device that encrypts.
    pub enum CryptoModel("model of a crypto device", Invalid) {
        /// That of virtio.
        Virtio = "virtio",
    }
}

words! {
    /// Who serves a device that encrypts.
    pub enum CryptoType("type of a crypto device", Invalid) {
        /// The hypervisor.
        Qemu = "qemu",
    }
}

words! {
    /// Who encrypts for a guest.
    pub enum CryptoBackendModel("backend of a crypto device", Invalid) {
        /// The hypervisor itself.
        Builtin = "builtin",
        /// The host's kernel.
        Lkcf = "lkcf",
    }
}
