//! A parallel port.

use super::source::{CharacterLog, CharacterSource};
use crate::document::mapped;
use crate::domain::devices::DeviceInfo;

/// A parallel port.
#[mapped]
#[order("source", "protocol", "log", "target", "alias", "acpi", "address")]
pub struct Parallel {
    /// Where its characters go on the host.
    #[flatten]
    pub source: CharacterSource,
    /// A file that gets all the guest's output too.
    #[element("log", once = Invalid)]
    pub log: Option<CharacterLog>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<ParallelTarget>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// What the guest sees of a parallel port.
#[mapped]
pub struct ParallelTarget {
    /// The number of the port.
    #[attribute("port")]
    pub port: Option<i32>,
}
