//! Deliveries that the program asks for: nothing is called in between.

use super::bus::EventBus;
use super::delivery::{Delivery, RegistrationId};
use super::descriptor::{Descriptor, Signal};
use super::filter::EventFilter;
use super::policy::Policy;
use super::registration::{self, Reader, Registration};
use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use parking_lot::Mutex;
use std::sync::Arc;

/// Collects what is due for the callbacks that are registered in it, until the program calls
/// [`Inbox::deliver_pending`]. A [`Inbox::descriptor`] tells a poll loop when to.
///
/// Clones are the same inbox. When the last is dropped, what is registered in it is deregistered.
#[derive(Debug, Clone)]
pub struct Inbox(Arc<InboxShared>);

#[derive(Debug)]
pub(super) struct InboxShared {
    bus: EventBus,
    state: Mutex<InboxState>,
}

#[derive(Debug, Default)]
struct InboxState {
    due: Vec<Arc<Registration>>,
    is_delivering: bool,
    signal: Option<Signal>,
}

impl Inbox {
    pub(super) fn new(bus: EventBus) -> Self {
        Self(Arc::new(InboxShared { bus, state: Mutex::default() }))
    }

    /// Has the callback called from [`Inbox::deliver_pending`] with what the filter lets through from now on.
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
        let reader = Reader::Inbox(Arc::downgrade(&self.0));
        Ok(self.0.bus.add(filter, policy, reader, Some(Box::new(callback)))?.id())
    }

    /// Makes the calls that are due now, in the order of the events, and says how many it made. Events that come
    /// meanwhile, caused by the callbacks or not, wait for the next call.
    ///
    /// # Errors
    ///
    /// `InvalidState` from inside a callback, where it does nothing; `ResourceBusy` while another thread delivers from
    /// the same inbox.
    pub fn deliver_pending(&self) -> Result<usize> {
        if let Some(id) = registration::current() {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "events are not delivered from inside a callback",
            )
            .with_context("registration", id)
            .with_hint("return from the callback first: what is due then is delivered by the next call"));
        }
        let due = self.0.take_due()?;
        let _delivering = Delivering(&self.0);
        let mut calls = Vec::new();
        let mut taken = Vec::new();
        for registration in &due {
            registration.lane.take_due(&mut taken);
            let last = taken.len().saturating_sub(1);
            calls.extend(
                taken.drain(..).enumerate().map(|(index, delivery)| (registration, delivery, index == last)),
            );
        }
        calls.sort_by_key(|(registration, delivery, _)| (first_seq(delivery), registration.id()));
        let made = calls
            .into_iter()
            .filter(|(registration, delivery, is_last)| registration.call(delivery, *is_last))
            .count();
        Ok(made)
    }

    /// A file descriptor that is readable exactly while deliveries are due, for poll loops of any kind. Reading from it
    /// is not needed: [`Inbox::deliver_pending`] takes care of it.
    ///
    /// # Errors
    ///
    /// `Internal` if the system has no more descriptors.
    pub fn descriptor(&self) -> Result<Descriptor> {
        let mut state = self.0.state.lock();
        if state.signal.is_none() {
            state.signal = Some(Signal::new()?);
        }
        let is_due = !state.due.is_empty();
        let signal = state.signal.as_mut().expect("it was made above");
        signal.set(is_due);
        Ok(signal.descriptor())
    }
}

fn first_seq(delivery: &Delivery) -> u64 {
    match delivery {
        Delivery::Event(event) => event.seq,
        Delivery::Gap(gap) => gap.from,
    }
}

impl InboxShared {
    pub(super) fn schedule(&self, registration: Arc<Registration>) {
        let mut state = self.state.lock();
        state.due.push(registration);
        state.show();
    }

    /// Takes a cancelled registration out of those that are due.
    pub(super) fn forget(&self, id: RegistrationId) {
        let mut state = self.state.lock();
        let gone = state
            .due
            .iter()
            .position(|registration| registration.id() == id)
            .map(|index| state.due.remove(index));
        state.show();
        drop(state);
        drop(gone);
    }

    fn take_due(&self) -> Result<Vec<Arc<Registration>>> {
        let mut state = self.state.lock();
        if state.is_delivering {
            return Err(Error::new(
                ErrorKind::ResourceBusy,
                "another thread delivers events from this inbox",
            ));
        }
        state.is_delivering = true;
        let due = std::mem::take(&mut state.due);
        state.show();
        Ok(due)
    }
}

impl Drop for InboxShared {
    fn drop(&mut self) {
        self.bus.0.abandon(self);
    }
}

impl InboxState {
    fn show(&mut self) {
        let is_due = !self.due.is_empty();
        if let Some(signal) = &mut self.signal {
            signal.set(is_due);
        }
    }
}

/// Marks the inbox as being delivered from.
struct Delivering<'a>(&'a InboxShared);

impl Drop for Delivering<'_> {
    fn drop(&mut self) {
        self.0.state.lock().is_delivering = false;
    }
}
