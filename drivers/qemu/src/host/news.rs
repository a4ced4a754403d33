//! What happened while nobody was connected.

use omnivirt_core::DomainRef;
use omnivirt_core::event::{Cause, EventBody};
use parking_lot::Mutex;
use std::collections::VecDeque;

/// Events that were found when the root was opened, kept for the first who listens to them.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<VecDeque<Item>>);

/// An event that nobody has heard of yet.
pub(super) type Item = (Cause, DomainRef, EventBody);

/// How many are kept. Who opens a root with more guests than this learns of the others by their states.
const MOST: usize = 4096;

impl News {
    pub(super) fn keep(&self, cause: &Cause, object: DomainRef, body: EventBody) {
        let mut items = self.0.lock();
        if items.len() == MOST {
            tracing::warn!(
                "more happened while nobody was connected than is kept; the first of it is not told"
            );
            items.pop_front();
        }
        items.push_back((cause.clone(), object, body));
    }

    /// Takes out what somebody wants; the rest waits on.
    pub(super) fn take(&self, is_wanted: impl Fn(&DomainRef, &EventBody) -> bool) -> Vec<Item> {
        let mut items = self.0.lock();
        let (wanted, others) = items.drain(..).partition(|(_, object, body): &Item| is_wanted(object, body));
        *items = others;
        Vec::from(wanted)
    }
}
