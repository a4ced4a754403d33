//! The connection: what a program holds, and through which every handle calls its driver.

use crate::call::{CallCx, CallDescription, CallSettings};
use crate::driver::Driver;
use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An open connection to a hypervisor. Cheap to clone; every handle keeps one.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
    settings: Arc<CallSettings>,
}

struct Shared {
    driver: Arc<dyn Driver>,
    closed: AtomicBool,
}

impl Connection {
    /// A connection through a driver that is already open, with no layers but those that it has.
    #[must_use]
    pub fn new(driver: Arc<dyn Driver>, settings: CallSettings) -> Self {
        Self {
            shared: Arc::new(Shared { driver, closed: AtomicBool::new(false) }),
            settings: Arc::new(settings),
        }
    }

    /// The name of the driver, as in `test`.
    #[must_use]
    pub fn driver_name(&self) -> &'static str {
        self.shared.driver.info().name
    }

    /// The URI that was opened, without secrets.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.shared.driver.info().uri
    }

    /// The driver below the front door: nothing is checked on this way. For layers, tests and other drivers.
    #[must_use]
    pub fn driver(&self) -> &dyn Driver {
        &*self.shared.driver
    }

    /// How calls through this connection are made.
    #[must_use]
    pub fn settings(&self) -> &CallSettings {
        &self.settings
    }

    /// The same connection, with calls made another way. Handles taken from it follow.
    #[must_use]
    pub fn with_settings(&self, settings: CallSettings) -> Self {
        Self { shared: self.shared.clone(), settings: Arc::new(settings) }
    }

    /// The same connection, with a limit on every call, jobs too.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_settings((*self.settings).clone().with_timeout(timeout))
    }

    /// What each family's calls this connection can do, as (family, names of calls).
    #[must_use]
    pub fn claims(&self) -> Vec<(&'static str, &'static [&'static str])> {
        crate::generated::claims(&*self.shared.driver)
    }

    /// Whether [`Connection::close`] has been called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    /// The context of a call that begins now.
    pub(crate) fn call(&self, call: &'static CallDescription) -> Result<CallCx> {
        if self.is_closed() {
            return Err(Error::new(ErrorKind::ConnectionClosed, "the connection is closed")
                .with_context("call", call.title)
                .with_context("driver", self.driver_name()));
        }
        Ok(CallCx::new(call, self.driver_name(), self.settings.clone()))
    }

    /// Marks the connection closed; false if it was closed before.
    pub(crate) fn mark_closed(&self) -> bool {
        !self.shared.closed.swap(true, Ordering::AcqRel)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("driver", &self.driver_name())
            .field("uri", &self.uri())
            .finish_non_exhaustive()
    }
}
