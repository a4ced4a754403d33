//! The events that wait for one registration, bounded by its policy.

use super::delivery::{Delivery, Gap};
use super::policy::{Overflow, Policy};
use omnivirt_model::event::{Event, EventKind};
use omnivirt_model::id::ObjectRef;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Deliveries in rising order: a gap first, if there is one, then events.
#[derive(Debug)]
pub(crate) struct Queue {
    policy: Policy,
    /// Events that are gone from before the first of `events`.
    gap: Option<Gap>,
    /// What the source itself lost, each before the first waiting event with a higher number.
    source_gaps: VecDeque<Gap>,
    /// A place whose event was superseded is empty; the first and the last never are.
    events: VecDeque<Option<Arc<Event>>>,
    /// How many places are not empty.
    len: usize,
    latest: Option<Box<Latest>>,
    end: End,
    pub(crate) lost: u64,
    pub(crate) coalesced: u64,
}

/// Under [`Policy::coalesce`]: where the latest event of each object and kind waits.
#[derive(Debug, Default)]
struct Latest {
    places: HashMap<(Option<ObjectRef>, EventKind), u64>,
    /// The number of the first place of `Queue::events`, as `places` counts them.
    first: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Open,
    /// Nothing more is taken in.
    Ended,
    /// Nothing more is taken in, and this is the last that is delivered.
    Overflowed(Gap),
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits.
    Waits,
    /// The policy ended the queue with it.
    Overflowed,
    /// The queue had ended.
    Refused,
}

impl Queue {
    pub(crate) fn new(policy: Policy) -> Self {
        let latest = (policy.overflow == Overflow::Coalesce).then(Box::default);
        Self {
            policy,
            gap: None,
            source_gaps: VecDeque::new(),
            events: VecDeque::new(),
            len: 0,
            latest,
            end: End::Open,
            lost: 0,
            coalesced: 0,
        }
    }

    /// How many events wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing to deliver now.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
            && self.gap.is_none()
            && self.source_gaps.is_empty()
            && !matches!(self.end, End::Overflowed(_))
    }

    /// Whether there is nothing to deliver, and never will be.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.end == End::Ended && self.is_empty()
    }

    pub(crate) fn push(&mut self, event: &Arc<Event>) -> Pushed {
        if self.end != End::Open {
            return Pushed::Refused;
        }
        self.supersede(event);
        if self.len >= self.policy.capacity {
            if self.policy.overflow == Overflow::Close {
                self.lost += 1;
                self.end = End::Overflowed(Gap { from: event.seq, to: event.seq, lost: 1 });
                return Pushed::Overflowed;
            }
            if let Some(oldest) = self.pop_event() {
                self.lose(oldest.seq);
            }
        }
        self.append(event);
        Pushed::Waits
    }

    /// Takes in that the source lost events, which has a number of its own.
    pub(crate) fn push_gap(&mut self, seq: u64) -> Pushed {
        if self.end != End::Open {
            return Pushed::Refused;
        }
        let last = self.events.back().and_then(|event| event.as_ref()).map_or(0, |event| event.seq);
        match self.source_gaps.back_mut() {
            // Nothing came in between: it is one gap.
            Some(gap) if gap.to > last => gap.to = seq,
            _ => self.source_gaps.push_back(Gap { from: seq, to: seq, lost: 0 }),
        }
        Pushed::Waits
    }

    /// Takes the last event, however full the queue is, and ends. False if it has ended before.
    pub(crate) fn finish(&mut self, last: &Arc<Event>) -> bool {
        let was_open = self.end == End::Open;
        if was_open {
            self.append(last);
            self.end = End::Ended;
        }
        was_open
    }

    /// Ends, and hands out what waited: dropping so much is for whoever holds no lock.
    pub(crate) fn clear(&mut self) -> impl Drop + use<> {
        self.gap = None;
        self.source_gaps.clear();
        self.len = 0;
        self.latest = None;
        self.end = End::Ended;
        std::mem::take(&mut self.events)
    }

    pub(crate) fn pop(&mut self) -> Option<Delivery> {
        if let Some(gap) = self.gap.take() {
            return Some(Delivery::Gap(gap));
        }
        let first = self.events.front().and_then(|event| event.as_ref()).map_or(u64::MAX, |event| event.seq);
        if self.source_gaps.front().is_some_and(|gap| gap.from < first) {
            return self.source_gaps.pop_front().map(Delivery::Gap);
        }
        if let Some(event) = self.pop_event() {
            return Some(Delivery::Event(event));
        }
        if let End::Overflowed(gap) = self.end {
            self.end = End::Ended;
            return Some(Delivery::Gap(gap));
        }
        None
    }

    fn append(&mut self, event: &Arc<Event>) {
        if let Some(latest) = &mut self.latest {
            let place = latest.first + self.events.len() as u64;
            latest.places.insert((event.object.clone(), event.kind()), place);
        }
        self.events.push_back(Some(event.clone()));
        self.len += 1;
    }

    /// Empties the place of a waiting event of the same object and kind.
    fn supersede(&mut self, event: &Event) {
        let Some(latest) = &mut self.latest else { return };
        let Some(place) = latest.places.remove(&(event.object.clone(), event.kind())) else { return };
        let index = usize::try_from(place - latest.first).expect("the place is in the queue");
        self.events[index] = None;
        self.len -= 1;
        self.coalesced += 1;
        self.drop_empty_places();
        // Places that are never reached from the front would add up behind an event that waits long.
        if self.events.len() > 2 * self.len + 64 {
            self.compact();
        }
    }

    fn drop_empty_places(&mut self) {
        while let Some(None) = self.events.front() {
            self.events.pop_front();
            if let Some(latest) = &mut self.latest {
                latest.first += 1;
            }
        }
        while let Some(None) = self.events.back() {
            self.events.pop_back();
        }
    }

    fn compact(&mut self) {
        let Some(latest) = &mut self.latest else { return };
        self.events.retain(Option::is_some);
        for (place, event) in (latest.first..).zip(self.events.iter().flatten()) {
            latest.places.insert((event.object.clone(), event.kind()), place);
        }
    }

    fn pop_event(&mut self) -> Option<Arc<Event>> {
        let event = self.events.pop_front()??;
        self.len -= 1;
        if let Some(latest) = &mut self.latest {
            latest.first += 1;
            latest.places.remove(&(event.object.clone(), event.kind()));
            self.drop_empty_places();
        }
        Some(event)
    }

    fn lose(&mut self, seq: u64) {
        self.lost += 1;
        let gap = self.gap.get_or_insert(Gap { from: seq, to: seq, lost: 0 });
        gap.to = seq;
        gap.lost += 1;
        // One gap tells of all that is missing before the first event that is left.
        while let Some(source) = self.source_gaps.front().filter(|source| source.from < seq) {
            gap.from = gap.from.min(source.from);
            self.source_gaps.pop_front();
        }
    }
}
