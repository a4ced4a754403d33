//! The bus itself: numbers events, finds who receives them, and keeps the registrations.

use super::barrier;
use super::delivery::{Delivery, RegistrationId, RegistrationStats};
use super::dispatcher::Dispatcher;
use super::expression::{EventVariables, Expression};
use super::filter::EventFilter;
use super::inbox::{Inbox, InboxShared};
use super::lane::Offered;
use super::policy::Policy;
use super::registration::{Callback, Reader, Registration};
use super::snapshot::{Contained, SnapshotThenStream};
use super::stream::EventStream;
use super::table::Table;
use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use omnivirt_model::event::{Cause, CloseReason, ConnectionClosed, Event, EventBody, EventKind, Initiator};
use omnivirt_model::id::{ObjectRef, Timestamp, Uuid};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::Waker;
use tokio::sync::Notify;

/// A source of events and all who want them. Clones are the same bus.
///
/// A driver emits with its own lock held, so that the order of the events is that of the changes: emitting takes a
/// short lock of the bus, never waits for a subscriber and never runs a callback.
///
/// ```
/// use omnivirt_core::event::{Cause, ControlError};
/// use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy};
/// use omnivirt_core::{DomainRef, Uuid};
///
/// let bus = EventBus::new();
/// let mut stream = bus.subscribe(EventFilter::all(), Policy::default())?;
/// let domain = DomainRef::new("web", Uuid::from_u128(1), Some(1));
/// let event = bus.emit(domain, Cause::hypervisor(), ControlError::new());
/// assert_eq!(stream.try_recv(), Some(Delivery::Event(event)));
/// # Ok::<(), omnivirt_core::Error>(())
/// ```
#[derive(Clone)]
pub struct EventBus(pub(super) Arc<Inner>);

pub(super) struct Inner {
    epoch: Uuid,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    core: Mutex<Core>,
    dispatcher: Arc<Dispatcher>,
    /// Told when registrations have ended.
    ended: Notify,
}

#[derive(Default)]
struct Core {
    seq: u64,
    object_seqs: HashMap<ObjectRef, u64>,
    table: Table,
    panics: u64,
    is_closed: bool,
}

/// What a bus has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusStats {
    /// Events emitted.
    pub emitted: u64,
    /// Registrations there are now.
    pub registrations: usize,
    /// Callbacks that panicked, and were deregistered for it.
    pub panics: u64,
}

