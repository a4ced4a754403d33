//! What is open: a URI that several clients have open is opened once, and closed when the last of them is gone.

use crate::clients::Clients;
use omnivirt::{ConnectOptions, Connection, Registry, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{Notify, OnceCell};

/// The connections of the daemon to its drivers.
#[derive(Debug)]
pub(crate) struct Hosts {
    registry: Registry,
    options: ConnectOptions,
    shared: Mutex<HashMap<String, Weak<Opened>>>,
    open: Arc<Open>,
}

/// How many are open, those that are being closed included.
#[derive(Debug, Default)]
struct Open {
    count: AtomicUsize,
    fewer: Notify,
}

/// A connection to a driver; closed when the last who holds it lets go.
#[derive(Debug)]
pub(crate) struct Opened {
    connection: OnceCell<Connection>,
    open: Arc<Open>,
}

impl Hosts {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            registry: Registry::linked(),
            options: ConnectOptions::default().timeout(timeout),
            shared: Mutex::default(),
            open: Arc::default(),
        }
    }

    /// Opens a URI, or joins those who have it open.
    ///
    /// # Errors
    ///
    /// What the registry and the driver say.
    pub(crate) async fn open(&self, uri: &str) -> Result<(Arc<Opened>, Connection)> {
        let opened = if is_shared(uri) { self.find(uri) } else { self.new_one() };
        let opening = || self.registry.open(uri, self.options.clone());
        let connection = opened.connection.get_or_try_init(opening).await?.clone();
        Ok((opened, connection))
    }

    fn find(&self, uri: &str) -> Arc<Opened> {
        let mut shared = self.shared.lock();
        if let Some(opened) = shared.get(uri).and_then(Weak::upgrade) {
            return opened;
        }
        shared.retain(|_, opened| opened.strong_count() > 0);
        let opened = self.new_one();
        shared.insert(uri.to_owned(), Arc::downgrade(&opened));
        opened
    }

    fn new_one(&self) -> Arc<Opened> {
        self.open.count.fetch_add(1, Ordering::AcqRel);
        Arc::new(Opened { connection: OnceCell::new(), open: self.open.clone() })
    }

    /// Waits until every client is gone and every connection closed.
    pub(crate) async fn all_gone(&self, clients: &Clients) {
        loop {
            let fewer = self.open.fewer.notified();
            if clients.count() == 0 && self.open.count.load(Ordering::Acquire) == 0 {
                return;
            }
            // A client that had nothing open tells nobody of its end.
            let _ = tokio::time::timeout(Duration::from_millis(20), fewer).await;
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let closed = Closed(self.open.clone());
        let Some(connection) = self.connection.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, uri = connection.uri(), "a connection did not close well");
            }
            drop(closed);
        });
    }
}

struct Closed(Arc<Open>);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.fewer.notify_one();
    }
}

/// As in libvirt, each who opens a simulated host from a file has one of its own; everything else is one for all.
fn is_shared(uri: &str) -> bool {
    uri.parse::<omnivirt::ConnectUri>().map_or(true, |uri| uri.driver() != "test" || uri.path() == "/default")
}
