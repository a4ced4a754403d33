//! What is open: a URI that several clients have open is opened once, and closed when the last of them is gone. The daemon's own
//! QEMU host stays open: its domains run on, and are watched.

use crate::clients::Clients;
use crate::qemu::Qemu;
use omnivirt::{ConnectOptions, ConnectUri, Connection, DomainFilter, Registry, Result};
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
    qemu: Qemu,
    shared: Mutex<HashMap<String, Weak<Opened>>>,
    /// What stays open until the daemon ends.
    kept: Mutex<Vec<Arc<Opened>>>,
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
    /// What its driver is asked to open.
    uri: String,
    is_shared: bool,
    /// What clients call it, where its driver calls it otherwise.
    shown: Option<&'static str>,
    open: Arc<Open>,
}

impl Hosts {
    pub(crate) fn new(timeout: Duration, qemu: Qemu) -> Self {
        Self {
            registry: Registry::linked(),
            options: ConnectOptions::default().timeout(timeout).in_process(true),
            qemu,
            shared: Mutex::default(),
            kept: Mutex::default(),
            open: Arc::default(),
        }
    }

    /// Opens a URI, or joins those who have it open.
    ///
    /// # Errors
    ///
    /// What the registry and the driver say.
    pub(crate) async fn open(&self, uri: &str) -> Result<(Arc<Opened>, Connection)> {
        // What is wrong with a URI is the registry's to say.
        let parsed = uri.parse::<ConnectUri>().ok();
        let own = parsed.as_ref().map(|uri| self.qemu.opened(uri)).transpose()?.flatten();
        if let Some(driven) = own {
            return self.open_own(driven).await;
        }
        let opened = match parsed.is_none_or(|uri| is_shared(&uri)) {
            true => self.find(uri, None),
            false => self.new_one(uri, None, false),
        };
        let connection = self.connect(&opened).await?;
        Ok((opened, connection))
    }

    /// Opens what is open once more, for nobody else; what is nobody else's already is returned as it is.
    ///
    /// # Errors
    ///
    /// What the registry and the driver say.
    pub(crate) async fn open_again(&self, opened: &Arc<Opened>) -> Result<(Arc<Opened>, Connection)> {
        let opened = match opened.is_shared {
            true => self.new_one(&opened.uri, opened.shown, false),
            false => opened.clone(),
        };
        let connection = self.connect(&opened).await?;
        Ok((opened, connection))
    }

    /// How the daemon's own QEMU host is served.
    pub(crate) fn qemu(&self) -> &Qemu {
        &self.qemu
    }

    /// Opens the daemon's own QEMU host, or joins those who have it open. It stays open.
    async fn open_own(&self, driven: &str) -> Result<(Arc<Opened>, Connection)> {
        let opened = self.find(driven, Some(self.qemu.own()));
        let connection = self.connect(&opened).await?;
        let mut kept = self.kept.lock();
        if !kept.iter().any(|known| Arc::ptr_eq(known, &opened)) {
            kept.push(opened.clone());
        }
        drop(kept);
        Ok((opened, connection))
    }

    /// Opens what the daemon has to look after although no client has asked for it.
    pub(crate) async fn open_at_start(&self) {
        if !self.qemu.starts_with_daemon() {
            return;
        }
        let uri = self.qemu.own();
        match self.open(uri).await {
            Ok(_) => tracing::info!(uri, "its domains are looked after"),
            Err(error) => {
                tracing::error!(%error, uri, "its domains are not looked after until a client opens it")
            }
        }
    }

    /// Whether a domain runs that the daemon looks after although no client is there. What cannot be known counts as one.
    pub(crate) async fn have_running_domains(&self) -> bool {
        let kept: Vec<_> =
            self.kept.lock().iter().filter_map(|opened| opened.connection.get().cloned()).collect();
        for connection in kept {
            match connection.list_domains(DomainFilter::default().active(true)).await {
                Ok(running) if running.is_empty() => {}
                Ok(_) => return true,
                Err(error) => {
                    tracing::warn!(%error, uri = connection.uri(), "whether domains run is not known");
                    return true;
                }
            }
        }
        false
    }

    async fn connect(&self, opened: &Opened) -> Result<Connection> {
        let opening = || self.registry.open(&opened.uri, self.options.clone());
        Ok(opened.connection.get_or_try_init(opening).await?.clone())
    }

    fn find(&self, uri: &str, shown: Option<&'static str>) -> Arc<Opened> {
        let mut shared = self.shared.lock();
        if let Some(opened) = shared.get(uri).and_then(Weak::upgrade) {
            return opened;
        }
        shared.retain(|_, opened| opened.strong_count() > 0);
        let opened = self.new_one(uri, shown, true);
        shared.insert(uri.to_owned(), Arc::downgrade(&opened));
        opened
    }

    fn new_one(&self, uri: &str, shown: Option<&'static str>, is_shared: bool) -> Arc<Opened> {
        self.open.count.fetch_add(1, Ordering::AcqRel);
        let connection = OnceCell::new();
        Arc::new(Opened { connection, uri: uri.to_owned(), is_shared, shown, open: self.open.clone() })
    }

    /// Lets go of what stays open without clients.
    pub(crate) fn let_go(&self) {
        let kept = std::mem::take(&mut *self.kept.lock());
        drop(kept);
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

impl Opened {
    /// The URI as clients know it.
    pub(crate) fn uri<'a>(&self, connection: &'a Connection) -> &'a str {
        self.shown.unwrap_or_else(|| connection.uri())
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
fn is_shared(uri: &ConnectUri) -> bool {
    uri.driver() != "test" || uri.path() == "/default"
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt::DestroyOptions;

    #[tokio::test]
    async fn the_daemons_own_host_stays_open_and_its_domains_keep_the_daemon() {
        // A simulated host stands for that of QEMU.
        let hosts = Hosts::new(Duration::from_secs(30), Qemu::standing_for("test:///default"));
        assert!(!hosts.have_running_domains().await);
        let (opened, connection) = hosts.open("qemu:///system").await.unwrap();
        assert_eq!((opened.uri(&connection), connection.uri()), ("qemu:///system", "test:///default"));
        drop((opened, connection));
        assert!(hosts.have_running_domains().await);
        let (_, connection) = hosts.open("qemu:///system").await.unwrap();
        let domain = connection.domain_by_name("test").await.unwrap();
        domain.destroy(DestroyOptions::default()).await.unwrap();
        assert!(!hosts.have_running_domains().await);
        hosts.let_go();
        hosts.all_gone(&Clients::default()).await;
        assert!(connection.is_closed());
    }

    #[tokio::test]
    async fn what_other_daemons_serve_is_not_opened() {
        let hosts = Hosts::new(Duration::from_secs(30), Qemu::standing_for("test:///default"));
        let error = hosts.open("qemu:///session").await.unwrap_err();
        assert!(error.message().contains("serves all users"), "{error}");
    }
}