impl EventBus {
    /// A bus by the host's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Timestamp::now)
    }

    /// A bus by another clock, such as a simulated one. It is read with the bus locked: it must not emit.
    #[must_use]
    pub fn with_clock(clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            epoch: Uuid::new_v4(),
            clock: Box::new(clock),
            core: Mutex::default(),
            dispatcher: Arc::default(),
            ended: Notify::new(),
        }))
    }

    /// Names this run of the source: the `epoch` of all its events.
    #[must_use]
    pub fn epoch(&self) -> Uuid {
        self.0.epoch
    }

    /// The number of the last event; 0 before the first.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.0.core.lock().seq
    }

    /// The number of an object's last event; 0 if it has had none. With the lock held under which the object's events
    /// are emitted, it is what a state taken now contains: see [`Contained::object`].
    #[must_use]
    pub fn object_seq(&self, object: &ObjectRef) -> u64 {
        self.0.core.lock().object_seqs.get(object).copied().unwrap_or(0)
    }

    /// What the bus has done so far.
    #[must_use]
    pub fn stats(&self) -> BusStats {
        let core = self.0.core.lock();
        BusStats { emitted: core.seq, registrations: core.table.len(), panics: core.panics }
    }

    /// Says that something happened to an object, now.
    pub fn emit(&self, object: impl Into<ObjectRef>, cause: Cause, body: impl Into<EventBody>) -> Arc<Event> {
        self.0.emit(None, object.into(), cause, body.into())
    }

    /// Says that something happened to an object at a time that its source told. Numbers rise in the order of the calls
    /// all the same.
    pub fn emit_at(
        &self,
        time: Timestamp,
        object: impl Into<ObjectRef>,
        cause: Cause,
        body: impl Into<EventBody>,
    ) -> Arc<Event> {
        self.0.emit(Some(time), object.into(), cause, body.into())
    }

    /// Says that events were lost on their way to this bus: every registration receives a [`Gap`](super::Gap) next. For
    /// drivers whose events come from elsewhere.
    pub fn lost(&self) {
        self.0.lost();
    }

    /// Whether somebody is registered for events of this kind: of this object, or of every object. For drivers that ask
    /// elsewhere for what is wanted.
    #[must_use]
    pub fn wants(&self, kind: EventKind, object: Option<&ObjectRef>) -> bool {
        self.0.core.lock().table.wants(kind, object)
    }

    /// All that is wanted, as [`EventBus::wants`] has it.
    #[must_use]
    pub fn wanted(&self) -> Vec<(EventKind, Option<ObjectRef>)> {
        self.0.core.lock().table.wanted()
    }

    /// Waits until registrations have ended since it was last waited for, whatever ended them. One at a time may wait.
    pub async fn registrations_ended(&self) {
        self.0.ended.notified().await;
    }

    /// Lets go of the numbering of an object that is gone for good. Should one with the same identity come again, its
    /// numbers are higher than those before.
    pub fn forget_object(&self, object: &ObjectRef) {
        self.0.core.lock().object_seqs.remove(object);
    }

    /// Delivers what the filter lets through from now on as a stream.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an expression that is wrong, `ConnectionClosed` after the end.
    pub fn subscribe(&self, filter: EventFilter, policy: Policy) -> Result<EventStream> {
        let registration = self.add(filter, policy, Reader::Stream, None)?;
        Ok(EventStream::new(registration, Arc::downgrade(&self.0)))
    }

    /// Has the callback called with what the filter lets through from now on, from a thread of the bus. No two calls of
    /// it run at the same time, and however long one takes, no other registration waits for it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an expression that is wrong, `ConnectionClosed` after the end.
    pub fn register(
        &self,
        filter: EventFilter,
        policy: Policy,
        callback: impl FnMut(&Delivery) + Send + 'static,
    ) -> Result<RegistrationId> {
        Ok(self.add(filter, policy, Reader::Dispatcher, Some(Box::new(callback)))?.id())
    }

    /// A new inbox, for callbacks that are only called when the program says so.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.clone())
    }

    /// Deregisters, and waits: afterwards no call of the callback runs or will start, and it has been dropped. Called
    /// from inside that callback it returns at once.
    ///
    /// The registration is gone when the future is first polled; dropping the future gives up the waiting only.
    ///
    /// # Errors
    ///
    /// `NotFound` for an id that no registration has, or has any more. `InvalidState` from inside another callback, when
    /// that one's end is waited for by the callback that is deregistered: both would wait for ever. It is deregistered
    /// all the same, and its call that runs is its last.
    pub async fn deregister(&self, id: RegistrationId) -> Result<()> {
        barrier::wait_for(&*self.0.take_out(id)?).await
    }

    /// [`EventBus::deregister`] for programs without an executor: blocks the thread.
    ///
    /// # Errors
    ///
    /// As for [`EventBus::deregister`].
    pub fn deregister_blocking(&self, id: RegistrationId) -> Result<()> {
        barrier::block_on(barrier::wait_for(&*self.0.take_out(id)?))
    }

    /// What has become of a registration's events.
    ///
    /// # Errors
    ///
    /// `NotFound` for an id that no registration has, or has any more.
    pub fn registration_stats(&self, id: RegistrationId) -> Result<RegistrationStats> {
        let registration = self.0.core.lock().table.get(id).cloned();
        registration.map(|registration| registration.stats()).ok_or_else(|| unknown(id))
    }

    /// Takes the state, and gives it with every event that it does not contain. `take` is called after the registration,
    /// so nothing is lost between; what it says of the state's content keeps events from coming twice.
    ///
    /// # Errors
    ///
    /// As for [`EventBus::subscribe`], and those of `take`.
    pub async fn snapshot_then_stream<T, F>(
        &self,
        filter: EventFilter,
        policy: Policy,
        take: impl FnOnce() -> F,
    ) -> Result<SnapshotThenStream<T>>
    where
        F: Future<Output = Result<(T, Contained)>>,
    {
        let mut stream = self.subscribe(filter, policy)?;
        let (state, contained) = take().await?;
        let seq = contained.seq();
        stream.begin_after(contained.complete_at(self.last_seq()));
        Ok(SnapshotThenStream { state, seq, stream })
    }

    /// Ends the bus: what waits is delivered, then [`ConnectionClosed`] to every registration, whatever its filter, then
    /// every stream ends. Nothing happens if it has ended before.
    ///
    /// The bus is closed at once; the future ends when the bus's own threads have made their last call, save for the
    /// callback that it is awaited in.
    pub fn close(&self, reason: CloseReason) -> impl Future<Output = ()> + Send + use<> {
        barrier::wait_for_all(self.0.close(reason))
    }

    pub(super) fn add(
        &self,
        filter: EventFilter,
        policy: Policy,
        reader: Reader,
        callback: Option<Callback>,
    ) -> Result<Arc<Registration>> {
        let expression = Expression::of(&filter)?;
        let bus = Arc::downgrade(&self.0);
        let mut core = self.0.core.lock();
        if core.is_closed {
            drop(core);
            return Err(Error::new(ErrorKind::ConnectionClosed, "the connection's events have ended"));
        }
        // Numbered with the lock held: the lists of the table are in the order of the ids.
        let id = RegistrationId::next();
        let registration =
            Arc::new(Registration::new(id, bus, (filter, expression), policy, reader, callback));
        core.table.insert(&registration);
        Ok(registration)
    }
}

