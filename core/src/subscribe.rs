//! Events on a connection: registering, delivering, deregistering.

use crate::call::{Access, CallDescription};
use crate::driver::{Deliver, DomainNow, Registered, WantedEvents};
use crate::error::{Error, Result};
use crate::events::{
    Callback, Delivery, Descriptor, EventFilter, EventStream, Policy, RegistrationId, RegistrationStats,
    SnapshotThenStream,
};
use crate::handle::Connection;
use omnivirt_model::ErrorKind;

/// The calls that are not in the description, because they carry callbacks and streams.
const fn call(name: &'static str, title: &'static str, about: &'static str) -> CallDescription {
    CallDescription {
        name,
        title,
        family: "Driver",
        accessor: "driver",
        about,
        on: None,
        access: Access::Read,
        raises: &[],
        emits: &[],
        job: None,
        procedures: &[],
    }
}

static EVENT_REGISTER: CallDescription =
    call("event_register", "Connection::event_register", "Registers for events.");
static EVENT_DEREGISTER: CallDescription =
    call("event_deregister", "Connection::event_deregister", "Deregisters a registration.");
static DOMAIN_STATES: CallDescription =
    call("domain_states", "Connection::snapshot_then_stream", "Says what every domain is doing now.");

impl Connection {
    /// The events that the filter lets through from now on, as a stream.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # use omnivirt_core::{Connection, Result, events::{EventFilter, Policy}};
    /// async fn watch(connection: &Connection) -> Result<()> {
    ///     let mut events = connection.subscribe(EventFilter::all(), Policy::default()).await?;
    ///     while let Some(delivery) = events.recv().await {
    ///         println!("{delivery:?}");
    ///     }
    ///     Ok(())
    /// }
    /// # let _ = watch;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an expression that is wrong, `Unsupported` if the driver has no events.
    pub async fn subscribe(&self, filter: EventFilter, policy: Policy) -> Result<EventStream> {
        match self.register(filter, policy, Deliver::Stream).await? {
            Registered::Stream(stream) => Ok(stream),
            Registered::Callback(_) => {
                Err(Error::new(ErrorKind::Internal, "the driver made no stream of the registration"))
            }
        }
    }

    /// Has the callback called with the events that the filter lets through from now on, on a thread of the bus. No two
    /// calls of it run at the same time; however long one takes, no other registration waits for it.
    ///
    /// The same filter and callback may be registered again: each registration has an id of its own.
    ///
    /// # Errors
    ///
    /// As for [`Connection::subscribe`].
    pub async fn on_event(
        &self,
        filter: EventFilter,
        policy: Policy,
        callback: impl FnMut(&Delivery) + Send + 'static,
    ) -> Result<RegistrationId> {
        self.register_callback(filter, policy, Deliver::Callback(Box::new(callback))).await
    }

    /// Has the callback called from [`Connection::deliver_pending`], and never else.
    ///
    /// # Errors
    ///
    /// As for [`Connection::subscribe`].
    pub async fn on_event_pending(
        &self,
        filter: EventFilter,
        policy: Policy,
        callback: impl FnMut(&Delivery) + Send + 'static,
    ) -> Result<RegistrationId> {
        let inbox = self.inbox().ok_or_else(|| self.without_events())?.clone();
        let callback: Callback = Box::new(callback);
        self.register_callback(filter, policy, Deliver::Pending(inbox, callback)).await
    }

    /// Makes the calls that are due for callbacks registered with [`Connection::on_event_pending`], and says how many it
    /// made. What those callbacks cause waits for the next time.
    ///
    /// # Errors
    ///
    /// `InvalidState` from inside a callback, where it does nothing; `ResourceBusy` while another thread delivers.
    pub fn deliver_pending(&self) -> Result<usize> {
        self.inbox().ok_or_else(|| self.without_events())?.deliver_pending()
    }

    /// A file descriptor that is readable while [`Connection::deliver_pending`] has something to do, for poll loops of
    /// any kind.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the driver has no events, `Internal` if the system has no more descriptors.
    pub fn event_descriptor(&self) -> Result<Descriptor> {
        self.inbox().ok_or_else(|| self.without_events())?.descriptor()
    }

    /// Deregisters, and waits: afterwards no call of the callback runs or will start. From inside that callback it
    /// returns at once, and no further call starts.
    ///
    /// # Errors
    ///
    /// `NotFound` for an id that no registration has, or has any more; the message names it.
    pub async fn event_deregister(&self, id: RegistrationId) -> Result<()> {
        let cx = self.call(&EVENT_DEREGISTER)?;
        cx.run(self, self.driver().event_deregister(&cx, id), || None).await
    }

    /// What has become of a registration's events: delivered, lost, filtered.
    ///
    /// # Errors
    ///
    /// `NotFound` for an id that no registration has, or has any more.
    pub fn event_stats(&self, id: RegistrationId) -> Result<RegistrationStats> {
        self.driver().events().ok_or_else(|| self.without_events())?.registration_stats(id)
    }

    /// What every domain is doing at event n, and then every event from n + 1: nothing is missed between the two, and
    /// nothing is told twice.
    ///
    /// # Errors
    ///
    /// As for [`Connection::subscribe`].
    pub async fn snapshot_then_stream(
        &self,
        filter: EventFilter,
        policy: Policy,
    ) -> Result<SnapshotThenStream<Vec<DomainNow>>> {
        let cx = self.call(&DOMAIN_STATES)?;
        let bus = self.driver().events().ok_or_else(|| self.without_events())?;
        bus.snapshot_then_stream(filter, policy, || cx.run(self, self.driver().domain_states(&cx), || None))
            .await
    }

    async fn register_callback(
        &self,
        filter: EventFilter,
        policy: Policy,
        deliver: Deliver,
    ) -> Result<RegistrationId> {
        match self.register(filter, policy, deliver).await? {
            Registered::Callback(id) => Ok(id),
            Registered::Stream(_) => {
                Err(Error::new(ErrorKind::Internal, "the driver made a stream of a callback's registration"))
            }
        }
    }

    async fn register(&self, filter: EventFilter, policy: Policy, deliver: Deliver) -> Result<Registered> {
        let cx = self.call(&EVENT_REGISTER)?;
        let wanted = WantedEvents::new(filter, policy, deliver);
        cx.run(self, self.driver().event_register(&cx, wanted), || None).await
    }

    fn without_events(&self) -> Error {
        Error::new(ErrorKind::Unsupported, format!("the {} driver has no events", self.driver_name()))
            .with_context("driver", self.driver_name())
    }
}
