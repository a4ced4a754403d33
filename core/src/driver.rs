//! What a driver is. A driver crate implements [`Families`] and [`Driver`], fills the families that it can with
//! [`driver_ops`](crate::driver_ops), and registers itself with [`register_driver!`](crate::register_driver).

use crate::call::CallCx;
use crate::error::{Error, Result};
use crate::events::{Callback, Contained, EventBus, EventFilter, EventStream, Inbox, Policy, RegistrationId};
use crate::generated::Families;
use async_trait::async_trait;
use omnivirt_model::{DomainRef, DomainStateInfo, ErrorKind};

/// A connection to one hypervisor, as its driver makes it.
///
/// Rules that the front door relies on and the conformance suite checks:
///
/// * A call does nothing before its future is polled, and may be dropped at any point: state is never left half
///   changed. What must run to its end runs in a task of the driver's own.
/// * No call waits for another object's call, and none blocks the thread.
/// * Arguments have been checked, and the deadline and cancellation are kept by the front door.
/// * Every change of state is emitted on the bus, with its cause, in the order in which it happened.
#[async_trait]
pub trait Driver: Families + std::fmt::Debug + 'static {
    /// Who this driver is.
    fn info(&self) -> &DriverInfo;

    /// The bus that this connection's events are emitted into; none if the driver has no events.
    fn events(&self) -> Option<&EventBus> {
        None
    }

    /// Registers for events. A driver whose events are emitted in this process keeps what is here, the local bus; one
    /// that gets them from elsewhere asks for them there first.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the driver has no events, `InvalidArgument` for an expression that is wrong.
    async fn event_register(&self, cx: &CallCx, wanted: WantedEvents) -> Result<Registered> {
        wanted.register_with(self.events().ok_or_else(|| no_events(cx))?)
    }

    /// Deregisters, and waits until no call of the callback runs or will start.
    ///
    /// # Errors
    ///
    /// `NotFound` for an id that no registration has, or has any more.
    async fn event_deregister(&self, cx: &CallCx, id: RegistrationId) -> Result<()> {
        self.events().ok_or_else(|| no_events(cx))?.deregister(id).await
    }

    /// What every domain is doing now, with which events that contains already: the beginning of
    /// [`Connection::snapshot_then_stream`](crate::Connection::snapshot_then_stream).
    ///
    /// # Errors
    ///
    /// `Unsupported` if the driver cannot say which events its answer contains.
    async fn domain_states(&self, cx: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        Err(no_events(cx))
    }

    /// Lets go of everything. Calls made afterwards are refused by the front door. The bus is closed after this.
    ///
    /// # Errors
    ///
    /// What could not be let go; the connection counts as closed all the same.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

fn no_events(cx: &CallCx) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("the {} driver does not implement {}", cx.driver(), cx.call().title),
    )
}

/// Which events are wanted, and how they are to be delivered.
#[derive(Debug)]
#[non_exhaustive]
pub struct WantedEvents {
    /// Which.
    pub filter: EventFilter,
    /// What happens to those that are not read in time.
    pub policy: Policy,
    /// How.
    pub deliver: Deliver,
}

impl WantedEvents {
    /// These events, delivered so.
    #[must_use]
    pub fn new(filter: EventFilter, policy: Policy, deliver: Deliver) -> Self {
        Self { filter, policy, deliver }
    }

    /// Registers with a bus: what [`Driver::event_register`] does by itself, for a driver that does more.
    ///
    /// ```
    /// # fn main() -> omnivirt_core::Result<()> {
    /// use omnivirt_core::events::{EventBus, EventFilter, Policy};
    /// use omnivirt_core::{Deliver, Registered, WantedEvents};
    ///
    /// let bus = EventBus::new();
    /// let wanted = WantedEvents::new(EventFilter::all(), Policy::default(), Deliver::Stream);
    /// assert!(matches!(wanted.register_with(&bus)?, Registered::Stream(_)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an expression that is wrong, `ConnectionClosed` after the bus's end.
    pub fn register_with(self, bus: &EventBus) -> Result<Registered> {
        let Self { filter, policy, deliver } = self;
        match deliver {
            Deliver::Stream => bus.subscribe(filter, policy).map(Registered::Stream),
            Deliver::Callback(callback) => bus.register(filter, policy, callback).map(Registered::Callback),
            Deliver::Pending(inbox, callback) => {
                inbox.register(filter, policy, callback).map(Registered::Callback)
            }
        }
    }
}

/// How events are delivered.
#[non_exhaustive]
pub enum Deliver {
    /// As a stream.
    Stream,
    /// To a callback, on a thread of the bus.
    Callback(Callback),
    /// To a callback, when the program delivers what is pending in this inbox.
    Pending(Inbox, Callback),
}

impl std::fmt::Debug for Deliver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Stream => "Stream",
            Self::Callback(_) => "Callback",
            Self::Pending(..) => "Pending",
        })
    }
}

/// A registration that was made.
#[derive(Debug)]
pub enum Registered {
    /// Read it; dropping it deregisters.
    Stream(EventStream),
    /// The callback's registration.
    Callback(RegistrationId),
}

/// What a domain is doing at one moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DomainNow {
    /// Which domain.
    pub domain: DomainRef,
    /// What it is doing, and why.
    pub state: DomainStateInfo,
    /// Whether it has a definition that outlives its run.
    pub persistent: bool,
}

impl DomainNow {
    /// A domain and what it is doing.
    #[must_use]
    pub fn new(domain: DomainRef, state: DomainStateInfo, persistent: bool) -> Self {
        Self { domain, state, persistent }
    }
}

/// Who a driver is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverInfo {
    /// The driver's name, as in `test`.
    pub name: &'static str,
    /// The URI of this connection, without secrets.
    pub uri: String,
}

impl DriverInfo {
    /// A driver of this name, connected to this URI.
    pub fn new(name: &'static str, uri: impl Into<String>) -> Self {
        Self { name, uri: uri.into() }
    }
}

/// Fills every family with calls that answer `Unsupported`.
///
/// ```
/// use omnivirt_core::{Families, Stub};
///
/// #[derive(Debug)]
/// struct Nothing;
///
/// impl Families for Nothing {}
///
/// assert!(Nothing.lifecycle().claims().is_empty());
/// # let _ = Stub;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Stub;
