//! Numbers, times, and who receives what.

use crate::support::{LONG, collector, domain, due, emit, kinds, reboot, seqs};
use omnivirt_core::event::{BalloonChange, Cause, CloseReason, EventKind, Initiator};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy};
use omnivirt_core::{ErrorKind, ObjectRef, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

#[test]
fn numbers_rise_by_one_for_the_source_and_for_each_object() {
    let bus = EventBus::new();
    let first: Vec<_> = [1, 2, 1, 1, 2].into_iter().map(|number| emit(&bus, number)).collect();
    assert_eq!(first.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(first[2].object_seq, first[0].object_seq + 1);
    assert_eq!(first[3].object_seq, first[2].object_seq + 1);
    assert_eq!(first[4].object_seq, first[1].object_seq + 1);
    assert!(first.iter().all(|event| event.epoch == bus.epoch()));
    assert_eq!(bus.last_seq(), 5);
    assert_ne!(EventBus::new().epoch(), bus.epoch());
}

#[test]
fn an_object_that_comes_again_goes_on_with_higher_numbers() {
    let bus = EventBus::new();
    (0..10).for_each(|_| drop(emit(&bus, 1)));
    let last = emit(&bus, 1).object_seq;
    bus.forget_object(&domain(1).into());
    assert!(emit(&bus, 1).object_seq > last);
}

#[test]
fn time_is_the_clocks_or_the_sources() {
    let now = Arc::new(AtomicI64::new(5));
    let clock = now.clone();
    let bus = EventBus::with_clock(move || Timestamp::from_nanoseconds(clock.load(Ordering::Relaxed)));
    assert_eq!(emit(&bus, 1).time, Timestamp::from_nanoseconds(5));
    now.store(9, Ordering::Relaxed);
    assert_eq!(emit(&bus, 1).time, Timestamp::from_nanoseconds(9));
    let told = Timestamp::from_nanoseconds(3);
    assert_eq!(bus.emit_at(told, domain(1), Cause::guest(), BalloonChange::new(1)).time, told);
}

#[test]
fn the_cause_goes_with_the_event() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    bus.emit(domain(1), Cause::client(7).who("root"), BalloonChange::new(1));
    let event = stream.try_recv().unwrap().event().cloned().unwrap();
    assert_eq!((event.cause.initiator, event.cause.request_id), (Initiator::Client, Some(7)));
}

#[test]
fn kinds_and_objects_decide_who_receives() {
    let bus = EventBus::new();
    let subscribe = |filter| bus.subscribe(filter, Policy::default()).unwrap();
    let kind = [EventKind::Reboot];
    let mut all = subscribe(EventFilter::all());
    let mut reboots = subscribe(EventFilter::all().kinds(kind));
    let mut first = subscribe(EventFilter::of(domain(1)));
    let mut both =
        subscribe(EventFilter::of(domain(1)).object(domain(2)).object(domain(1)).kinds(kind).kinds(kind));
    for number in [1, 2, 3] {
        emit(&bus, number);
        reboot(&bus, number);
    }
    assert_eq!(seqs(&due(&mut all)), [1, 2, 3, 4, 5, 6]);
    assert_eq!(seqs(&due(&mut reboots)), [2, 4, 6]);
    assert_eq!(seqs(&due(&mut first)), [1, 2]);
    assert_eq!(seqs(&due(&mut both)), [2, 4]);
}

#[test]
fn the_same_registration_again_is_another_one() {
    let bus = EventBus::new();
    let register = || {
        let (callback, received) = collector();
        (bus.register(EventFilter::of(domain(1)), Policy::default(), callback).unwrap(), received)
    };
    let (first, second) = (register(), register());
    assert_ne!(first.0, second.0);
    emit(&bus, 1);
    for (_, received) in [&first, &second] {
        assert_eq!(received.recv_timeout(LONG).unwrap().event().unwrap().seq, 1);
    }
    bus.deregister_blocking(first.0).unwrap();
    emit(&bus, 1);
    assert_eq!(second.1.recv_timeout(LONG).unwrap().event().unwrap().seq, 2);
    assert_eq!(first.1.try_iter().count(), 0);
}

#[test]
fn with_many_emitting_at_once_every_delivery_is_in_order() {
    const THREADS: u128 = 4;
    const EVENTS: usize = 2_000;
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::unbounded()).unwrap();
    let (callback, called) = collector();
    bus.register(EventFilter::all(), Policy::unbounded(), callback).unwrap();
    let inbox = bus.inbox();
    let (callback, collected) = collector();
    inbox.register(EventFilter::all(), Policy::unbounded(), callback).unwrap();
    let start = Arc::new(Barrier::new(THREADS as usize));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (bus, start) = (&bus, start.clone());
            scope.spawn(move || {
                start.wait();
                let mut last = 0;
                for _ in 0..EVENTS {
                    let event = emit(bus, number);
                    assert!(event.object_seq > last, "the emitter's own order");
                    last = event.object_seq;
                }
            });
        }
    });
    inbox.deliver_pending().unwrap();
    let total = THREADS as usize * EVENTS;
    let called: Vec<_> = (0..total).map(|_| called.recv_timeout(LONG).unwrap()).collect();
    for received in [due(&mut stream), called, collected.try_iter().collect()] {
        assert_eq!(seqs(&received), (1..=total as u64).collect::<Vec<_>>());
        let mut last: HashMap<ObjectRef, u64> = HashMap::new();
        for event in received.iter().filter_map(Delivery::event) {
            let object = event.object.clone().unwrap();
            let before = last.insert(object, event.object_seq);
            assert!(before.is_none_or(|before| event.object_seq == before + 1));
        }
    }
}

#[test]
fn nothing_is_received_that_came_before_the_registration() {
    let bus = EventBus::new();
    emit(&bus, 1);
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    emit(&bus, 1);
    assert_eq!(seqs(&due(&mut stream)), [2]);
}

#[test]
fn a_closed_bus_takes_no_registration() {
    let bus = EventBus::new();
    drop(bus.close(CloseReason::Client));
    let error = bus.subscribe(EventFilter::all(), Policy::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionClosed);
}

#[test]
fn a_dropped_stream_is_deregistered() {
    let bus = EventBus::new();
    let stream = bus.subscribe(EventFilter::of(domain(1)), Policy::default()).unwrap();
    assert_eq!(bus.stats().registrations, 1);
    drop(stream);
    assert_eq!(bus.stats().registrations, 0);
    assert_eq!(kinds(&[Delivery::Event(emit(&bus, 1))]), [EventKind::BalloonChange]);
}
