//! Where characters go on the host.

use crate::document::text::words;
use crate::document::{OnOff, YesNo, mapped};
use crate::domain::devices::security_label::SourceSecurityLabel;

/// Where characters go on the host.
#[mapped(tag = "type", error = Unsupported)]
pub enum CharacterSource {
    /// A pseudo-terminal.
    #[default]
    #[value("pty")]
    Pty(FileOrDeviceSource),
    /// A device.
    #[value("dev")]
    Device(FileOrDeviceSource),
    /// A file.
    #[value("file")]
    File(FileOrDeviceSource),
    /// A pair of named pipes.
    #[value("pipe")]
    Pipe(FileOrDeviceSource),
    /// Nowhere.
    #[value("null")]
    Null,
    /// A virtual console in the window of the hypervisor.
    #[value("vc")]
    VirtualConsole,
    /// The standard input and output of the hypervisor.
    #[value("stdio")]
    Stdio,
    /// UDP packets.
    #[value("udp")]
    Udp(UdpSource),
    /// A TCP connection.
    #[value("tcp")]
    Tcp(TcpSource),
    /// A UNIX socket.
    #[value("unix")]
    Unix(UnixSource),
    /// A channel of the SPICE session.
    #[value("spicevmc")]
    SpiceChannel,
    /// A named channel of the SPICE session.
    #[value("spiceport")]
    SpicePort(SpicePortSource),
    /// A pair of bhyve's virtual null modem.
    #[value("nmdm")]
    NullModem(NullModemSource),
    /// QEMU's own agent of the SPICE protocol.
    #[value("qemu-vdagent")]
    Agent(AgentSource),
    /// A channel on D-Bus.
    #[value("dbus")]
    Dbus(DbusSource),
}

/// A file or a device.
#[mapped]
pub struct FileOrDeviceSource {
    /// Which.
    #[element("source", once = Invalid)]
    pub source: Option<FileOrDevice>,
}

/// A path.
#[mapped(omit_empty)]
pub struct FileOrDevice {
    /// The path.
    #[attribute("path", kept)]
    pub path: Option<String>,
    /// Whether a file is continued; else it is emptied.
    #[attribute("append")]
    pub append: Option<OnOff>,
    /// How it is labelled for the guest.
    #[element("seclabel")]
    pub security_labels: Vec<SourceSecurityLabel>,
}

/// UDP packets.
#[mapped]
pub struct UdpSource {
    /// Where they come from (`bind`) and where they go (`connect`).
    #[element("source")]
    pub sources: Vec<UdpAddress>,
}

/// An end of UDP packets.
#[mapped]
pub struct UdpAddress {
    /// Which end.
    #[attribute("mode")]
    pub mode: Option<SocketMode>,
    /// The host; absent for any.
    #[attribute("host", kept)]
    pub host: Option<String>,
    /// The port or its name.
    #[attribute("service", kept)]
    pub service: Option<String>,
}

/// A TCP connection.
#[mapped]
pub struct TcpSource {
    /// Its other end.
    #[element("source", once = Invalid)]
    pub source: Option<TcpAddress>,
    /// What is spoken over it; absent for the characters themselves.
    #[element("protocol", once = Invalid)]
    pub protocol: Option<TcpProtocol>,
}

/// An end of a TCP connection.
#[mapped]
pub struct TcpAddress {
    /// Who calls; absent for the hypervisor.
    #[attribute("mode")]
    pub mode: Option<SocketMode>,
    /// The host.
    #[attribute("host", kept)]
    pub host: Option<String>,
    /// The port or its name.
    #[attribute("service", kept)]
    pub service: Option<String>,
    /// Whether it is encrypted.
    #[attribute("tls")]
    pub tls: Option<YesNo>,
    /// Whether the hypervisor calls again when it is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
}

/// What is spoken over a TCP connection.
#[mapped]
pub struct TcpProtocol {
    /// Which protocol.
    #[attribute("type")]
    pub transport: Option<TcpTransport>,
}

