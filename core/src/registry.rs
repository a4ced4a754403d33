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
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { read_only: false, timeout: CallSettings::DEFAULT_TIMEOUT, caller: None }
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

    /// Opens a connection with the driver that has the URI's scheme.
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
        let entry = self.find(&request.uri)?;
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

    /// A transport, or a host, asks for a driver that goes elsewhere; otherwise the scheme decides.
    fn find(&self, uri: &ConnectUri) -> Result<&DriverEntry> {
        let transport = uri.transport().or_else(|| uri.host().map(|_| "tls"));
        let found = match transport {
            Some(transport) => self.entries.iter().find(|entry| has(entry.transports, transport)),
            None => self.entries.iter().find(|entry| has(entry.schemes, uri.driver())),
        };
        found.ok_or_else(|| {
            let wanted = match transport {
                Some(transport) => format!("URIs over the transport '{transport}'"),
                None => format!("{}:// URIs", uri.driver()),
            };
            Error::new(ErrorKind::NoDriver, format!("no driver opens {wanted}"))
                .with_hint(self.linked_drivers())
        })
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
