//! Which drivers there are, and how a URI picks one.

use crate::call::{CallSettings, Caller};
use crate::connection::Connection;
use crate::driver::Driver;
use crate::error::{Error, Result};
use crate::layer::{ReadOnly, Tracing, layered};
use omnivirt_model::{ConnectUri, ErrorKind};
use parking_lot::Mutex;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Opens a connection: what a driver crate registers.
pub type OpenFn =
    for<'a> fn(&'a OpenRequest) -> Pin<Box<dyn Future<Output = Result<Arc<dyn Driver>>> + Send + 'a>>;

/// One driver crate, as it registers itself with [`register_driver!`](crate::register_driver).
#[derive(Debug, Clone, Copy)]
pub struct DriverEntry {
    /// The driver's name, as in `test`.
    pub name: &'static str,
    /// The URI schemes that it opens, without transport.
    pub schemes: &'static [&'static str],
    /// The transports over which it opens any scheme: what makes a driver a remote one.
    pub transports: &'static [&'static str],
    /// The paths of its URIs that a daemon serves, such as `/system`: they are opened by the driver that has the transport
    /// `unix`, except in the daemon itself.
    pub daemon_paths: &'static [&'static str],
    /// One sentence for people: what it controls.
    pub about: &'static str,
    /// A URI that shows its form.
    pub example: &'static str,
    /// Opens a connection.
    pub open: OpenFn,
}

inventory::collect!(DriverEntry);

/// What a driver is asked to open.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenRequest {
    /// The whole URI.
    pub uri: ConnectUri,
    /// Whether nothing may be changed. The front door refuses changes; a driver may open read-only too.
    pub read_only: bool,
    /// Who opens the connection.
    pub caller: Option<Caller>,
    /// What is being tried now.
    layer: Mutex<Option<&'static str>>,
}

impl OpenRequest {
    /// Notes what is tried from now on, such as `transport`: if the time runs out, the error has it as its context `layer`.
    pub fn trying(&self, layer: &'static str) {
        *self.layer.lock() = Some(layer);
    }
}

/// How to open a connection.
///
/// ```
/// use omnivirt_core::ConnectOptions;
/// use std::time::Duration;
///
/// let options = ConnectOptions::default().read_only(true).timeout(Duration::from_secs(5));
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// Refuses every call that changes something or shows secrets.
    pub read_only: bool,
    /// The most time that a call which is no job may take, opening included.
    pub timeout: Duration,
    /// Who makes the calls.
    pub caller: Option<Caller>,
    /// Opens in this process also what is otherwise asked of a daemon. It is for the daemon.
    pub in_process: bool,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { read_only: false, timeout: CallSettings::DEFAULT_TIMEOUT, caller: None, in_process: false }
    }
}

impl ConnectOptions {
    /// Sets [`ConnectOptions::read_only`].
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Sets [`ConnectOptions::timeout`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets [`ConnectOptions::caller`].
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.caller = Some(caller);
        self
    }

    /// Sets [`ConnectOptions::in_process`].
    #[must_use]
    pub fn in_process(mut self, in_process: bool) -> Self {
        self.in_process = in_process;
        self
    }
}

/// A list of drivers to choose from.
#[derive(Debug, Clone)]
pub struct Registry {
    entries: Vec<DriverEntry>,
}

impl Registry {
    /// Every driver crate that is linked into this program, by name.
    ///
    /// A driver crate that is only a dependency is not linked: name it in the program, as in
    /// `extern crate omnivirt_driver_test as _;`, or use the facade, which does so for each enabled feature.
    #[must_use]
    pub fn linked() -> Self {
        Self::of(inventory::iter::<DriverEntry>.into_iter().copied())
    }

