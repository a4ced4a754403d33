//! A source of random numbers.

use super::character_device::{CharacterLog, CharacterSource};
use super::info::DeviceInfo;
use super::virtio_options::{VirtioModel, VirtioOptions};
use crate::document::mapped;

/// A source of random numbers.
#[mapped]
pub struct RandomGenerator {
    /// Which device.
    #[attribute("model", missing = Invalid)]
    pub model: VirtioModel,
    /// How much the guest may take.
    #[element("rate")]
    pub rate: Option<RandomRate>,
    /// Where the numbers come from.
    #[element("backend", missing = Invalid, once = Invalid)]
    pub backend: RandomBackend,
    /// What it asks of the path to the host.
    #[element("driver")]
    pub driver: Option<VirtioOptions>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// How much the guest may take.
#[mapped(omit_empty)]
pub struct RandomRate {
    /// Bytes in each period; absent or 0 for any number.
    #[attribute("bytes")]
    pub bytes: Option<u32>,
    /// The period in milliseconds; absent for a second.
    #[attribute("period")]
    pub period: Option<u32>,
}

/// Where random numbers come from.
#[mapped(tag = "model", error = Unsupported, missing = Invalid)]
pub enum RandomBackend {
    /// A device of the host.
    #[value("random")]
    Device(RandomDevice),
    /// A daemon that speaks EGD's protocol.
    #[value("egd")]
    Daemon(RandomDaemon),
    /// The hypervisor.
    #[value("builtin")]
    Hypervisor,
}

/// A device of the host that random numbers come from.
#[mapped]
pub struct RandomDevice {
    /// Its path; empty for `/dev/urandom`.
    #[text]
    pub path: String,
}

/// A daemon that random numbers come from.
#[mapped]
pub struct RandomDaemon {
    /// How it is reached.
    #[flatten]
    pub source: Option<CharacterSource>,
    /// A file that gets all that is sent too.
    #[element("log")]
    pub log: Option<CharacterLog>,
}
