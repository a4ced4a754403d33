//! What the tests share.

use omnivirt_core::event::{BalloonChange, Cause, Event, EventKind, Reboot};
use omnivirt_core::events::{Delivery, EventBus, EventStream};
use omnivirt_core::{DomainRef, Uuid};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Longer than anything takes that is not stuck: only a failing test waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn domain(number: u128) -> DomainRef {
    DomainRef::new(format!("domain{number}"), Uuid::from_u128(number), Some(1))
}

/// Emits a change of the balloon of the domain.
pub(crate) fn emit(bus: &EventBus, number: u128) -> Arc<Event> {
    bus.emit(domain(number), Cause::guest(), BalloonChange::new(1024))
}

/// Emits another kind of event.
pub(crate) fn reboot(bus: &EventBus, number: u128) -> Arc<Event> {
    bus.emit(domain(number), Cause::guest(), Reboot::new())
}

/// All that is due now.
pub(crate) fn due(stream: &mut EventStream) -> Vec<Delivery> {
    std::iter::from_fn(|| stream.try_recv()).collect()
}

pub(crate) fn seqs(deliveries: &[Delivery]) -> Vec<u64> {
    deliveries.iter().filter_map(|delivery| delivery.event().map(|event| event.seq)).collect()
}

pub(crate) fn kinds(deliveries: &[Delivery]) -> Vec<EventKind> {
    deliveries.iter().filter_map(|delivery| delivery.event().map(|event| event.kind())).collect()
}

/// A callback that passes on what it is called with.
pub(crate) fn collector() -> (impl FnMut(&Delivery) + Send + 'static, Receiver<Delivery>) {
    let (sender, receiver) = channel();
    let callback = move |delivery: &Delivery| {
        // The test may have ended.
        let _ = sender.send(delivery.clone());
    };
    (callback, receiver)
}

/// A callback that says when it is in a call, and stays there until it is let go.
pub(crate) fn stuck() -> (impl FnMut(&Delivery) + Send + 'static, Receiver<u64>, Sender<()>) {
    let (entered, has_entered) = channel();
    let (let_go, may_go) = channel();
    let callback = move |delivery: &Delivery| {
        let _ = entered.send(delivery.event().map_or(0, |event| event.seq));
        let _ = may_go.recv_timeout(LONG);
    };
    (callback, has_entered, let_go)
}
