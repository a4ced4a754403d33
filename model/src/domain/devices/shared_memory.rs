//! Memory that guests share.

use super::info::DeviceInfo;
use crate::document::text::words;
use crate::document::{MebibyteSize, OnOff, Text, mapped};

/// Memory that guests share.
#[mapped]
#[order("model", "size", "server", "msi", "alias", "acpi", "address")]
pub struct SharedMemory {
    /// Its name, the same for all guests.
    #[attribute("name")]
    pub name: Text,
    /// Whether it stays here when the guest moves.
    #[attribute("role")]
    pub role: Option<SharedMemoryRole>,
    /// Which device.
    #[element("model")]
    pub model: Option<SharedMemoryModel>,
    /// How much, a power of two.
    #[element("size")]
    pub size: Option<MebibyteSize>,
    /// The process through which guests wake each other.
    #[element("server")]
    pub server: Option<SharedMemoryServer>,
    /// How guests wake each other.
    #[element("msi")]
    pub interrupts: Option<SharedMemoryInterrupts>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// A model of shared memory.
#[mapped(omit_empty)]
pub struct SharedMemoryModel {
    /// Which.
    #[attribute("type")]
    pub model: Option<SharedMemoryModelName>,
}

/// A process through which guests wake each other.
#[mapped]
pub struct SharedMemoryServer {
    /// The path of its socket.
    #[attribute("path")]
    pub path: Option<String>,
}

/// How guests wake each other.
#[mapped]
pub struct SharedMemoryInterrupts {
    /// How many interrupts there are.
    #[attribute("vectors")]
    pub vectors: Option<u32>,
    /// Whether they are told by events of the kernel.
    #[attribute("ioeventfd")]
    pub io_event: Option<OnOff>,
}

words! {
    /// Whether shared memory stays when a guest moves.
    pub enum SharedMemoryRole("role", Invalid) {
        /// What the driver does.
        Default = "default",
        /// It goes with the guest.
        Master = "master",
        /// It stays.
        Peer = "peer",
    }
}

words! {
    /// A model of shared memory.
    pub enum SharedMemoryModelName("model of shared memory", Invalid) {
        /// The old one.
        Ivshmem = "ivshmem",
        /// Memory alone.
        IvshmemPlain = "ivshmem-plain",
        /// Memory and interrupts.
        IvshmemDoorbell = "ivshmem-doorbell",
    }
}
