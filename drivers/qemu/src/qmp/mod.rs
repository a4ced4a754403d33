//! QEMU's machine protocol, as its manual describes it: JSON objects on a socket, commands one way, answers and events the
//! other.

mod lines;
mod message;
mod monitor;

pub(crate) use message::{Greeting, MonitorEvent};
pub(crate) use monitor::{Listener, Monitor};
