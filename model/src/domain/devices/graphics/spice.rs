//! A SPICE server.

use super::listen::GraphicsListen;
use super::local::GraphicsGl;
use super::vnc::PasswordUse;
use crate::document::text::words;
use crate::document::{OnOff, YesNo, mapped};
use crate::domain::devices::character_device::MouseMode;

/// A SPICE server.
#[mapped]
pub struct SpiceGraphics {
    /// The port; absent for none, -1 for any.
    #[attribute("port")]
    pub port: Option<i32>,
    /// The port for encrypted connections; absent for none, -1 for any.
    #[attribute("tlsPort")]
    pub tls_port: Option<i32>,
    /// Whether the driver chooses the ports.
    #[attribute("autoport")]
    pub auto_port: Option<YesNo>,
    /// The address of the first `<listen>`.
    #[attribute("listen")]
    pub listen: Option<String>,
    /// The keyboard layout of viewers.
    #[attribute("keymap", kept)]
    pub keymap: Option<String>,
    /// Whether channels that are not named are encrypted; absent for as it comes.
    #[attribute("defaultMode")]
    pub default_mode: Option<SpiceChannelMode>,
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
    /// Which channels are encrypted.
    #[element("channel")]
    pub channels: Vec<SpiceChannelSecurity>,
    /// How pictures are compressed.
    #[element("image")]
    pub image: Option<SpiceImage>,
    /// Whether pictures are compressed with losses over slow connections.
    #[element("jpeg")]
    pub jpeg: Option<SpiceWanCompression>,
    /// Whether pictures are compressed without losses over slow connections.
    #[element("zlib")]
    pub zlib: Option<SpiceWanCompression>,
    /// Whether sound is compressed.
    #[element("playback")]
    pub playback: Option<SpicePlayback>,
    /// Which moving pictures are streamed.
    #[element("streaming")]
    pub streaming: Option<SpiceStreaming>,
    /// Who draws the mouse pointer.
    #[element("mouse")]
    pub mouse: Option<SpiceMouse>,
    /// Whether viewers share the clipboard.
    #[element("clipboard")]
    pub clipboard: Option<SpiceClipboard>,
    /// Whether viewers can send files.
    #[element("filetransfer")]
    pub file_transfer: Option<SpiceFileTransfer>,
    /// Whether the host's graphics card helps.
    #[element("gl")]
    pub gl: Option<GraphicsGl>,
}

/// Whether a channel is encrypted.
#[mapped]
pub struct SpiceChannelSecurity {
    /// Which.
    #[attribute("name")]
    pub name: SpiceChannelName,
    /// Whether it is.
    #[attribute("mode")]
    pub mode: SpiceChannelMode,
}

/// How pictures are compressed.
#[mapped]
pub struct SpiceImage {
    /// How.
    #[attribute("compression")]
    pub compression: SpiceImageCompression,
}

/// Whether pictures are compressed over slow connections.
#[mapped]
pub struct SpiceWanCompression {
    /// Whether they are.
    #[attribute("compression")]
    pub compression: SpiceCompression,
}

/// Whether sound is compressed.
#[mapped]
pub struct SpicePlayback {
    /// Whether it is.
    #[attribute("compression")]
    pub compression: OnOff,
}

/// Which moving pictures are streamed.
#[mapped]
pub struct SpiceStreaming {
    /// Which.
    #[attribute("mode")]
    pub mode: SpiceStreamingMode,
}

/// Who draws the mouse pointer.
#[mapped]
pub struct SpiceMouse {
    /// Who.
    #[attribute("mode")]
    pub mode: MouseMode,
}

/// Whether viewers share the clipboard.
#[mapped]
pub struct SpiceClipboard {
    /// Whether they do.
    #[attribute("copypaste")]
    pub copy_paste: YesNo,
}

/// Whether viewers can send files.
#[mapped]
pub struct SpiceFileTransfer {
    /// Whether they can.
    #[attribute("enable")]
    pub enable: YesNo,
}

words! {
    /// A channel of a SPICE session.
    pub enum SpiceChannelName("SPICE channel", Invalid) {
        /// The first.
        Main = "main",
        /// Pictures.
        Display = "display",
        /// Keys and mouse.
        Inputs = "inputs",
        /// The mouse pointer.
        Cursor = "cursor",
        /// Sound that is played.
        Playback = "playback",
        /// Sound that is recorded.
        Record = "record",
        /// Smart cards.
        Smartcard = "smartcard",
        /// USB devices.
        UsbRedir = "usbredir",
    }
}

words! {
    /// Whether a channel is encrypted.
    pub enum SpiceChannelMode("mode of a SPICE channel", Invalid) {
        /// As it comes.
        Any = "any",
        /// It is.
        Secure = "secure",
        /// It is not.
        Insecure = "insecure",
    }
}

words! {
    /// How pictures are compressed.
    pub enum SpiceImageCompression("compression of pictures", Invalid) {
        /// GLZ or LZ.
        AutoGlz = "auto_glz",
        /// QUIC or LZ.
        AutoLz = "auto_lz",
        /// QUIC.
        Quic = "quic",
        /// GLZ.
        Glz = "glz",
        /// LZ.
        Lz = "lz",
        /// Not at all.
        Off = "off",
    }
}

words! {
    /// Whether pictures are compressed.
    pub enum SpiceCompression("compression", Invalid) {
        /// Where it helps.
        Auto = "auto",
        /// Never.
        Never = "never",
        /// Always.
        Always = "always",
    }
}

words! {
    /// Which moving pictures are streamed.
    pub enum SpiceStreamingMode("streaming mode", Invalid) {
        /// Those that look like a film.
        Filter = "filter",
        /// All.
        All = "all",
        /// None.
        Off = "off",
    }
}
