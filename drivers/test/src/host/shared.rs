//! Opening hosts: one of a connection's own, or one that connections share.

use super::{Host, default, load};
use crate::options::Options;
use omnivirt_core::events::EventBus;
use omnivirt_core::{ConnectUri, Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

/// Hosts by their name and the path that says what they are made from.
type Hosts = HashMap<(String, String), Weak<Host>>;

/// The hosts that are shared.
static SHARED: LazyLock<Mutex<Hosts>> = LazyLock::new(Mutex::default);

/// Opens the host that a URI asks for, and lets the bus be told of its events. Returns what names the connection there.
///
/// # Errors
///
/// `InvalidUri` for a path that names no host, or options that a shared host cannot follow any more; what reading a
/// host file says.
pub(crate) async fn open(
    uri: &ConnectUri,
    options: &Options,
    bus: impl Fn(&Host) -> EventBus,
) -> Result<(Arc<Host>, EventBus, u64)> {
    let attached = |host: Arc<Host>| {
        let bus = bus(&host);
        let number = host.connections.attach(&bus);
        (host, bus, number)
    };
    let Some(name) = &options.host else { return Ok(attached(Arc::new(make(uri, options).await?))) };
    let key = (name.clone(), uri.path().to_owned());
    {
        let shared = SHARED.lock();
        if let Some(host) = open_one(&shared, &key) {
            check_time(&host, name, options)?;
            return Ok(attached(host));
        }
    }
    let made = Arc::new(make(uri, options).await?);
    let mut shared = SHARED.lock();
    // Another connection may have been faster.
    let host = open_one(&shared, &key).unwrap_or(made);
    check_time(&host, name, options)?;
    shared.retain(|_, host| host.strong_count() > 0);
    shared.insert(key, Arc::downgrade(&host));
    Ok(attached(host))
}

/// A host lives as long as a connection to it is open, even if something still holds it.
fn open_one(shared: &Hosts, key: &(String, String)) -> Option<Arc<Host>> {
    shared.get(key)?.upgrade().filter(|host| !host.connections.is_empty())
}

fn check_time(host: &Host, name: &str, options: &Options) -> Result<()> {
    if host.clock.is_virtual() == options.virtual_time {
        return Ok(());
    }
    let time = if options.virtual_time { "real" } else { "virtual" };
    Err(Error::new(
        ErrorKind::InvalidUri,
        format!("the shared host '{name}' was opened with time={time} before"),
    )
    .with_hint("open it with the same time, or another host"))
}

async fn make(uri: &ConnectUri, options: &Options) -> Result<Host> {
    match uri.path() {
        "/default" => default::host(options.virtual_time),
        "" | "/" => Err(Error::new(ErrorKind::InvalidUri, "the URI says of no host which one it is")
            .with_hint("open test:///default, or test:///path/to/host.xml")),
        path => load::host(path.into(), options.virtual_time).await,
    }
}
