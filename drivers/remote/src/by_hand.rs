//! Calls whose shape on the wire differs so much from that of the API that nobody can generate them.

mod block;
mod cpus;
mod host;
mod migration;
mod state;
mod statistics;

pub(crate) use block::*;
pub(crate) use cpus::*;
pub(crate) use host::*;
pub(crate) use migration::*;
pub(crate) use state::*;
pub(crate) use statistics::*;

use crate::connection::RemoteDriver;
use omnivirt_core::{AgentTimeout, CallCx, ErrorKind, Result};

/// The answer, or none from a daemon that does not have the call.
fn where_known<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// Seconds, or one of libvirt's numbers for how to wait.
fn agent_timeout(timeout: &AgentTimeout) -> Result<i32> {
    match timeout.seconds {
        Some(seconds) => crate::values::to_wire(seconds),
        None => Ok(timeout.wait.number()),
    }
}