impl Default for EventBus {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for EventBus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EventBus")
            .field("epoch", &self.0.epoch)
            .field("stats", &self.stats())
            .finish()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Inner").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Inner {
    fn emit(&self, time: Option<Timestamp>, object: ObjectRef, cause: Cause, body: EventBody) -> Arc<Event> {
        debug_assert_eq!(
            body.kind().object_kind(),
            Some(object.kind()),
            "an event of another kind of object"
        );
        let mut outgoing = Outgoing::default();
        let mut core = self.core.lock();
        let seq = core.next_seq();
        let mut event = Event::new(self.epoch, seq, time.unwrap_or_else(|| (self.clock)()), body);
        event.object_seq = core.next_object_seq(&object, seq);
        event.object = Some(object);
        event.cause = cause;
        let event = Arc::new(event);
        let variables = EventVariables::new(&event);
        for registration in core.table.matching(&event) {
            outgoing.add(registration, registration.offer(&event, &variables));
        }
        drop(variables);
        for registration in &outgoing.overflowed {
            core.table.remove(registration.id());
        }
        drop(core);
        if !outgoing.overflowed.is_empty() {
            self.ended.notify_one();
        }
        for (registration, problem) in &outgoing.problems {
            registration.report_expression(&event, problem);
        }
        outgoing.send(&self.dispatcher);
        event
    }

    fn lost(&self) {
        let mut outgoing = Outgoing::default();
        let mut core = self.core.lock();
        let seq = core.next_seq();
        for registration in core.table.all() {
            outgoing.add(registration, registration.lane.offer_gap(seq));
        }
        drop(core);
        outgoing.send(&self.dispatcher);
    }

