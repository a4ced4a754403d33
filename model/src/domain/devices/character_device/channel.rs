//! A channel between host and guest.

use super::source::{CharacterLog, CharacterSource};
use crate::document::mapped;
use crate::document::text::words;
use crate::domain::devices::DeviceInfo;
use std::net::IpAddr;

/// A channel between host and guest.
#[mapped]
#[order("source", "protocol", "log", "target", "alias", "acpi", "address")]
pub struct Channel {
    /// Where its characters go on the host.
    #[flatten]
    pub source: CharacterSource,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
    /// What the guest sees.
    #[element("target", missing = Invalid)]
    pub target: ChannelTarget,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// What the guest sees of a channel.
#[mapped(tag = "type", error = Unsupported, missing = Unsupported)]
pub enum ChannelTarget {
    /// An address and a port in the guest's own network.
    #[value("guestfwd")]
    GuestForward(GuestForwardTarget),
    /// A port of a virtio-serial controller.
    #[value("virtio")]
    Virtio(NamedPortTarget),
    /// A channel of Xen.
    #[value("xen")]
    Xen(NamedPortTarget),
}

/// An address and a port in the guest's own network.
#[mapped]
pub struct GuestForwardTarget {
    /// The address.
    #[attribute("address", error = System)]
    pub address: Option<IpAddr>,
    /// The port.
    #[attribute("port")]
    pub port: Option<u32>,
}

/// A port that the guest finds by its name.
#[mapped]
pub struct NamedPortTarget {
    /// The name.
    #[attribute("name", kept)]
    pub name: Option<String>,
    /// Whether the guest has it open; only known while it runs.
    #[attribute("state", lenient)]
    pub state: Option<ChannelState>,
}

words! {
    /// Whether a guest has a channel open.
    pub enum ChannelState("state of a channel", Invalid) {
        /// It has.
        Connected = "connected",
        /// It has not.
        Disconnected = "disconnected",
    }
}
