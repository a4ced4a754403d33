//! Deregistering: when it has returned, no call runs or will start.

use crate::support::{LONG, collector, domain, emit, stuck};
use omnivirt_core::ErrorKind;
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy, RegistrationId};
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};

#[test]
fn it_waits_for_the_call_that_runs() {
    let bus = EventBus::new();
    let (callback, entered, let_go) = stuck();
    let id = bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    (0..3).for_each(|_| drop(emit(&bus, 1)));
    entered.recv_timeout(LONG).unwrap();
    let mut deregister = pin!(bus.deregister(id));
    let task = &mut Context::from_waker(Waker::noop());
    assert!(deregister.as_mut().poll(task).is_pending());
    assert!(deregister.as_mut().poll(task).is_pending());
    let_go.send(()).unwrap();
    let entered = std::thread::scope(|scope| {
        let done = scope.spawn(|| futures_block_on(deregister));
        done.join().unwrap().unwrap();
        entered.try_iter().count()
    });
    assert_eq!(entered, 0, "what waited is not called");
}

/// A second executor than the bus's own.
fn futures_block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn when_it_has_returned_the_callback_is_dropped() {
    let bus = EventBus::new();
    let (callback, received) = collector();
    let id = bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    received.recv_timeout(LONG).unwrap();
    bus.deregister_blocking(id).unwrap();
    assert!(matches!(received.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected)));
}

#[test]
fn from_inside_the_callback_it_returns_at_once_and_no_further_call_starts() {
    let bus = EventBus::new();
    let own_id = Arc::new(Mutex::new(None));
    let (sender, calls) = channel();
    let (within, known) = (bus.clone(), own_id.clone());
    let callback = move |delivery: &Delivery| {
        let id: RegistrationId = known.lock().unwrap().unwrap();
        sender.send((delivery.event().unwrap().seq, within.deregister_blocking(id))).unwrap();
    };
    let mut own_id = own_id.lock().unwrap();
    *own_id = Some(bus.register(EventFilter::all(), Policy::default(), callback).unwrap());
    (0..3).for_each(|_| drop(emit(&bus, 1)));
    drop(own_id);
    let (seq, answer) = calls.recv_timeout(LONG).unwrap();
    assert!(answer.is_ok() && seq == 1);
    assert!(calls.recv_timeout(LONG).is_err(), "the callback ends, and its sender with it");
}

#[test]
fn an_unknown_or_repeated_id_is_an_error_that_names_it() {
    let bus = EventBus::new();
    let (callback, _received) = collector();
    let id = bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    bus.deregister_blocking(id).unwrap();
    for id in [id, RegistrationId::from(u64::MAX)] {
        let error = bus.deregister_blocking(id).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.context("registration"), Some(id.to_string().as_str()));
    }
    let other = EventBus::new();
    let (callback, _received) = collector();
    let id = other.register(EventFilter::all(), Policy::default(), callback).unwrap();
    assert!(bus.deregister_blocking(id).is_err(), "an id of another bus");
}

#[test]
fn a_future_that_is_dropped_has_deregistered_all_the_same() {
    let bus = EventBus::new();
    let (callback, entered, let_go) = stuck();
    let id = bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    emit(&bus, 1);
    entered.recv_timeout(LONG).unwrap();
    {
        let mut deregister = pin!(bus.deregister(id));
        assert!(deregister.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let_go.send(()).unwrap();
    assert!(entered.recv_timeout(LONG).is_err(), "no second call, and the callback is dropped");
}

#[test]
fn two_callbacks_that_deregister_each_other_do_not_wait_for_ever() {
    for _ in 0..200 {
        let bus = EventBus::new();
        let ids = Arc::new(Mutex::new(Vec::new()));
        let both_inside = Arc::new(Barrier::new(2));
        let (sender, answers) = channel();
        for own in 0..2 {
            let (within, known, both_inside, sender) =
                (bus.clone(), ids.clone(), both_inside.clone(), sender.clone());
            let callback = move |_: &Delivery| {
                both_inside.wait();
                let other: RegistrationId = known.lock().unwrap()[1 - own];
                sender.send(within.deregister_blocking(other)).unwrap();
            };
            let id = bus.register(EventFilter::of(domain(own as u128)), Policy::default(), callback).unwrap();
            ids.lock().unwrap().push(id);
        }
        emit(&bus, 0);
        emit(&bus, 1);
        let answers: Vec<_> = (0..2).map(|_| answers.recv_timeout(LONG).unwrap()).collect();
        let errors: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        // The one may have been over before the other began to wait.
        assert!(
            errors.len() <= 1 && errors.iter().all(|error| error.kind() == ErrorKind::InvalidState),
            "{errors:?}"
        );
        assert_eq!(bus.stats().registrations, 0);
    }
}

#[test]
fn deregistering_another_from_inside_a_callback_waits_for_it() {
    let bus = EventBus::new();
    let (callback, entered, let_go) = stuck();
    let stuck_id = bus.register(EventFilter::of(domain(1)), Policy::default(), callback).unwrap();
    let (sender, answers) = channel();
    let within = bus.clone();
    let deregisters = move |_: &Delivery| sender.send(within.deregister_blocking(stuck_id)).unwrap();
    bus.register(EventFilter::of(domain(2)), Policy::default(), deregisters).unwrap();
    emit(&bus, 1);
    entered.recv_timeout(LONG).unwrap();
    emit(&bus, 2);
    while bus.registration_stats(stuck_id).is_ok() {
        std::thread::yield_now();
    }
    assert!(answers.try_recv().is_err());
    let_go.send(()).unwrap();
    answers.recv_timeout(LONG).unwrap().unwrap();
}

#[test]
fn a_stream_that_is_deregistered_by_its_id_ends() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    emit(&bus, 1);
    bus.deregister_blocking(stream.id()).unwrap();
    let next = pin!(stream.recv()).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(next, Poll::Ready(None));
}
