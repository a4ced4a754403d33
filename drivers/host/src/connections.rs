//! The connections to a host: who is told of its events.

use omnivirt_core::ObjectRef;
use omnivirt_core::event::{Cause, EventBody, EventKind};
use omnivirt_core::events::EventBus;
use parking_lot::RwLock;
use std::collections::VecDeque;

/// The connections of a host, each with the bus that it is told by.
#[derive(Debug, Default)]
pub struct Connections(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    last: u64,
    buses: Vec<(u64, EventBus)>,
    /// Objects that have gone, and that the buses have not forgotten yet.
    gone: VecDeque<ObjectRef>,
}

/// How many objects that have gone the buses keep the numbers of, for those who just take down the state.
const KEPT: usize = 1024;

impl Connections {
    /// Lets a connection's bus be told of everything. Returns what names the connection here.
    pub fn attach(&self, bus: &EventBus) -> u64 {
        let mut state = self.0.write();
        state.last += 1;
        let number = state.last;
        state.buses.push((number, bus.clone()));
        number
    }

    /// Ends what [`Connections::attach`] began. False if it had ended before.
    pub fn detach(&self, connection: u64) -> bool {
        let mut state = self.0.write();
        let before = state.buses.len();
        state.buses.retain(|(number, _)| *number != connection);
        state.buses.len() < before
    }

    /// Whether a connection is there still.
    #[must_use]
    pub fn has(&self, connection: u64) -> bool {
        self.0.read().buses.iter().any(|(number, _)| *number == connection)
    }

    /// Whether nobody is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.read().buses.is_empty()
    }

    /// Whether anybody has asked for events of that kind about that very object.
    #[must_use]
    pub fn wants(&self, kind: EventKind, object: &ObjectRef) -> bool {
        self.0.read().buses.iter().any(|(_, bus)| bus.wants(kind, Some(object)))
    }

    /// Whether anybody is told of events of that kind about that object: of it alone, or of every object.
    #[must_use]
    pub fn hears(&self, kind: EventKind, object: &ObjectRef) -> bool {
        self.wants(kind, object) || self.0.read().buses.iter().any(|(_, bus)| bus.wants(kind, None))
    }

    /// Tells every connection of an event. Called where the state changes, while the object is locked.
    pub fn emit(&self, object: ObjectRef, cause: &Cause, body: EventBody) {
        let state = self.0.read();
        let Some(((_, last), others)) = state.buses.split_last() else { return };
        for (_, bus) in others {
            bus.emit(object.clone(), cause.clone(), body.clone());
        }
        last.emit(object, cause.clone(), body);
    }

    /// Says that an object has gone for good: sooner or later its numbering is forgotten, unless it is there again.
    pub fn forget(&self, object: ObjectRef, is_there: impl Fn(&ObjectRef) -> bool) {
        let mut state = self.0.write();
        state.gone.push_back(object);
        if state.gone.len() <= KEPT {
            return;
        }
        let Some(oldest) = state.gone.pop_front() else { return };
        if !is_there(&oldest) {
            for (_, bus) in &state.buses {
                bus.forget_object(&oldest);
            }
        }
    }
}
