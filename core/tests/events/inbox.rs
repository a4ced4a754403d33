//! Deliveries that the program calls for.

use crate::support::{LONG, collector, emit, seqs, stuck};
use omnivirt_core::ErrorKind;
use omnivirt_core::events::{Delivery, Descriptor, EventBus, EventFilter, Inbox, Policy};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

fn is_readable(descriptor: &Descriptor) -> bool {
    let mut polled = [PollFd::new(descriptor, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
}

fn register(inbox: &Inbox) -> std::sync::mpsc::Receiver<Delivery> {
    let (callback, received) = collector();
    inbox.register(EventFilter::all(), Policy::default(), callback).unwrap();
    received
}

#[test]
fn nothing_is_called_in_between() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let received = register(&inbox);
    (0..3).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(received.try_iter().count(), 0);
    assert_eq!(inbox.deliver_pending().unwrap(), 3);
    assert_eq!(seqs(&received.try_iter().collect::<Vec<_>>()), [1, 2, 3]);
    assert_eq!(inbox.deliver_pending().unwrap(), 0);
}

#[test]
fn calls_come_in_the_order_of_the_events() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (sender, received) = channel();
    for index in 0..3 {
        let sender = sender.clone();
        let callback =
            move |delivery: &Delivery| sender.send((delivery.event().unwrap().seq, index)).unwrap();
        inbox.register(EventFilter::all(), Policy::default(), callback).unwrap();
    }
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(inbox.deliver_pending().unwrap(), 6);
    assert_eq!(received.try_iter().collect::<Vec<_>>(), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]);
}

#[test]
fn callbacks_that_cause_events_cannot_trap_it() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let within = bus.clone();
    inbox.register(EventFilter::all(), Policy::default(), move |_| drop(emit(&within, 1))).unwrap();
    (0..5).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(inbox.deliver_pending().unwrap(), 5);
    assert_eq!(bus.last_seq(), 10);
    assert_eq!(inbox.deliver_pending().unwrap(), 5);
}

#[test]
fn from_inside_a_callback_it_does_nothing_and_says_so() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (sender, answers) = channel();
    let within = inbox.clone();
    let to_inbox = sender.clone();
    inbox
        .register(EventFilter::all(), Policy::default(), move |_| {
            to_inbox.send(within.deliver_pending()).unwrap()
        })
        .unwrap();
    let within = inbox.clone();
    bus.register(EventFilter::all(), Policy::default(), move |_| {
        sender.send(within.deliver_pending()).unwrap()
    })
    .unwrap();
    emit(&bus, 1);
    let from_dispatcher = answers.recv_timeout(LONG).unwrap().unwrap_err();
    assert_eq!(inbox.deliver_pending().unwrap(), 1);
    let from_inbox = answers.try_recv().unwrap().unwrap_err();
    for error in [from_dispatcher, from_inbox] {
        assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn two_threads_cannot_deliver_from_it_at_once() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (callback, entered, let_go) = stuck();
    inbox.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| inbox.deliver_pending());
        entered.recv_timeout(LONG).unwrap();
        assert_eq!(inbox.deliver_pending().unwrap_err().kind(), ErrorKind::ResourceBusy);
        let_go.send(()).unwrap();
        assert_eq!(first.join().unwrap().unwrap(), 1);
    });
    assert_eq!(inbox.deliver_pending().unwrap(), 0);
}

#[test]
fn the_descriptor_is_readable_exactly_while_deliveries_are_due() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (callback, received) = collector();
    let id = inbox.register(EventFilter::all(), Policy::default(), callback).unwrap();
    let early = inbox.descriptor().unwrap();
    assert!(!is_readable(&early));
    emit(&bus, 1);
    assert!(is_readable(&early));
    assert!(is_readable(&inbox.descriptor().unwrap()), "one that is asked for late");
    emit(&bus, 1);
    inbox.deliver_pending().unwrap();
    assert!(!is_readable(&early));
    emit(&bus, 1);
    assert!(is_readable(&early));
    bus.deregister_blocking(id).unwrap();
    assert!(!is_readable(&early), "nothing is due for whom is no longer there");
    assert_eq!(received.try_iter().count(), 2);
}

#[test]
fn a_program_that_empties_the_descriptor_itself_does_no_harm() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let received = register(&inbox);
    let descriptor = inbox.descriptor().unwrap();
    for _ in 0..3 {
        emit(&bus, 1);
        rustix::io::read(&descriptor, &mut [0; 8]).unwrap();
        assert_eq!(inbox.deliver_pending().unwrap(), 1);
    }
    emit(&bus, 1);
    assert!(is_readable(&descriptor));
    assert_eq!(received.try_iter().count(), 3);
}

#[test]
fn events_caused_by_callbacks_show_on_the_descriptor() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let descriptor = inbox.descriptor().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (within, shown, also_seen) = (bus.clone(), descriptor.clone(), seen.clone());
    inbox
        .register(EventFilter::all(), Policy::default(), move |_| {
            also_seen.lock().unwrap().push(is_readable(&shown));
            if within.last_seq() == 1 {
                emit(&within, 1);
            }
        })
        .unwrap();
    emit(&bus, 1);
    inbox.deliver_pending().unwrap();
    assert!(is_readable(&descriptor));
    inbox.deliver_pending().unwrap();
    assert!(!is_readable(&descriptor));
    assert_eq!(*seen.lock().unwrap(), [false, false]);
}

#[test]
fn a_panic_is_no_end_of_the_delivery() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    inbox.register(EventFilter::all(), Policy::default(), |_| panic!("on purpose")).unwrap();
    let received = register(&inbox);
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(inbox.deliver_pending().unwrap(), 3);
    assert_eq!(received.try_iter().count(), 2);
    assert_eq!((bus.stats().registrations, bus.stats().panics), (1, 1));
}

#[test]
fn a_callback_deregistered_by_another_is_not_called() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let victim = Arc::new(Mutex::new(None));
    let (within, known) = (bus.clone(), victim.clone());
    inbox
        .register(EventFilter::all(), Policy::default(), move |_| {
            let id = known.lock().unwrap().take();
            if let Some(id) = id {
                within.deregister_blocking(id).unwrap();
            }
        })
        .unwrap();
    let (callback, received) = collector();
    *victim.lock().unwrap() = Some(inbox.register(EventFilter::all(), Policy::default(), callback).unwrap());
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    assert_eq!(inbox.deliver_pending().unwrap(), 2);
    assert_eq!(received.try_iter().count(), 0);
}

#[test]
fn a_dropped_inbox_deregisters_what_is_in_it() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let received = register(&inbox);
    emit(&bus, 1);
    drop(inbox);
    assert_eq!(bus.stats().registrations, 0);
    assert!(received.recv_timeout(LONG).is_err(), "the callback is dropped, and its sender with it");
}
