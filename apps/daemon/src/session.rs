//! What a client has opened, as the handlers of its calls see it.

use crate::hosts::Opened;
use omnivirt::{CallSettings, Caller, Connection, DestroyOptions, Domain, ErrorKind};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A client's session.
#[derive(Debug)]
pub(crate) struct Session {
    /// The client's number, for logs.
    pub(crate) number: u64,
    pub(crate) caller: Caller,
    open: RwLock<Option<Open>>,
    /// The domains that run no longer than the client is here.
    bound: Mutex<Vec<Domain>>,
}

#[derive(Debug)]
struct Open {
    /// With this client's settings.
    connection: Connection,
    /// Keeps it open.
    opened: Arc<Opened>,
}

impl Session {
    pub(crate) fn new(number: u64, caller: Caller) -> Self {
        Self { number, caller, open: RwLock::default(), bound: Mutex::default() }
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
        let settings: CallSettings = connection.settings().clone().with_caller(self.caller.clone());
        let connection = if read_only { connection.read_only() } else { connection.clone() };
        let connection = connection.with_settings(settings);
        *self.open.write() = Some(Open { connection, opened });
    }

    /// Has a domain, as it runs now, destroyed when the client is gone. The driver cannot: its connection is that of other
    /// clients too.
    pub(crate) fn bind(&self, domain: Domain) {
        self.bound.lock().push(domain);
    }

    /// The client has closed its connection, or is gone. Returns what ends the domains that do so with it, if there are any;
    /// it goes on also if nobody waits for it.
    pub(crate) fn close(&self) -> Option<JoinHandle<()>> {
        let open = self.open.write().take();
        let bound = std::mem::take(&mut *self.bound.lock());
        if bound.is_empty() {
            return None;
        }
        Some(tokio::spawn(async move {
            for domain in bound {
                end_run(&domain).await;
            }
            drop(open);
        }))
    }
}

/// Destroys a domain, unless that run of it is over.
async fn end_run(domain: &Domain) {
    let reference = domain.reference();
    let ended = match domain.connection().domain_by_uuid(reference.uuid).await {
        Ok(now) if now.reference().id == reference.id => now.destroy(DestroyOptions::default()).await,
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    match ended {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidState) => {
            tracing::warn!(domain = %reference.name, %error, "a domain that its client was to outlive runs on");
        }
        _ => {}
    }
}
