//! The connection: what a program holds, and through which every handle calls its driver.

use crate::call::{CallCx, CallDescription, CallSettings};
use crate::driver::Driver;
use crate::error::{Error, Result};
use crate::events::Inbox;
use crate::layer::{ReadOnly, layered};
use omnivirt_model::ErrorKind;
use omnivirt_model::event::CloseReason;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
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
    /// Callbacks that wait for the program to deliver; made when the first is registered.
    inbox: OnceLock<Inbox>,
}

impl Connection {
    /// A connection through a driver that is already open, with no layers but those that it has.
    #[must_use]
    pub fn new(driver: Arc<dyn Driver>, settings: CallSettings) -> Self {
        Self {
            shared: Arc::new(Shared { driver, closed: AtomicBool::new(false), inbox: OnceLock::new() }),
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

    /// A connection through the same driver that refuses every call that changes something or shows secrets. It is
    /// closed on its own, but the driver that is let go of is the same: close the last of them.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            ..Self::new(layered(self.shared.driver.clone(), ReadOnly), CallSettings::default())
        }
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

    /// The inbox of the callbacks that wait for [`Connection::deliver_pending`]; none if the driver has no events.
    pub(crate) fn inbox(&self) -> Option<&Inbox> {
        let bus = self.shared.driver.events()?;
        Some(self.shared.inbox.get_or_init(|| bus.inbox()))
    }

    /// Closes the connection for every clone of it: later calls are refused, and the driver lets go of what it holds.
    /// Events that were queued are delivered, then `ConnectionClosed`, then every stream ends; when this returns, the
    /// bus's threads have made their last call. Closing again does nothing.
    ///
    /// # Errors
    ///
    /// What the driver could not let go of; the connection is closed all the same.
    pub async fn close(&self) -> Result<()> {
        if self.shared.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let result = self.shared.driver.close().await;
        if let Some(bus) = self.shared.driver.events() {
            bus.close(CloseReason::Client).await;
        }
        result.map_err(|error| error.with_context("driver", self.driver_name()))
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
