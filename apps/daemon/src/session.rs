//! What a client has opened, as the handlers of its calls see it.

use crate::hosts::{Hosts, Opened};
use omnivirt::{CallSettings, Caller, Connection, Result};
use parking_lot::RwLock;
use std::sync::Arc;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

/// A client's session.
#[derive(Debug)]
pub(crate) struct Session {
    /// The client's number, for logs.
    pub(crate) number: u64,
    pub(crate) caller: Caller,
    hosts: Arc<Hosts>,
    open: RwLock<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    /// With this client's settings.
    connection: Connection,
    read_only: bool,
    /// Keeps it open.
    opened: Arc<Opened>,
    /// The client's own, beside the one that it shares with others.
    own: Arc<OnceCell<Own>>,
}

/// A connection that ends with its client.
#[derive(Debug)]
struct Own {
    connection: Connection,
    _opened: Arc<Opened>,
}

impl Session {
    pub(crate) fn new(number: u64, caller: Caller, hosts: Arc<Hosts>) -> Self {
        Self { number, caller, hosts, open: RwLock::default() }
    }

    /// The connection that the client has opened.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.open.read().as_ref().map(|open| open.connection.clone())
    }

    /// The URI that the client has opened, as clients know it.
    pub(crate) fn uri(&self) -> Option<String> {
        self.open.read().as_ref().map(|open| open.opened.uri(&open.connection).to_owned())
    }

    /// The client has opened a connection.
    pub(crate) fn open(&self, opened: Arc<Opened>, connection: &Connection, read_only: bool) {
        let connection = self.as_this_client(connection, read_only);
        *self.open.write() = Some(Open { connection, read_only, opened, own: Arc::default() });
    }

    fn as_this_client(&self, connection: &Connection, read_only: bool) -> Connection {
        let connection = if read_only { connection.read_only() } else { connection.clone() };
        let settings: CallSettings = connection.settings().clone().with_caller(self.caller.clone());
        connection.with_settings(settings)
    }

    /// A connection to what the client has open that is nobody else's, for what the driver is to end with the client; none if the
    /// client has nothing open.
    ///
    /// # Errors
    ///
    /// What the driver says.
    pub(crate) async fn own_connection(&self) -> Result<Option<Connection>> {
        let open = |open: &Open| (open.opened.clone(), open.read_only, open.own.clone());
        let Some((shared, read_only, own)) = self.open.read().as_ref().map(open) else { return Ok(None) };
        let opening = async || {
            let (opened, connection) = self.hosts.open_again(&shared).await?;
            Ok(Own { connection: self.as_this_client(&connection, read_only), _opened: opened })
        };
        let own: Result<&Own> = own.get_or_try_init(opening).await;
        Ok(Some(own?.connection.clone()))
    }

    /// The client has closed its connection, or is gone. Returns what ends the domains that do so with it, if there may be any;
    /// it goes on also if nobody waits for it.
    pub(crate) fn close(&self) -> Option<JoinHandle<()>> {
        let open = self.open.write().take()?;
        let own = open.own.get()?.connection.clone();
        Some(tokio::spawn(async move {
            if let Err(error) = own.close().await {
                tracing::warn!(%error, uri = own.uri(), "what was to end with its client may run on");
            }
            drop(open);
        }))
    }
}
