//! One registration: what it lets through, what waits for it, and how it is called.

use super::bus::Inner;
use super::delivery::{Delivery, RegistrationId, RegistrationStats};
use super::expression::{EventVariables, Expression};
use super::filter::EventFilter;
use super::inbox::InboxShared;
use super::lane::{Lane, Offered, Turn};
use super::policy::Policy;
use omnivirt_model::event::{Event, EventKind};
use omnivirt_model::id::ObjectRef;
use parking_lot::Mutex;
use std::any::Any;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

/// What a program gives to be called with each delivery.
pub type Callback = Box<dyn FnMut(&Delivery) + Send>;

thread_local! {
    /// The registration whose callback this thread is in.
    static CURRENT: Cell<Option<RegistrationId>> = const { Cell::new(None) };
}

/// The registration whose callback the calling thread is in.
pub(super) fn current() -> Option<RegistrationId> {
    CURRENT.get()
}

/// Who takes deliveries out of the lane.
#[derive(Debug)]
pub(super) enum Reader {
    /// The program polls a stream.
    Stream,
    /// A thread of the bus calls.
    Dispatcher,
    /// The program calls for what is due in this inbox.
    Inbox(Weak<InboxShared>),
}

pub(super) struct Registration {
    id: RegistrationId,
    bus: Weak<Inner>,
    /// Of the filter, each once; all if there are none.
    kinds: Vec<EventKind>,
    objects: Vec<ObjectRef>,
    expression: Option<Expression>,
    pub(super) lane: Lane,
    pub(super) reader: Reader,
    /// Taken out while it runs; never locked around it.
    callback: Mutex<Option<Callback>>,
}

impl Registration {
    pub(super) fn new(
        id: RegistrationId,
        bus: Weak<Inner>,
        (filter, expression): (EventFilter, Option<Expression>),
        policy: Policy,
        reader: Reader,
        callback: Option<Callback>,
    ) -> Self {
        let EventFilter { mut kinds, mut objects, .. } = filter;
        kinds.sort_unstable();
        kinds.dedup();
        if objects.len() > 1 {
            let mut seen = HashSet::new();
            objects.retain(|object| seen.insert(object.clone()));
        }
        Self {
            id,
            bus,
            kinds,
            objects,
            expression,
            lane: Lane::new(policy),
            reader,
            callback: Mutex::new(callback),
        }
    }

    pub(super) fn id(&self) -> RegistrationId {
        self.id
    }

    /// The kinds that it lets through; all if there are none.
    pub(super) fn kinds(&self) -> &[EventKind] {
        &self.kinds
    }

    /// The objects whose events it lets through; all if there are none.
    pub(super) fn objects(&self) -> &[ObjectRef] {
        &self.objects
    }

    pub(super) fn stats(&self) -> RegistrationStats {
        self.lane.stats()
    }

    /// Takes the event in if the expression lets it through.
    pub(super) fn offer(&self, event: &Arc<Event>, variables: &EventVariables<'_>) -> Offered {
        match self.expression.as_ref().map_or(Ok(true), |expression| expression.matches(variables)) {
            Ok(true) => self.lane.offer(event),
            Ok(false) => {
                self.lane.count_filtered();
                Offered::default()
            }
            Err(problem) => {
                self.lane.count_failed();
                Offered { problem: Some(problem), ..Offered::default() }
            }
        }
    }

    /// Once aloud, then in a whisper: an expression that fails on one event fails on many.
    pub(super) fn report_expression(&self, event: &Event, problem: &str) {
        let (registration, kind, seq) = (self.id.number(), event.kind().as_str(), event.seq);
        if self.stats().expression_errors == 1 {
            tracing::warn!(
                registration,
                kind,
                seq,
                problem,
                "an event filter failed and does not let the event through"
            );
        } else {
            tracing::debug!(
                registration,
                kind,
                seq,
                problem,
                "an event filter failed and does not let the event through"
            );
        }
    }

    /// Makes the calls that are due, at most so many, with `batch` as working space.
    pub(super) fn take_turn(&self, batch: &mut Vec<Delivery>, most: usize) -> Turn {
        batch.clear();
        if !self.lane.begin(batch, most) {
            return Turn::Idle;
        }
        let Some(mut callback) = self.callback.lock().take() else { return Turn::Idle };
        let mut delivered = 0;
        for delivery in batch.drain(..) {
            if self.lane.is_cancelled() || !self.run(&mut callback, &delivery) {
                break;
            }
            delivered += 1;
        }
        *self.callback.lock() = Some(callback);
        let turn = self.lane.finish_turn(delivered);
        if turn == Turn::Last {
            self.end();
        }
        turn
    }

    /// Makes one call of what was taken with [`Lane::take_due`]; `is_last_taken` says that none of it is left. False if
    /// the registration was cancelled meanwhile.
    pub(super) fn call(&self, delivery: &Delivery, is_last_taken: bool) -> bool {
        if !self.lane.begin_call() {
            return false;
        }
        let Some(mut callback) = self.callback.lock().take() else { return false };
        self.run(&mut callback, delivery);
        *self.callback.lock() = Some(callback);
        if self.lane.finish_call(is_last_taken) == Turn::Last {
            self.end();
        }
        true
    }

    /// Runs the callback. False if it panicked: it is then deregistered.
    fn run(&self, callback: &mut Callback, delivery: &Delivery) -> bool {
        CURRENT.set(Some(self.id));
        let outcome = catch_unwind(AssertUnwindSafe(|| callback(delivery)));
        CURRENT.set(None);
        if let Err(panic) = &outcome {
            self.report_panic(panic.as_ref());
        }
        outcome.is_ok()
    }

    fn report_panic(&self, panic: &(dyn Any + Send)) {
        let message = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic without a text");
        tracing::error!(
            registration = self.id.number(),
            panic = message,
            "an event callback panicked and is deregistered"
        );
        if let Some(bus) = self.bus.upgrade() {
            bus.forget_panicked(self.id);
        }
        self.lane.cancel();
    }

    /// After the last call: drops the callback and lets those go who wait.
    fn end(&self) {
        self.drop_callback();
        self.lane.end();
    }

    /// Lets no further call begin, and drops the callback unless it runs; then the thread that runs it does.
    pub(super) fn cancel(&self) {
        if self.lane.cancel() {
            self.drop_callback();
        }
        if let Some(inbox) = self.inbox() {
            inbox.forget(self.id);
        }
    }

    /// The inbox that it is read through, if there is one still.
    pub(super) fn inbox(&self) -> Option<Arc<InboxShared>> {
        match &self.reader {
            Reader::Inbox(inbox) => inbox.upgrade(),
            Reader::Stream | Reader::Dispatcher => None,
        }
    }

    pub(super) fn is_read_through(&self, inbox: *const InboxShared) -> bool {
        matches!(&self.reader, Reader::Inbox(own) if std::ptr::eq(own.as_ptr(), inbox))
    }

    fn drop_callback(&self) {
        let callback = self.callback.lock().take();
        // What the callback owns is the program's, and may panic when it is dropped.
        if catch_unwind(AssertUnwindSafe(|| drop(callback))).is_err() {
            tracing::error!(registration = self.id.number(), "dropping an event callback panicked");
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("id", &self.id)
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}
