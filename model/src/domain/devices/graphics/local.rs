//! Graphics that stay on the host, and RDP.

use super::listen::GraphicsListen;
use crate::document::{YesNo, mapped};

/// A window of SDL on the host.
#[mapped]
pub struct SdlGraphics {
    /// The X display.
    #[attribute("display", kept)]
    pub display: Option<String>,
    /// The file with the right to use the display.
    #[attribute("xauth", kept)]
    pub authority: Option<String>,
    /// Whether it fills the screen.
    #[attribute("fullscreen")]
    pub full_screen: Option<YesNo>,
    /// Whether the host's graphics card helps.
    #[element("gl")]
    pub gl: Option<GraphicsGl>,
}

/// A window of VirtualBox on the host.
#[mapped]
pub struct DesktopGraphics {
    /// The X display.
    #[attribute("display", kept)]
    pub display: Option<String>,
    /// Whether it fills the screen.
    #[attribute("fullscreen")]
    pub full_screen: Option<YesNo>,
}

/// No window: what is drawn can be asked for.
#[mapped]
pub struct EglHeadlessGraphics {
    /// The host's graphics card that helps.
    #[element("gl")]
    pub gl: Option<RenderNode>,
}

/// A program that asks over D-Bus.
#[mapped]
pub struct DbusGraphics {
    /// Whether it is connected directly, without a bus.
    #[attribute("p2p")]
    pub peer_to_peer: Option<YesNo>,
    /// The address of the bus.
    #[attribute("address")]
    pub address: Option<String>,
    /// Whether the host's graphics card helps.
    #[element("gl")]
    pub gl: Option<GraphicsGl>,
    /// Where its sound goes.
    #[element("audio")]
    pub audio: Option<crate::domain::devices::AudioReference>,
}

/// Whether the host's graphics card helps.
#[mapped]
pub struct GraphicsGl {
    /// Whether it does.
    #[attribute("enable")]
    pub enable: YesNo,
    /// The card.
    #[attribute("rendernode")]
    pub render_node: Option<String>,
}

/// A graphics card of the host.
#[mapped(omit_empty)]
pub struct RenderNode {
    /// Its device.
    #[attribute("rendernode")]
    pub render_node: Option<String>,
}

/// A server of Microsoft's remote desktop protocol.
#[mapped]
pub struct RdpGraphics {
    /// The port; absent for any.
    #[attribute("port", error = Malformed)]
    pub port: Option<i32>,
    /// Whether the driver chooses the port.
    #[attribute("autoport", lenient)]
    pub auto_port: Option<YesNo>,
    /// Whether a new user throws out the one before.
    #[attribute("replaceUser", lenient)]
    pub replace_user: Option<YesNo>,
    /// Whether there can be more than one user.
    #[attribute("multiUser", lenient)]
    pub multi_user: Option<YesNo>,
    /// The address of the first `<listen>`.
    #[attribute("listen")]
    pub listen: Option<String>,
    /// Where it listens.
    #[element("listen")]
    pub listens: Vec<GraphicsListen>,
}
