//! What happened while nobody was connected.

use omnivirt_core::DomainRef;
use omnivirt_core::event::{Cause, EventBody};
use parking_lot::Mutex;
use std::collections::VecDeque;

/// Events that were found when the root was opened, kept for the first who listens.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<VecDeque<Item>>);

/// An event that nobody has heard of yet.
type Item = (Cause, DomainRef, EventBody);

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

    pub(super) fn take(&self) -> VecDeque<Item> {
        std::mem::take(&mut *self.0.lock())
    }
}