    /// Exactly these drivers.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = DriverEntry>) -> Self {
        let mut entries: Vec<DriverEntry> = entries.into_iter().collect();
        entries.sort_by_key(|entry| entry.name);
        Self { entries }
    }

    /// The drivers, by name.
    #[must_use]
    pub fn drivers(&self) -> &[DriverEntry] {
        &self.entries
    }

    /// Opens a connection with the driver that has the URI's scheme, or through a daemon where that driver is not to be in this
    /// process.
    ///
    /// # Errors
    ///
    /// `InvalidUri`, `NoDriver` (the message lists the drivers that are linked), `Timeout`, and what the driver says.
    pub async fn open(&self, uri: &str, options: ConnectOptions) -> Result<Connection> {
        let request = OpenRequest {
            uri: uri.parse()?,
            read_only: options.read_only,
            caller: options.caller.clone(),
            layer: Mutex::default(),
        };
        let entry = self.driver_for(&request.uri, &options)?;
        let place = |error: Error| {
            error.with_context("driver", entry.name).with_context("uri", request.uri.without_secrets())
        };
        let opening = (entry.open)(&request);
        let opened = if tokio::runtime::Handle::try_current().is_ok() {
            tokio::time::timeout(options.timeout, opening).await.unwrap_or_else(|_| {
                let error = Error::new(
                    ErrorKind::Timeout,
                    format!("the connection did not open within {:?}", options.timeout),
                );
                let layer = *request.layer.lock();
                Err(match layer {
                    Some(layer) => error.with_context("layer", layer),
                    None => error,
                })
            })
        } else {
            opening.await
        };
        let mut driver = opened.map_err(place)?;
        if options.read_only {
            driver = layered(driver, ReadOnly);
        }
        let settings = CallSettings {
            timeout: Some(options.timeout),
            caller: options.caller.map(Arc::new),
            ..CallSettings::default()
        };
        Ok(Connection::new(layered(driver, Tracing), settings))
    }

    /// The driver that opens a URI. A transport, or a host, asks for one that goes elsewhere; otherwise the scheme decides,
    /// and the path says whether a daemon has that driver.
    ///
    /// # Errors
    ///
    /// `NoDriver`, with what is linked.
    pub fn driver_for(&self, uri: &ConnectUri, options: &ConnectOptions) -> Result<&DriverEntry> {
        if let Some(transport) = uri.transport().or_else(|| uri.host().map(|_| "tls")) {
            return self.by_transport(transport).ok_or_else(|| {
                let wanted = format!("no driver opens URIs over the transport '{transport}'");
                Error::new(ErrorKind::NoDriver, wanted).with_hint(self.linked_drivers())
            });
        }
        let Some(entry) = self.entries.iter().find(|entry| has(entry.schemes, uri.driver())) else {
            let wanted = format!("no driver opens {}:// URIs", uri.driver());
            return Err(Error::new(ErrorKind::NoDriver, wanted).with_hint(self.linked_drivers()));
        };
        if options.in_process || !entry.daemon_paths.contains(&uri.path()) {
            return Ok(entry);
        }
        self.by_transport("unix").ok_or_else(|| {
            let wanted =
                format!("no driver is linked that reaches the daemon which serves {}", uri.without_secrets());
            Error::new(ErrorKind::NoDriver, wanted).with_hint(
                "enable the feature 'remote' of the omnivirt crate, or link the crate omnivirt-driver-remote",
            )
        })
    }

    fn by_transport(&self, transport: &str) -> Option<&DriverEntry> {
        self.entries.iter().find(|entry| has(entry.transports, transport))
    }

    fn linked_drivers(&self) -> String {
        if self.entries.is_empty() {
            return "no driver is linked into this program: enable a driver feature of the omnivirt crate"
                .into();
        }
        let known: Vec<String> =
            self.entries.iter().map(|entry| format!("{} ({})", entry.name, entry.example)).collect();
        format!("linked drivers: {}", known.join(", "))
    }
}

fn has(names: &[&str], wanted: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

/// Opens a connection with the linked driver that has the URI's scheme.
///
/// # Errors
///
/// As [`Registry::open`].
pub async fn connect(uri: &str) -> Result<Connection> {
    connect_with(uri, ConnectOptions::default()).await
}

/// Opens a connection with the linked driver that has the URI's scheme, with options.
///
/// # Errors
///
/// As [`Registry::open`].
pub async fn connect_with(uri: &str, options: ConnectOptions) -> Result<Connection> {
    Registry::linked().open(uri, options).await
}

/// Registers a driver crate, so that [`Registry::linked`] finds it. Takes the fields of a [`DriverEntry`].
#[macro_export]
macro_rules! register_driver {
    ($entry:expr) => {
        $crate::inventory::submit! { $entry }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: DriverEntry = DriverEntry {
        name: "here",
        schemes: &["far"],
        transports: &[],
        daemon_paths: &["/system"],
        about: "",
        example: "far:///system",
        open: |_| Box::pin(async { Err(Error::new(ErrorKind::Unsupported, "opened here")) }),
    };

    const REMOTE: DriverEntry = DriverEntry {
        name: "remote",
        schemes: &["remote"],
        transports: &["unix"],
        daemon_paths: &[],
        about: "",
        example: "far+unix:///system",
        open: |_| Box::pin(async { Err(Error::new(ErrorKind::Unsupported, "asked of the daemon")) }),
    };

    async fn told(entries: &[DriverEntry], uri: &str, options: ConnectOptions) -> Error {
        Registry::of(entries.iter().copied()).open(uri, options).await.unwrap_err()
    }

    #[tokio::test]
    async fn what_a_daemon_serves_is_asked_of_it_except_in_the_daemon() {
        let options = ConnectOptions::default;
        for (uri, options, message) in [
            ("far:///system", options(), "asked of the daemon"),
            ("FAR:///system?socket=/s", options(), "asked of the daemon"),
            ("far:///system", options().in_process(true), "opened here"),
            ("far:///embed?root=/r", options(), "opened here"),
            ("far:///system/more", options(), "opened here"),
            ("far+unix:///embed", options(), "asked of the daemon"),
        ] {
            assert_eq!(told(&[HERE, REMOTE], uri, options).await.message(), message, "{uri}");
        }
    }

    #[tokio::test]
    async fn a_daemon_that_cannot_be_reached_for_want_of_a_driver_is_told() {
        let error = told(&[HERE], "far:///system", ConnectOptions::default()).await;
        assert_eq!(error.kind(), ErrorKind::NoDriver);
        assert!(error.message().contains("far:///system"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("'remote'")), "{error}");
    }
}
