//! Taking down what all domains do.

use crate::{DomainEntry, DomainTable, KeptDomain};
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::{DomainNow, DomainRef, ObjectRef};
use std::sync::Arc;

impl<S: KeptDomain> DomainTable<S> {
    /// What every domain is doing, and which events of the bus that contains.
    #[must_use]
    pub fn states(&self, bus: &EventBus) -> (Vec<DomainNow>, Contained) {
        let (entries, seq) = self.all_and(|| bus.last_seq());
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
        mut entry: Arc<DomainEntry<S>>,
        bus: &EventBus,
        states: &mut Vec<DomainNow>,
        contained: Contained,
    ) -> Contained {
        let object = ObjectRef::from(DomainRef::new("", entry.uuid(), None));
        loop {
            if let Ok(domain) = entry.lock() {
                if domain.is_there() {
                    states.push(domain.now());
                }
                return contained.object(object.clone(), bus.object_seq(&object));
            }
            let told = bus.object_seq(&object);
            match self.by_uuid(entry.uuid()) {
                Some(other) if !Arc::ptr_eq(&other, &entry) => entry = other,
                _ => return contained.object(object, told),
            }
        }
    }
}
