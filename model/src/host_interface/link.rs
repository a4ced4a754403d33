//! How an interface is connected.

use crate::document::mapped;
use crate::document::text::words;

/// How an interface is connected.
#[mapped(omit_empty)]
pub struct InterfaceLink {
    /// How fast, in Mbit/s; 0 where it is not known.
    #[attribute("speed", default)]
    pub speed: u32,
    /// Whether it is.
    #[attribute("state")]
    pub state: Option<LinkState>,
}

words! {
    /// Whether an interface is connected.
    pub enum LinkState("state of a link", Invalid) {
        /// It is not known.
        Unknown = "unknown",
        /// The interface is not there.
        NotPresent = "notpresent",
        /// It is not.
        Down = "down",
        /// An interface below it is not.
        LowerLayerDown = "lowerlayerdown",
        /// It is tested.
        Testing = "testing",
        /// It waits.
        Dormant = "dormant",
        /// It is.
        Up = "up",
    }
}