/// Whether a connection is made again when it is cut.
#[mapped(omit_empty)]
pub struct Reconnect {
    /// Whether it is.
    #[attribute("enabled")]
    pub enabled: Option<YesNo>,
    /// Seconds between attempts.
    #[attribute("timeout")]
    pub timeout: Option<u32>,
}

/// A UNIX socket.
#[mapped]
pub struct UnixSource {
    /// Which; absent for one that the driver makes.
    #[element("source", once = Invalid)]
    pub source: Option<UnixPath>,
}

/// A UNIX socket.
#[mapped(omit_empty)]
pub struct UnixPath {
    /// Who calls; absent for the hypervisor.
    #[attribute("mode")]
    pub mode: Option<SocketMode>,
    /// The socket; absent for one that the driver makes.
    #[attribute("path", kept)]
    pub path: Option<String>,
    /// Whether the hypervisor calls again when the connection is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
    /// How it is labelled for the guest.
    #[element("seclabel")]
    pub security_labels: Vec<SourceSecurityLabel>,
}

/// A named channel of the SPICE session.
#[mapped]
pub struct SpicePortSource {
    /// Which.
    #[element("source", once = Invalid)]
    pub source: Option<SpicePortName>,
}

/// A channel on D-Bus.
#[mapped]
pub struct DbusSource {
    /// Which.
    #[element("source", once = Invalid)]
    pub source: Option<SpicePortName>,
}

/// A channel's name.
#[mapped(omit_empty)]
pub struct SpicePortName {
    /// The name.
    #[attribute("channel", kept)]
    pub channel: Option<String>,
}

/// A pair of bhyve's virtual null modem.
#[mapped]
pub struct NullModemSource {
    /// Which.
    #[element("source", once = Invalid)]
    pub source: Option<NullModemPaths>,
}

/// The two ends of a null modem.
#[mapped(omit_empty)]
pub struct NullModemPaths {
    /// The guest's end.
    #[attribute("master", kept)]
    pub master: Option<String>,
    /// The host's end.
    #[attribute("slave", kept)]
    pub slave: Option<String>,
}

/// QEMU's own agent of the SPICE protocol.
#[mapped]
pub struct AgentSource {
    /// What it offers.
    #[element("source", once = Invalid)]
    pub source: Option<AgentSettings>,
}

/// What an agent offers.
#[mapped(omit_empty)]
pub struct AgentSettings {
    /// The clipboard.
    #[element("clipboard")]
    pub clipboard: Option<AgentClipboard>,
    /// The mouse.
    #[element("mouse")]
    pub mouse: Option<AgentMouse>,
}

/// The clipboard that guest and viewer share.
#[mapped]
pub struct AgentClipboard {
    /// Whether they do.
    #[attribute("copypaste")]
    pub copy_paste: YesNo,
}

/// The mouse of a viewer.
#[mapped]
pub struct AgentMouse {
    /// Who draws it.
    #[attribute("mode")]
    pub mode: MouseMode,
}

/// A file that gets all the guest's output too.
#[mapped]
pub struct CharacterLog {
    /// The file.
    #[attribute("file")]
    pub file: Option<String>,
    /// Whether it is continued; else it is emptied.
    #[attribute("append")]
    pub append: Option<OnOff>,
}

words! {
    /// Who calls.
    pub enum SocketMode("mode of a source", Invalid) {
        /// The hypervisor.
        Connect = "connect",
        /// The other end.
        Bind = "bind",
    }
}

words! {
    /// What is spoken over a TCP connection.
    pub enum TcpTransport("protocol", Unsupported) {
        /// The characters themselves.
        Raw = "raw",
        /// Telnet.
        Telnet = "telnet",
        /// Telnet, encrypted.
        Telnets = "telnets",
        /// The characters themselves, encrypted.
        Tls = "tls",
    }
}

words! {
    /// Who draws the mouse pointer.
    pub enum MouseMode("mode of a mouse", Invalid) {
        /// The guest.
        Server = "server",
        /// The viewer.
        Client = "client",
    }
}
