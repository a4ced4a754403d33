//! Who is on the other side of a socket, as the system says.

use omnivirt::Caller;
use std::os::fd::AsFd;

/// A local process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) user_id: u32,
    pub(crate) group_id: u32,
    pub(crate) process_id: u32,
}

impl Peer {
    /// The process at the other end.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub(crate) fn of(socket: impl AsFd) -> std::io::Result<Self> {
        let credentials = rustix::net::sockopt::socket_peercred(socket)?;
        Ok(Self {
            user_id: credentials.uid.as_raw(),
            group_id: credentials.gid.as_raw(),
            process_id: credentials.pid.as_raw_nonzero().get().cast_unsigned(),
        })
    }

    /// Whom calls and the causes of events name.
    pub(crate) fn caller(self) -> Caller {
        let mut caller = Caller::named(format!("user {} process {}", self.user_id, self.process_id));
        caller.user_id = Some(self.user_id);
        caller.process_id = Some(self.process_id);
        caller
    }
}
