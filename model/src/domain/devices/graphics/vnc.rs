//! A VNC server.

use super::listen::GraphicsListen;
use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// A VNC server.
#[mapped]
pub struct VncGraphics {
    /// The port; absent or -1 for any.
    #[attribute("port", error = Malformed)]
    pub port: Option<i32>,
    /// Whether the driver chooses the port.
    #[attribute("autoport", lenient)]
    pub auto_port: Option<YesNo>,
    /// The port for browsers; -1 for any, absent for none.
    #[attribute("websocket")]
    pub websocket: Option<i32>,
    /// The address of the first `<listen>`.
    #[attribute("listen")]
    pub listen: Option<String>,
    /// The socket of the first `<listen>`.
    #[attribute("socket", kept)]
    pub socket: Option<String>,
    /// The keyboard layout of viewers.
    #[attribute("keymap", kept)]
    pub keymap: Option<String>,
    /// Whether there can be more than one viewer.
    #[attribute("sharePolicy")]
    pub share_policy: Option<VncSharePolicy>,
    /// Whether viewers can switch the guest off.
    #[attribute("powerControl")]
    pub power_control: Option<YesNo>,
    /// The password.
    #[attribute("passwd", kept)]
    pub password: Option<String>,
    /// Until when the password is good, in UTC.
    #[attribute("passwdValidTo", kept)]
    pub password_valid_to: Option<String>,
    /// What happens with viewers when the password is changed.
    #[attribute("connected")]
    pub when_password_changes: Option<PasswordUse>,
    /// Where it listens.
    #[element("listen")]
    pub listens: Vec<GraphicsListen>,
    /// Where its sound goes.
    #[element("audio")]
    pub audio: Option<crate::domain::devices::AudioReference>,
}

words! {
    /// Whether there can be more than one viewer.
    pub enum VncSharePolicy("share policy", Invalid) {
        /// A viewer can ask to be the only one.
        AllowExclusive = "allow-exclusive",
        /// Only one that asks to be the only one is kept.
        ForceShared = "force-shared",
        /// Always.
        Ignore = "ignore",
    }
}

words! {
    /// What happens with viewers when a password is changed.
    pub enum PasswordUse("action", Unsupported) {
        /// It cannot be changed while one is connected.
        Fail = "fail",
        /// They are thrown out.
        Disconnect = "disconnect",
        /// They stay.
        Keep = "keep",
    }
}
