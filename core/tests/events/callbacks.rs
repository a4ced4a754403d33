//! Callbacks on the threads of the bus.

use crate::support::{LONG, collector, domain, emit, seqs, stuck};
use omnivirt_core::event::{Cause, Reboot};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy};
use omnivirt_core::{DomainRef, ErrorKind, Uuid};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

#[test]
fn a_stuck_callback_delays_no_other_and_no_emitter() {
    let bus = EventBus::new();
    let mut stuck_ones = Vec::new();
    for _ in 0..20 {
        let (callback, entered, let_go) = stuck();
        bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
        stuck_ones.push((entered, let_go));
    }
    let (callback, received) = collector();
    bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    for (entered, _) in &stuck_ones {
        assert_eq!(entered.recv_timeout(LONG).unwrap(), 1);
    }
    for expected in 1..=1_000 {
        if expected > 1 {
            emit(&bus, 1);
        }
        assert_eq!(received.recv_timeout(LONG).unwrap().event().unwrap().seq, expected);
    }
    for (entered, let_go) in stuck_ones {
        drop(let_go);
        assert_eq!(entered.recv_timeout(LONG).unwrap(), 2);
    }
}

#[test]
fn no_two_calls_of_a_callback_run_at_the_same_time() {
    let bus = EventBus::new();
    let (inside, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (done, is_done) = channel();
    let total = 20_000;
    {
        let (inside, calls) = (inside.clone(), calls.clone());
        let callback = move |_: &Delivery| {
            assert!(!inside.swap(true, Ordering::SeqCst));
            std::thread::yield_now();
            inside.store(false, Ordering::SeqCst);
            if calls.fetch_add(1, Ordering::SeqCst) + 1 == total {
                done.send(()).unwrap();
            }
        };
        bus.register(EventFilter::all(), Policy::unbounded(), callback).unwrap();
    }
    std::thread::scope(|scope| {
        for number in 0..2 {
            let bus = &bus;
            scope.spawn(move || (0..total / 2).for_each(|_| drop(emit(bus, number))));
        }
    });
    is_done.recv_timeout(LONG).unwrap();
    assert_eq!(bus.stats().panics, 0);
}

#[test]
fn a_callback_that_panics_is_deregistered_and_the_bus_goes_on() {
    let bus = EventBus::new();
    let (callback, received) = collector();
    let panics =
        |delivery: &Delivery| assert_eq!(delivery.event().map(|event| event.seq), Some(1), "on purpose");
    let id = bus.register(EventFilter::all(), Policy::default(), panics).unwrap();
    bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    (0..5).for_each(|_| drop(emit(&bus, 1)));
    let received: Vec<_> = (0..5).map(|_| received.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(seqs(&received), [1, 2, 3, 4, 5]);
    while bus.stats().panics == 0 {
        std::thread::yield_now();
    }
    assert_eq!((bus.stats().panics, bus.stats().registrations), (1, 1));
    assert_eq!(bus.registration_stats(id).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_callback_may_emit_register_and_deregister() {
    let bus = EventBus::new();
    let (inner, received) = collector();
    let mut inner = Some(inner);
    let within = bus.clone();
    let callback = move |_: &Delivery| {
        let Some(inner) = inner.take() else { return };
        let id = within.register(EventFilter::of(domain(2)), Policy::default(), inner).unwrap();
        emit(&within, 2);
        assert_eq!(within.registration_stats(id).unwrap().lost, 0);
    };
    let id = bus.register(EventFilter::of(domain(1)), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    assert_eq!(seqs(&[received.recv_timeout(LONG).unwrap()]), [2]);
    bus.deregister_blocking(id).unwrap();
}

#[test]
fn the_statistics_of_a_registration_add_up() {
    let bus = EventBus::new();
    let (callback, received) = collector();
    let filter = EventFilter::all().expression(r#"object.name == "a""#);
    let id = bus.register(filter, Policy::default(), callback).unwrap();
    for name in ["a", "b", "a", "c"] {
        bus.emit(DomainRef::new(name, Uuid::nil(), None), Cause::guest(), Reboot::new());
    }
    assert_eq!(seqs(&[received.recv_timeout(LONG).unwrap(), received.recv_timeout(LONG).unwrap()]), [1, 3]);
    let stats = bus.registration_stats(id).unwrap();
    assert_eq!((stats.filtered, stats.expression_errors, stats.lost), (2, 0, 0));
}
