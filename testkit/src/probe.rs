//! Every entry point of the contract, in a form in which all can be called alike.

#[path = "generated/probes.rs"]
#[allow(unused_variables, dead_code, unreachable_pub, reason = "generated for all calls and objects alike")]
mod generated;

pub(crate) use generated::{PROBES, Subjects};

use omnivirt_core::{CallCx, CallDescription, CallFuture, Driver, Error, ErrorKind, Result};
use std::os::fd::OwnedFd;

/// One entry point.
#[derive(Debug)]
pub(crate) struct Probe {
    /// What the description says of it.
    pub(crate) call: &'static CallDescription,
    /// Calls it with arguments that say as little as possible.
    pub(crate) run: for<'a> fn(&'a dyn Driver, &'a CallCx, &'a Subjects) -> CallFuture<'a, ()>,
}

impl Subjects {
    /// An open file that holds nothing.
    fn descriptor(&self) -> Result<OwnedFd> {
        let file = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null");
        file.map(OwnedFd::from).map_err(|error| {
            Error::new(ErrorKind::System, format!("cannot open /dev/null: {error}")).with_source(error)
        })
    }
}
