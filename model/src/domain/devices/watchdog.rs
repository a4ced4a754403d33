//! A watchdog.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// A watchdog.
#[mapped]
pub struct Watchdog {
    /// Which chip.
    #[attribute("model", missing = Malformed)]
    pub model: WatchdogModel,
    /// What happens when the guest does not answer; absent for a reset.
    #[attribute("action")]
    pub action: Option<WatchdogAction>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

words! {
    /// A watchdog's chip.
    pub enum WatchdogModel("watchdog", Unsupported) {
        /// Intel 6300ESB.
        I6300esb = "i6300esb",
        /// IBM 700.
        Ib700 = "ib700",
        /// A mainframe's.
        Diag288 = "diag288",
    }
}

words! {
    /// What a watchdog does.
    pub enum WatchdogAction("action of a watchdog", Unsupported) {
        /// Reset the guest.
        Reset = "reset",
        /// Ask the guest to shut down.
        Shutdown = "shutdown",
        /// Switch the guest off.
        Poweroff = "poweroff",
        /// Stop the guest.
        Pause = "pause",
        /// Write the guest's memory to a file.
        Dump = "dump",
        /// Nothing.
        None = "none",
        /// Interrupt the guest.
        InjectNmi = "inject-nmi",
    }
}
