//! What happens to events that a registration does not read.

/// How many events wait for a registration, and what happens when there are more.
///
/// ```
/// use omnivirt_core::events::Policy;
///
/// let policy = Policy::coalesce().capacity(100);
/// assert_eq!(policy, Policy::coalesce().capacity(100));
/// assert_eq!(Policy::default(), Policy::drop_oldest());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub(super) overflow: Overflow,
    /// At least 1.
    pub(super) capacity: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    DropOldest,
    Coalesce,
    Close,
}

impl Policy {
    /// How many events wait unless [`Policy::capacity`] says otherwise.
    pub const DEFAULT_CAPACITY: usize = 1_024;

    /// When the queue is full the oldest event is lost, and a [`Gap`](super::Gap) tells so before the next delivery.
    #[must_use]
    pub const fn drop_oldest() -> Self {
        Self { overflow: Overflow::DropOldest, capacity: Self::DEFAULT_CAPACITY }
    }

    /// An event takes the place of one that still waits and is of the same object and kind: the registration is told
    /// the last of each. That is no loss, and makes no gap. When the queue is full all the same, the oldest is lost as
    /// with [`Policy::drop_oldest`].
    #[must_use]
    pub const fn coalesce() -> Self {
        Self { overflow: Overflow::Coalesce, capacity: Self::DEFAULT_CAPACITY }
    }

    /// When the queue is full the registration ends: it is still delivered what waits, then a
    /// [`Gap`](super::Gap) that begins with the event that was too much, then nothing more.
    #[must_use]
    pub const fn close() -> Self {
        Self { overflow: Overflow::Close, capacity: Self::DEFAULT_CAPACITY }
    }

    /// Every event waits, however many there are: a registration that is not read takes memory without end.
    #[must_use]
    pub const fn unbounded() -> Self {
        Self { overflow: Overflow::DropOldest, capacity: usize::MAX }
    }

    /// How many events wait. 0 is taken as 1.
    #[must_use]
    pub const fn capacity(mut self, events: usize) -> Self {
        self.capacity = if events == 0 { 1 } else { events };
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::drop_oldest()
    }
}
