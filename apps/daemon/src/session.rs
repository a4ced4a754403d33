//! What a client has opened, as the handlers of its calls see it.

use crate::hosts::Opened;
use omnivirt::{CallSettings, Caller, Connection};
use parking_lot::RwLock;
use std::sync::Arc;

/// A client's session.
#[derive(Debug)]
pub(crate) struct Session {
    /// The client's number, for logs.
    pub(crate) number: u64,
    pub(crate) caller: Caller,
    open: RwLock<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    /// With this client's settings.
    connection: Connection,
    /// Keeps it open.
    _opened: Arc<Opened>,
}

impl Session {
    pub(crate) fn new(number: u64, caller: Caller) -> Self {
        Self { number, caller, open: RwLock::default() }
    }

    /// The connection that the client has opened.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.open.read().as_ref().map(|open| open.connection.clone())
    }

    /// The client has opened a connection.
    pub(crate) fn open(&self, opened: Arc<Opened>, connection: &Connection, read_only: bool) {
        let settings: CallSettings = connection.settings().clone().with_caller(self.caller.clone());
        let connection = if read_only { connection.read_only() } else { connection.clone() };
        let connection = connection.with_settings(settings);
        *self.open.write() = Some(Open { connection, _opened: opened });
    }

    /// The client has closed its connection, or is gone.
    pub(crate) fn close(&self) {
        let open = self.open.write().take();
        drop(open);
    }
}