    /// Closes, and hands out whom the dispatcher has yet to call.
    fn close(&self, reason: CloseReason) -> Vec<Arc<Registration>> {
        let mut outgoing = Outgoing::default();
        let mut core = self.core.lock();
        if std::mem::replace(&mut core.is_closed, true) {
            return Vec::new();
        }
        let seq = core.next_seq();
        let mut event = Event::new(self.epoch, seq, (self.clock)(), ConnectionClosed::new(reason));
        event.cause = close_cause(reason);
        let event = Arc::new(event);
        let mut registrations = core.table.drain();
        for registration in &registrations {
            outgoing.add(registration, registration.lane.finish(&event));
        }
        drop(core);
        outgoing.send(&self.dispatcher);
        registrations.retain(|registration| matches!(registration.reader, Reader::Dispatcher));
        registrations
    }

    /// Takes a registration out of the table.
    pub(super) fn forget(&self, id: RegistrationId) -> Option<Arc<Registration>> {
        let registration = self.core.lock().table.remove(id);
        self.ended.notify_one();
        registration
    }

    pub(super) fn forget_panicked(&self, id: RegistrationId) {
        let registration = {
            let mut core = self.core.lock();
            core.panics += 1;
            core.table.remove(id)
        };
        self.ended.notify_one();
        drop(registration);
    }

    /// Deregisters all that are read through an inbox that is gone.
    pub(super) fn abandon(&self, inbox: *const InboxShared) {
        let abandoned: Vec<_> = {
            let mut core = self.core.lock();
            core.table.extract(|registration| registration.is_read_through(inbox))
        };
        abandoned.iter().for_each(|registration| registration.cancel());
        self.ended.notify_one();
    }

    /// Takes a registration out, and lets no further call of it begin.
    fn take_out(&self, id: RegistrationId) -> Result<Arc<Registration>> {
        let registration = self.forget(id).ok_or_else(|| unknown(id))?;
        registration.cancel();
        Ok(registration)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.close(CloseReason::Client));
        self.dispatcher.close();
    }
}

impl Core {
    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// An object's numbers begin with that of its first event: so they are higher than any that it had before it was
    /// forgotten.
    fn next_object_seq(&mut self, object: &ObjectRef, seq: u64) -> u64 {
        if let Some(known) = self.object_seqs.get_mut(object) {
            *known += 1;
            return *known;
        }
        self.object_seqs.insert(object.clone(), seq);
        seq
    }
}

fn close_cause(reason: CloseReason) -> Cause {
    match reason {
        CloseReason::Client => Initiator::Client.into(),
        CloseReason::Error | CloseReason::Eof | CloseReason::Keepalive => Cause::hypervisor(),
        _ => Cause::default(),
    }
}

fn unknown(id: RegistrationId) -> Error {
    Error::new(ErrorKind::NotFound, format!("no event registration has the id {id}"))
        .with_context("registration", id)
        .with_hint("it was never made, has been deregistered, or ended by itself: its policy, a panic, or a closed connection")
}

/// What an event sets off, put together with the bus locked and carried out after.
#[derive(Default)]
struct Outgoing {
    wake: Vec<Waker>,
    call: Vec<Arc<Registration>>,
    collect: Vec<Arc<Registration>>,
    overflowed: Vec<Arc<Registration>>,
    problems: Vec<(Arc<Registration>, String)>,
}

impl Outgoing {
    fn add(&mut self, registration: &Arc<Registration>, offered: Offered) {
        if offered.overflowed {
            self.overflowed.push(registration.clone());
        }
        self.problems.extend(offered.problem.map(|problem| (registration.clone(), problem)));
        self.wake.extend(offered.wake);
        if offered.schedule {
            match &registration.reader {
                Reader::Stream => {}
                Reader::Dispatcher => self.call.push(registration.clone()),
                Reader::Inbox(_) => self.collect.push(registration.clone()),
            }
        }
    }

    fn send(self, dispatcher: &Arc<Dispatcher>) {
        if !self.call.is_empty() {
            dispatcher.schedule(self.call);
        }
        for registration in self.collect {
            if let Some(inbox) = registration.inbox() {
                inbox.schedule(registration);
            }
        }
        self.wake.into_iter().for_each(Waker::wake);
    }
}
