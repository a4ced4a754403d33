//! Sockets between host and guest.

use super::info::DeviceInfo;
use super::virtio_options::{VirtioModel, VirtioOptions};
use crate::document::{YesNo, mapped};

/// Sockets between host and guest.
#[mapped]
pub struct Vsock {
    /// Which device; absent for the hypervisor's choice.
    #[attribute("model", error = Invalid)]
    pub model: Option<VirtioModel>,
    /// The guest's address.
    #[element("cid")]
    pub context_id: Option<VsockContextId>,
    /// What it asks of the path to the host.
    #[element("driver")]
    pub driver: Option<VirtioOptions>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// A guest's address for such sockets.
#[mapped(omit_empty)]
pub struct VsockContextId {
    /// Whether it is made when the guest starts.
    #[attribute("auto")]
    pub auto: Option<YesNo>,
    /// The address, from 3 on.
    #[attribute("address")]
    pub address: Option<u32>,
}
