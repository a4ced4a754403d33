//! What happens to events that are not read.

use crate::support::{LONG, collector, due, emit, reboot, seqs, stuck};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, EventStream, Gap, Policy};
use proptest::prelude::*;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn subscribe(bus: &EventBus, policy: Policy) -> EventStream {
    bus.subscribe(EventFilter::all(), policy).unwrap()
}

#[test]
fn the_oldest_are_dropped_and_the_next_delivery_tells_so() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::drop_oldest().capacity(3));
    (0..10).for_each(|_| drop(emit(&bus, 1)));
    let received = due(&mut stream);
    assert_eq!(received[0], Delivery::Gap(Gap { from: 1, to: 7, lost: 7 }));
    assert_eq!(seqs(&received), [8, 9, 10]);
    assert_eq!((stream.stats().lost, stream.stats().delivered), (7, 4));
    emit(&bus, 1);
    assert_eq!(seqs(&due(&mut stream)), [11], "a gap is told once");
}

#[test]
fn a_gap_counts_only_what_the_filter_lets_through() {
    let bus = EventBus::new();
    let mut stream =
        bus.subscribe(EventFilter::of(crate::support::domain(1)), Policy::drop_oldest().capacity(1)).unwrap();
    for number in [1, 2, 1, 2, 1] {
        emit(&bus, number);
    }
    assert_eq!(due(&mut stream)[0], Delivery::Gap(Gap { from: 1, to: 3, lost: 2 }));
}

#[test]
fn the_default_is_bounded_and_says_how_many_were_lost() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::default());
    (0..100_000).for_each(|_| drop(emit(&bus, 1)));
    let stats = stream.stats();
    assert_eq!((stats.queued, stats.lost), (1_024, 98_976));
    assert_eq!(stream.try_recv(), Some(Delivery::Gap(Gap { from: 1, to: 98_976, lost: 98_976 })));
}

#[test]
fn coalescing_keeps_the_latest_of_each_object_and_kind() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::coalesce());
    for number in [1, 2, 1, 3, 1] {
        emit(&bus, number);
    }
    reboot(&bus, 1);
    let received = due(&mut stream);
    assert_eq!(seqs(&received), [2, 4, 5, 6]);
    assert_eq!(received.len(), 4, "what was superseded is no gap");
    assert_eq!((stream.stats().coalesced, stream.stats().lost), (2, 0));
}

#[test]
fn coalescing_is_bounded_too() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::coalesce().capacity(2));
    for number in [1, 2, 3, 3, 3] {
        emit(&bus, number);
    }
    let received = due(&mut stream);
    assert_eq!(received[0], Delivery::Gap(Gap { from: 1, to: 1, lost: 1 }));
    assert_eq!(seqs(&received), [2, 5]);
}

#[test]
fn closing_delivers_what_waits_then_the_gap_then_ends() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::close().capacity(2));
    (0..5).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(bus.stats().registrations, 0);
    let received = due(&mut stream);
    assert_eq!(seqs(&received), [1, 2]);
    assert_eq!(received[2], Delivery::Gap(Gap { from: 3, to: 3, lost: 1 }));
    assert_eq!(received.len(), 3);
    assert_eq!(pin!(stream.recv()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(None));
}

#[test]
fn unbounded_loses_nothing() {
    let bus = EventBus::new();
    let mut stream = subscribe(&bus, Policy::unbounded());
    (0..10_000).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(due(&mut stream).len(), 10_000);
}

#[test]
fn a_callback_that_is_stuck_is_told_of_its_gap() {
    let bus = EventBus::new();
    let (stuck, entered, let_go) = stuck();
    let (mut collect, received) = collector();
    let mut stuck = stuck;
    let both = move |delivery: &Delivery| {
        stuck(delivery);
        collect(delivery);
    };
    bus.register(EventFilter::all(), Policy::drop_oldest().capacity(2), both).unwrap();
    emit(&bus, 1);
    entered.recv_timeout(LONG).unwrap();
    (0..5).for_each(|_| drop(emit(&bus, 1)));
    (0..4).for_each(|_| let_go.send(()).unwrap());
    let received: Vec<_> = (0..4).map(|_| received.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(received[1], Delivery::Gap(Gap { from: 2, to: 4, lost: 3 }));
    assert_eq!(seqs(&received), [1, 5, 6]);
}

proptest! {
    /// Whatever is emitted and read in whatever order: numbers rise, nothing comes twice, and each event that was let
    /// through is delivered, within a gap, or superseded by a later one of its object and kind.
    #[test]
    fn every_event_is_accounted_for(steps in prop::collection::vec((0..4_u128, any::<bool>(), any::<bool>()), 0..200), capacity in 1..6_usize, coalesce: bool) {
        let bus = EventBus::new();
        let policy = if coalesce { Policy::coalesce() } else { Policy::drop_oldest() };
        let mut stream = subscribe(&bus, policy.capacity(capacity));
        let mut emitted = Vec::new();
        let mut received = Vec::new();
        for (number, is_reboot, read) in steps {
            emitted.push(if is_reboot { reboot(&bus, number) } else { emit(&bus, number) });
            prop_assert!(stream.stats().queued <= capacity);
            if read {
                received.extend(stream.try_recv());
            }
        }
        received.extend(due(&mut stream));
        let mut last = 0;
        let (mut lost, mut delivered) = (0, 0);
        for delivery in &received {
            let (from, to) = match delivery {
                Delivery::Event(event) => { delivered += 1; (event.seq, event.seq) }
                Delivery::Gap(gap) => { lost += gap.lost; (gap.from, gap.to) }
            };
            prop_assert!(from > last && to >= from, "{:?}", received);
            last = to;
        }
        let stats = stream.stats();
        prop_assert_eq!(lost, stats.lost);
        prop_assert_eq!(delivered + stats.lost + stats.coalesced, emitted.len() as u64);
        prop_assert!(coalesce || stats.coalesced == 0);
        // The latest of each object and kind is delivered or was told to be lost.
        for event in &emitted {
            let is_told = received.iter().any(|delivery| match delivery {
                Delivery::Event(told) => told.seq == event.seq
                    || (coalesce && told.seq > event.seq && told.object == event.object && told.kind() == event.kind()),
                Delivery::Gap(gap) => coalesce || (gap.from..=gap.to).contains(&event.seq),
            });
            prop_assert!(is_told, "{:?} in {:?}", event, received);
        }
    }
}
