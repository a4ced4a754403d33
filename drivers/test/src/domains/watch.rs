//! Who comes and goes: taking down what all domains do, and ending what lives as long as a connection.

use super::state::Simulated;
use super::table::DomainEntry;
use crate::host::Host;
use omnivirt_core::event::{Cause, StoppedDetail};
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::*;
use std::sync::Arc;

impl Host {
    /// What every domain is doing, and which events of the bus that contains.
    pub(crate) fn states(&self, bus: &EventBus) -> (Vec<DomainNow>, Contained) {
        let (entries, seq) = self.domains.all_and(|| bus.last_seq());
        let mut states = Vec::with_capacity(entries.len());
        let mut contained = Contained::up_to(seq);
        for entry in entries {
            contained = self.add_state(entry, bus, &mut states, contained);
        }
        (states, contained)
    }

    /// Adds what a domain is doing; if it has gone, what the one that came in its place is doing, or else that there is
    /// none, which contains all that the bus told of it before it was looked for.
    fn add_state(
        &self,
        mut entry: Arc<DomainEntry>,
        bus: &EventBus,
        states: &mut Vec<DomainNow>,
        contained: Contained,
    ) -> Contained {
        let object = ObjectRef::from(DomainRef::new("", entry.uuid(), None));
        loop {
            if let Ok(domain) = entry.lock() {
                states.push(domain.now());
                return contained.object(object.clone(), bus.object_seq(&object));
            }
            let told = bus.object_seq(&object);
            match self.domains.by_uuid(entry.uuid()) {
                Some(other) if !Arc::ptr_eq(&other, &entry) => entry = other,
                _ => return contained.object(object, told),
            }
        }
    }

    /// Ends a connection, and the domains that were started to live as long as it.
    pub(crate) fn disconnect(&self, connection: u64) {
        if !self.connections.detach(connection) {
            return;
        }
        for entry in self.domains.active() {
            let Ok(mut domain) = entry.lock() else { continue };
            if domain.run.as_ref().is_some_and(|run| run.auto_destroy == Some(connection)) {
                domain.abort_any_job();
                domain.end(
                    self,
                    &Cause::host(),
                    DomainStateReason::ShutoffDestroyed,
                    StoppedDetail::Destroyed,
                );
            }
        }
    }
}

impl Simulated {
    fn now(&self) -> DomainNow {
        let state = DomainStateInfo::default().state(self.state).reason(self.reason);
        DomainNow::new(self.reference(), state, self.is_persistent())
    }
}
