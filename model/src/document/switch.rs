//! Words for two states, which libvirt spells in two ways.

use super::text::words;

words! {
    /// Yes or no.
    pub enum YesNo("yes or no", Invalid) {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

words! {
    /// On or off.
    pub enum OnOff("on or off", Invalid) {
        /// On.
        On = "on",
        /// Off.
        Off = "off",
    }
}

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl From<bool> for OnOff {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}
