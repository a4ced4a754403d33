//! Devices that carry characters, and where the characters go on the host.

mod channel;
mod console;
mod parallel;
mod serial;
mod source;

pub use channel::{Channel, ChannelState, ChannelTarget, GuestForwardTarget, NamedPortTarget};
pub use console::{Console, ConsoleTarget, ConsoleTargetType};
pub use parallel::{Parallel, ParallelTarget};
pub use serial::{Serial, SerialModel, SerialModelName, SerialTarget, SerialTargetType};
pub use source::{
    AgentClipboard, AgentMouse, AgentSettings, AgentSource, CharacterLog, CharacterSource, DbusSource,
    FileOrDevice, FileOrDeviceSource, MouseMode, NullModemPaths, NullModemSource, Reconnect, SocketMode,
    SpicePortName, SpicePortSource, TcpAddress, TcpProtocol, TcpSource, TcpTransport, UdpAddress, UdpSource,
    UnixPath, UnixSource,
};
