//! What a registration receives, and what is counted about it.

use omnivirt_model::event::Event;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a registration receives, in rising order.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// Something happened.
    Event(Arc<Event>),
    /// Something happened that this registration can no longer be told.
    Gap(Gap),
}

impl Delivery {
    /// The event, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<&Arc<Event>> {
        match self {
            Self::Event(event) => Some(event),
            Self::Gap(_) => None,
        }
    }
}

/// Events that a registration lost: because it was not read fast enough, or because their source lost them on the way, as
/// when a connection to a daemon is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The number of the first event that was lost.
    pub from: u64,
    /// The number of the last one.
    pub to: u64,
    /// How many were lost: those between `from` and `to` that the registration's filter let through. 0 if their source lost
    /// them: nobody knows how many there were.
    pub lost: u64,
}

/// Names a registration. It is unique in the process, and never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistrationId(u64);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl RegistrationId {
    pub(super) fn next() -> Self {
        Self(NEXT_ID.fetch_add(1, Ordering::Relaxed))
    }

    /// The id as a number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl From<u64> for RegistrationId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for RegistrationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What has become of the events that a registration's kinds and objects let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationStats {
    /// Deliveries made: events and gaps.
    pub delivered: u64,
    /// Events lost because the queue was full; each is within a [`Gap`].
    pub lost: u64,
    /// Events whose place a newer one of the same object and kind took, under [`Policy::coalesce`](super::Policy::coalesce).
    pub coalesced: u64,
    /// Events that the expression did not let through.
    pub filtered: u64,
    /// Events on which the expression failed, which counts as not letting them through.
    pub expression_errors: u64,
    /// Events that wait to be delivered.
    pub queued: usize,
}
