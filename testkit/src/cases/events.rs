//! The event contract, rule by rule.

mod barrier;
mod closing;
mod delivering;
mod filters;
mod lag;
mod order;
mod snapshot;

use crate::case::{Case, Need};
use crate::failure::{Failure, Outcome};
use omnivirt_core::event::Event;
use omnivirt_core::events::Delivery;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(super) fn cases() -> Vec<Case> {
    let all = [
        barrier::cases(),
        closing::cases(),
        delivering::cases(),
        filters::cases(),
        lag::cases(),
        order::cases(),
        snapshot::cases(),
    ];
    all.concat().into_iter().map(|case| case.and(Need::Events)).collect()
}

/// How long a delivery may be on its way that must come.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// What a callback was called with.
#[derive(Debug)]
struct Received(UnboundedReceiver<Delivery>);

impl Received {
    /// The next call that must come.
    async fn next(&mut self) -> Outcome<Delivery> {
        match tokio::time::timeout(ON_ITS_WAY, self.0.recv()).await {
            Ok(Some(delivery)) => Ok(delivery),
            Ok(None) => Err(Failure::new("the callback was dropped")),
            Err(_) => Err(Failure::new("a call that must come does not")),
        }
    }

    /// The next call that must come with an event.
    async fn event(&mut self) -> Outcome<Arc<Event>> {
        event_of(self.next().await?)
    }

    /// The next call, if it was made already.
    fn made(&mut self) -> Option<Delivery> {
        self.0.try_recv().ok()
    }
}

/// A callback that notes what it is called with, and the notes.
fn noting() -> (impl FnMut(&Delivery) + Send + 'static, Received) {
    let (sender, receiver): (UnboundedSender<Delivery>, _) = unbounded_channel();
    // Once the case is over nobody reads any more.
    let callback = move |delivery: &Delivery| drop(sender.send(delivery.clone()));
    (callback, Received(receiver))
}

fn event_of(delivery: Delivery) -> Outcome<Arc<Event>> {
    match delivery {
        Delivery::Event(event) => Ok(event),
        Delivery::Gap(gap) => Err(Failure::new(format!("events were lost: {gap:?}"))),
    }
}
