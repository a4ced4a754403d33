//! The state, then every event after it: no gap between them, and nothing twice.

use super::delivery::{Delivery, Gap};
use super::stream::EventStream;
use omnivirt_model::id::ObjectRef;
use std::collections::HashMap;

/// A state, and the events that follow it.
#[derive(Debug)]
#[non_exhaustive]
pub struct SnapshotThenStream<T> {
    /// The state after the event `seq`.
    pub state: T,
    /// The number of the last event that the state contains, of every object alike.
    pub seq: u64,
    /// Every event that the state does not contain.
    pub stream: EventStream,
}

/// Which events a state contains already.
///
/// A driver that keeps all its state under one lock, and emits with it held, says [`Contained::up_to`] the
/// [`last_seq`](super::EventBus::last_seq) that it sees with the lock held. A driver with a lock for each object holds the
/// lock of its list of objects while it takes down which there are, calls [`Contained::up_to`] with the number it sees
/// then, and adds each object as it looks at it, with the object's lock held: [`Contained::object`].
#[derive(Debug, Clone)]
pub struct Contained {
    seq: u64,
    objects: HashMap<ObjectRef, u64>,
    /// The last event that the state can contain.
    last: u64,
}

impl Contained {
    /// Every event up to and with this number.
    #[must_use]
    pub fn up_to(seq: u64) -> Self {
        Self { seq, objects: HashMap::new(), last: 0 }
    }

    /// And the events of this object up to and with this [`object_seq`](omnivirt_model::event::Event::object_seq).
    #[must_use]
    pub fn object(mut self, object: impl Into<ObjectRef>, object_seq: u64) -> Self {
        self.objects.insert(object.into(), object_seq);
        self
    }

    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Says that the state was complete when this was the last event.
    pub(super) fn complete_at(mut self, last: u64) -> Self {
        self.last = if self.objects.is_empty() { self.seq } else { last };
        self
    }

    /// Whether this delivery, and with it all that follow, came after the state was complete.
    pub(super) fn is_past(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::Event(event) => event.seq > self.last.max(self.seq),
            Delivery::Gap(gap) => gap.from > self.last.max(self.seq),
        }
    }

    /// The part of a delivery that the state does not contain.
    pub(super) fn rest_of(&self, delivery: Delivery) -> Option<Delivery> {
        match &delivery {
            Delivery::Event(event) => {
                let of_object = event.object.as_ref().and_then(|object| self.objects.get(object));
                let is_contained =
                    event.seq <= self.seq || of_object.is_some_and(|seq| event.object_seq <= *seq);
                (!is_contained).then_some(delivery)
            }
            Delivery::Gap(gap) if gap.to <= self.seq => None,
            // How many of the lost events the state contains is not known: the count is the most it can be.
            Delivery::Gap(gap) => Some(Delivery::Gap(Gap { from: gap.from.max(self.seq + 1), ..*gap })),
        }
    }
}
