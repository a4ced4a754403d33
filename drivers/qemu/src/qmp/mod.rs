//! QEMU's machine protocol, as its manual describes it: JSON objects on a socket, commands one way, answers and events the
//! other.

mod lines;
mod message;
mod monitor;
mod user;

#[cfg(test)]
mod tests;

pub(crate) use lines::Lines;
pub(crate) use message::{Greeting, MonitorEvent, Refusal};
pub(crate) use monitor::{Listener, Monitor};
pub(crate) use user::UserCommand;
