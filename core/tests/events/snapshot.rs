//! The state, then every event after it.

use crate::support::{LONG, domain, due, emit, seqs};
use omnivirt_core::event::{BalloonChange, Cause, Event, EventBody};
use omnivirt_core::events::{Contained, Delivery, EventBus, EventFilter, EventStream, Gap, Policy};
use omnivirt_core::{Error, ErrorKind, ObjectRef};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[tokio::test]
async fn what_the_state_contains_does_not_come_again() {
    let bus = EventBus::new();
    (0..3).for_each(|_| drop(emit(&bus, 1)));
    let begun = bus.snapshot_then_stream(EventFilter::all(), Policy::default(), async || {
        // Both happen after the registration; only the first is in the state.
        emit(&bus, 1);
        let contained = Contained::up_to(bus.last_seq());
        emit(&bus, 1);
        Ok(("state", contained))
    });
    let mut begun = begun.await.unwrap();
    assert_eq!((begun.state, begun.seq), ("state", 4));
    emit(&bus, 1);
    assert_eq!(seqs(&due(&mut begun.stream)), [5, 6]);
}

#[tokio::test]
async fn objects_looked_at_later_contain_more() {
    let bus = EventBus::new();
    let begun = bus.snapshot_then_stream(EventFilter::all(), Policy::default(), async || {
        let contained = Contained::up_to(bus.last_seq());
        let first = emit(&bus, 1);
        let contained = contained.object(domain(1), first.object_seq);
        emit(&bus, 2);
        emit(&bus, 1);
        Ok(((), contained))
    });
    let mut begun = begun.await.unwrap();
    emit(&bus, 1);
    assert_eq!(seqs(&due(&mut begun.stream)), [2, 3, 4]);
}

#[tokio::test]
async fn a_gap_is_cut_to_what_the_state_does_not_contain() {
    let bus = EventBus::new();
    let take = async || {
        (0..4).for_each(|_| drop(emit(&bus, 1)));
        let contained = Contained::up_to(bus.last_seq());
        (0..2).for_each(|_| drop(emit(&bus, 1)));
        Ok(((), contained))
    };
    let mut begun =
        bus.snapshot_then_stream(EventFilter::all(), Policy::default().capacity(1), take).await.unwrap();
    let received = due(&mut begun.stream);
    assert!(matches!(received[0], Delivery::Gap(Gap { from: 5, to: 5, .. })), "{received:?}");
    assert_eq!(seqs(&received), [6]);
}

#[tokio::test]
async fn a_state_that_cannot_be_taken_leaves_no_registration() {
    let bus = EventBus::new();
    let failed = bus
        .snapshot_then_stream(EventFilter::all(), Policy::default(), async || {
            Err::<((), Contained), _>(Error::new(ErrorKind::Internal, "no state"))
        })
        .await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(bus.stats().registrations, 0);
}

/// A driver's state: the balloon of each domain, and the number of the event that said so.
#[derive(Default)]
struct Domain {
    actual_kib: u64,
    object_seq: u64,
}

type State = HashMap<ObjectRef, u64>;

fn apply(state: &mut State, event: &Event) {
    let EventBody::BalloonChange(change) = &event.body else { panic!("{event:?}") };
    let now = state.entry(event.object.clone().unwrap()).or_default();
    assert_eq!(change.actual_kib, *now + 1, "each event comes once, and none is left out");
    *now = change.actual_kib;
}

/// Follows until every domain is where the driver left it.
fn follow(mut state: State, stream: &mut EventStream, end: u64) {
    let deadline = std::time::Instant::now() + LONG;
    while state.values().any(|value| *value < end) {
        match stream.try_recv() {
            Some(delivery) => apply(&mut state, delivery.event().expect("no gap")),
            None => thread::yield_now(),
        }
        assert!(std::time::Instant::now() < deadline, "stuck at {state:?}");
    }
    assert_eq!(stream.try_recv(), None);
}

const DOMAINS: u128 = 8;
const CHANGES: u64 = 400;

#[test]
fn while_everything_changes_under_one_lock_the_state_and_the_stream_fit() {
    let bus = EventBus::new();
    let state: Arc<Mutex<State>> =
        Arc::new(Mutex::new((0..DOMAINS).map(|number| (domain(number).into(), 0)).collect()));
    let change = |number: u128| {
        let mut state = state.lock().unwrap();
        let value = state.get_mut(&domain(number).into()).unwrap();
        *value += 1;
        bus.emit(domain(number), Cause::guest(), BalloonChange::new(*value));
    };
    let snapshot = || {
        let take = async || {
            let state = state.lock().unwrap();
            Ok((state.clone(), Contained::up_to(bus.last_seq())))
        };
        pollster(bus.snapshot_then_stream(EventFilter::all(), Policy::unbounded(), take)).unwrap()
    };
    thread::scope(|scope| {
        for number in 0..DOMAINS {
            scope.spawn(move || (0..CHANGES).for_each(|_| change(number)));
        }
        for _ in 0..20 {
            let mut begun = snapshot();
            follow(begun.state, &mut begun.stream, CHANGES);
        }
    });
}

#[test]
fn while_everything_changes_under_many_locks_the_state_and_the_stream_fit() {
    let bus = EventBus::new();
    let domains: Vec<Mutex<Domain>> = (0..DOMAINS).map(|_| Mutex::default()).collect();
    let change = |number: u128| {
        let mut domain_state = domains[number as usize].lock().unwrap();
        domain_state.actual_kib += 1;
        let event = bus.emit(domain(number), Cause::guest(), BalloonChange::new(domain_state.actual_kib));
        domain_state.object_seq = event.object_seq;
    };
    let snapshot = || {
        let take = async || {
            // The list of domains does not change here, so there is no lock of it to hold.
            let mut contained = Contained::up_to(0);
            let mut state = State::new();
            for (number, domain_state) in domains.iter().enumerate() {
                let domain_state = domain_state.lock().unwrap();
                contained = contained.object(domain(number as u128), domain_state.object_seq);
                state.insert(domain(number as u128).into(), domain_state.actual_kib);
                drop(domain_state);
                thread::yield_now();
            }
            Ok((state, contained))
        };
        pollster(bus.snapshot_then_stream(EventFilter::all(), Policy::unbounded(), take)).unwrap()
    };
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..DOMAINS {
            scope.spawn(move || (0..CHANGES).for_each(|_| change(number)));
        }
        for _ in 0..20 {
            let mut begun = snapshot();
            follow(begun.state, &mut begun.stream, CHANGES);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(is_over.load(Ordering::Relaxed));
}

fn pollster<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
