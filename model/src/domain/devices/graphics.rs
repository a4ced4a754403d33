//! What users see of the guest's screen.

mod listen;
mod local;
mod spice;
mod vnc;

pub use listen::{GraphicsListen, ListenAddress, ListenNetwork, ListenSocket};
pub use local::{
    DbusGraphics, DesktopGraphics, EglHeadlessGraphics, GraphicsGl, RdpGraphics, RenderNode, SdlGraphics,
};
pub use spice::{
    SpiceChannelMode, SpiceChannelName, SpiceChannelSecurity, SpiceClipboard, SpiceCompression,
    SpiceFileTransfer, SpiceGraphics, SpiceImage, SpiceImageCompression, SpiceMouse, SpicePlayback,
    SpiceStreaming, SpiceStreamingMode, SpiceWanCompression,
};
pub use vnc::{PasswordUse, VncGraphics, VncSharePolicy};

use crate::document::mapped;

/// What users see of the guest's screen.
#[mapped(tag = "type", error = Invalid, missing = Invalid)]
pub enum Graphics {
    /// A window of SDL on the host.
    #[value("sdl")]
    Sdl(SdlGraphics),
    /// A VNC server.
    #[value("vnc")]
    Vnc(VncGraphics),
    /// A server of Microsoft's remote desktop protocol.
    #[value("rdp")]
    Rdp(RdpGraphics),
    /// A window of VirtualBox on the host.
    #[value("desktop")]
    Desktop(DesktopGraphics),
    /// A SPICE server.
    #[value("spice")]
    Spice(SpiceGraphics),
    /// None: what is drawn can be asked for.
    #[value("egl-headless")]
    EglHeadless(EglHeadlessGraphics),
    /// A program that asks for it over D-Bus.
    #[value("dbus")]
    Dbus(DbusGraphics),
}
