//! The end: what was queued, then the reason, then nothing.

use crate::support::{LONG, collector, domain, due, emit, kinds, stuck};
use futures_util::StreamExt;
use omnivirt_core::event::{CloseReason, EventBody, EventKind};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy};
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::TryRecvError;
use std::task::{Context, Waker};

const END: [EventKind; 3] = [EventKind::BalloonChange, EventKind::BalloonChange, EventKind::ConnectionClosed];

#[tokio::test]
async fn streams_end_after_the_reason_whatever_they_filter() {
    let bus = EventBus::new();
    let stream = bus.subscribe(EventFilter::of(domain(1)), Policy::drop_oldest().capacity(2)).unwrap();
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    bus.close(CloseReason::Keepalive).await;
    emit(&bus, 1);
    let received: Vec<Delivery> = stream.collect().await;
    assert_eq!(kinds(&received), END);
    let last = received[2].event().unwrap();
    assert!(matches!(&last.body, EventBody::ConnectionClosed(body) if body.reason == CloseReason::Keepalive));
}

#[tokio::test]
async fn callbacks_have_been_called_when_closing_is_over() {
    let bus = EventBus::new();
    let (callback, received) = collector();
    bus.register(EventFilter::of(domain(1)), Policy::default(), callback).unwrap();
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    bus.close(CloseReason::Client).await;
    assert_eq!(kinds(&received.try_iter().collect::<Vec<_>>()), END);
    assert_eq!(received.try_recv(), Err(TryRecvError::Disconnected), "the callback is dropped");
    assert_eq!(bus.stats().registrations, 0);
    bus.close(CloseReason::Error).await;
    assert_eq!(bus.last_seq(), 3, "it ends once");
}

#[test]
fn closing_does_not_wait_unless_awaited() {
    let bus = EventBus::new();
    let (callback, entered, let_go) = stuck();
    bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    entered.recv_timeout(LONG).unwrap();
    let mut closing = pin!(bus.close(CloseReason::Client));
    assert!(closing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let_go.send(()).unwrap();
    assert_eq!(entered.recv_timeout(LONG).unwrap(), 2);
    let_go.send(()).unwrap();
    assert!(entered.recv_timeout(LONG).is_err());
}

#[test]
fn an_inbox_is_emptied_after_the_end() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (callback, received) = collector();
    inbox.register(EventFilter::all(), Policy::default(), callback).unwrap();
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    drop(bus.close(CloseReason::Client));
    assert_eq!(inbox.deliver_pending().unwrap(), 3);
    assert_eq!(kinds(&received.try_iter().collect::<Vec<_>>()), END);
    assert_eq!(received.try_recv(), Err(TryRecvError::Disconnected), "the callback is dropped");
}

#[test]
fn a_bus_that_is_dropped_closes() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    let (callback, received) = collector();
    bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    drop(bus);
    assert_eq!(kinds(&due(&mut stream)), END);
    assert_eq!(kinds(&(0..3).map(|_| received.recv_timeout(LONG).unwrap()).collect::<Vec<_>>()), END);
    assert!(received.recv_timeout(LONG).is_err());
}

#[tokio::test]
async fn a_full_queue_still_takes_the_end() {
    let bus = EventBus::new();
    let stream = bus.subscribe(EventFilter::all(), Policy::close().capacity(2)).unwrap();
    (0..2).for_each(|_| drop(emit(&bus, 1)));
    bus.close(CloseReason::Eof).await;
    assert_eq!(kinds(&stream.collect::<Vec<_>>().await), END);
}

#[test]
fn closing_from_inside_a_callback_does_not_wait_for_itself() {
    let bus = EventBus::new();
    let (mut collect, received) = collector();
    let within = bus.clone();
    let callback = move |delivery: &Delivery| {
        collect(delivery);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(within.close(CloseReason::Client));
    };
    bus.register(EventFilter::all(), Policy::default(), callback).unwrap();
    emit(&bus, 1);
    let received: Vec<_> = received.iter().collect();
    assert_eq!(kinds(&received), [EventKind::BalloonChange, EventKind::ConnectionClosed]);
}
