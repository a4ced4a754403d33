//! Layers: what is the same for every call of every driver, put around a driver without touching it.

use crate::call::{Access, CallCx, CallFuture};
use crate::driver::{DomainNow, Driver, DriverInfo, Registered, WantedEvents};
use crate::error::{Error, Result};
use crate::events::{Contained, EventBus, RegistrationId};
use async_trait::async_trait;
use omnivirt_model::{ErrorKind, ObjectRef};
use std::sync::Arc;
use tracing::Instrument;

/// Something to do around every call.
///
/// ```
/// use omnivirt_core::layer::{Layer, Subject, layered};
/// use omnivirt_core::{CallCx, CallFuture, Driver};
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// /// Counts the calls that a driver receives.
/// #[derive(Debug, Default)]
/// struct Counting(Arc<AtomicU64>);
///
/// impl Layer for Counting {
///     fn around<'a, T: Send + 'a>(
///         &'a self,
///         _: &'a CallCx,
///         _: Option<&'a dyn Subject>,
///         call: CallFuture<'a, T>,
///     ) -> CallFuture<'a, T> {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         call
///     }
/// }
///
/// fn counted(driver: Arc<dyn Driver>) -> Arc<dyn Driver> {
///     layered(driver, Counting::default())
/// }
/// # let _ = counted;
/// ```
pub trait Layer: std::fmt::Debug + Send + Sync + 'static {
    /// Takes the call, not yet begun, and returns what is to run in its place.
    ///
    /// `subject` is the object that it is made on; calls on the connection have none.
    fn around<'a, T: Send + 'a>(
        &'a self,
        cx: &'a CallCx,
        subject: Option<&'a dyn Subject>,
        call: CallFuture<'a, T>,
    ) -> CallFuture<'a, T>;
}

/// What a call is made on, as a layer sees it. Every reference is one.
pub trait Subject: Send + Sync {
    /// Which object it is.
    fn object(&self) -> ObjectRef;
}

impl<T: Clone + Into<ObjectRef> + Send + Sync> Subject for T {
    fn object(&self) -> ObjectRef {
        self.clone().into()
    }
}

/// A driver with a layer around every call.
#[derive(Debug)]
pub(crate) struct Layered<L> {
    pub(crate) inner: Arc<dyn Driver>,
    pub(crate) layer: L,
}

/// Puts a layer around every call of a driver.
pub fn layered(driver: Arc<dyn Driver>, layer: impl Layer) -> Arc<dyn Driver> {
    Arc::new(Layered { inner: driver, layer })
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<L: Layer> Driver for Layered<L> {
    fn info(&self) -> &DriverInfo {
        self.inner.info()
    }

    fn events(&self) -> Option<&EventBus> {
        self.inner.events()
    }

    // Signed as async_trait would: the future is passed on as it is, not boxed once more in each layer.
    fn event_register<'life0, 'life1, 'async_trait>(
        &'life0 self,
        cx: &'life1 CallCx,
        wanted: WantedEvents,
    ) -> CallFuture<'async_trait, Registered>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
    {
        self.layer.around(cx, None, self.inner.event_register(cx, wanted))
    }

    async fn event_deregister(&self, cx: &CallCx, id: RegistrationId) -> Result<()> {
        self.layer.around(cx, None, self.inner.event_deregister(cx, id)).await
    }

    async fn domain_states(&self, cx: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        self.layer.around(cx, None, self.inner.domain_states(cx)).await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

/// A `tracing` span around every call: target `omnivirt::call`, with the call, driver and request id.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tracing;

impl Layer for Tracing {
    fn around<'a, T: Send + 'a>(
        &'a self,
        cx: &'a CallCx,
        _: Option<&'a dyn Subject>,
        call: CallFuture<'a, T>,
    ) -> CallFuture<'a, T> {
        let span = tracing::debug_span!(
            target: "omnivirt::call",
            "call",
            call = cx.call().name,
            family = cx.call().family,
            driver = cx.driver(),
            request = cx.request_id(),
        );
        // A span that nobody listens to would still cost an allocation a call.
        if span.is_disabled() { call } else { Box::pin(call.instrument(span)) }
    }
}

/// Refuses every call that changes something or shows secrets.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOnly;

impl Layer for ReadOnly {
    fn around<'a, T: Send + 'a>(
        &'a self,
        cx: &'a CallCx,
        _: Option<&'a dyn Subject>,
        call: CallFuture<'a, T>,
    ) -> CallFuture<'a, T> {
        let refused = match cx.access() {
            Access::Read => return call,
            Access::Write => "changes something",
            Access::Secret => "shows secrets",
        };
        let error = Error::new(
            ErrorKind::ReadOnly,
            format!("the connection is read-only and {} {refused}", cx.call().title),
        )
        .with_hint("open the connection without read-only");
        Box::pin(std::future::ready(Err(error)))
    }
}
