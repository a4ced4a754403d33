//! Callbacks: on the bus's own threads, or when the program delivers.

use super::{event_of, noting};
use crate::action::Action;
use crate::case::Case;
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::events::{EventFilter, Policy};
use omnivirt_core::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::fd::AsFd;
use std::sync::{Arc, mpsc};

pub(super) fn cases() -> Vec<Case> {
    rules!["events":
        the_same_again_is_another_registration [CONNECTION_DEFINE]
            "the same filter, policy and callback again is another registration with its own id",
        nothing_is_called_until_delivered [CONNECTION_DEFINE]
            "a pending callback is called by deliver_pending and never else, which says how many calls it made",
        the_descriptor_is_readable_while_due [CONNECTION_DEFINE]
            "the descriptor is readable exactly while deliver_pending has something to do",
        delivering_inside_a_callback_does_nothing [CONNECTION_DEFINE]
            "deliver_pending from inside a callback does nothing and says so",
        a_callback_cannot_trap_deliver_pending [CONNECTION_DEFINE]
            "what a callback causes waits for the next deliver_pending",
        a_slow_callback_delays_nobody [CONNECTION_DEFINE, DOMAIN_START]
            "a callback that does not return delays no other registration, and no call",
        a_callback_can_make_calls [CONNECTION_DEFINE]
            "a callback can call the connection whose events it is told: no lock is held around it",
        a_callback_that_panics_is_deregistered [CONNECTION_DEFINE]
            "a callback that panics is reported and called no more; all others go on",
    ]
}

async fn the_same_again_is_another_registration(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let (sender, calls) = mpsc::channel();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let sender = sender.clone();
        // The receiver outlives the connection's events.
        let callback = move |_: &_| sender.send(()).expect("the case still listens");
        ids.push(connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?);
    }
    ensure!(ids[0] != ids[1], "both registrations have the id {}", ids[0]);
    rig.domain(Life::ShutOff).await?;
    ensure_eq!(connection.deliver_pending()?, 2, "how many calls one event makes");
    connection.event_deregister(ids[0]).await?;
    rig.domain(Life::ShutOff).await?;
    ensure_eq!(connection.deliver_pending()?, 1, "how many calls one event makes when one is deregistered");
    ensure_eq!(calls.try_iter().count(), 3, "how often the callbacks were called");
    Ok(())
}

async fn nothing_is_called_until_delivered(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let mut watch = Watch::all(connection).await?;
    let (callback, mut called) = noting();
    connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?;
    let domain = rig.domain(Life::ShutOff).await?;
    rig.cause_events(&domain, 2).await?;
    for _ in 0..3 {
        watch.next().await?;
    }
    ensure!(called.made().is_none(), "the callback was called before anything was delivered");
    ensure_eq!(connection.deliver_pending()?, 3, "how many calls were made");
    ensure_eq!(std::iter::from_fn(|| called.made()).count(), 3, "how often the callback was called");
    ensure_eq!(connection.deliver_pending()?, 0, "how many calls are made when nothing is due");
    Ok(())
}

fn is_readable(descriptor: impl AsFd) -> Outcome<bool> {
    let now = Timespec::default();
    let ready = poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&now));
    Ok(ready.map_err(|error| Failure::new(format!("the descriptor cannot be polled: {error}")))? > 0)
}

async fn the_descriptor_is_readable_while_due(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let mut watch = Watch::all(connection).await?;
    let descriptor = connection.event_descriptor()?;
    let id = connection.on_event_pending(EventFilter::all(), Policy::default(), |_| {}).await?;
    ensure!(!is_readable(&descriptor)?, "the descriptor is readable before anything is due");
    for _ in 0..2 {
        rig.domain(Life::ShutOff).await?;
        watch.next().await?;
        ensure!(is_readable(&descriptor)?, "the descriptor is not readable though a call is due");
        connection.deliver_pending()?;
        ensure!(!is_readable(&descriptor)?, "the descriptor is readable though nothing is due");
    }
    rig.domain(Life::ShutOff).await?;
    connection.event_deregister(id).await?;
    ensure!(!is_readable(&descriptor)?, "the descriptor is readable for a registration that is gone");
    Ok(())
}

async fn delivering_inside_a_callback_does_nothing(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let (sender, answers) = mpsc::channel();
    let inner = connection.clone();
    let callback = move |_: &_| sender.send(inner.deliver_pending()).expect("the case still listens");
    connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?;
    let domain = rig.domain(Life::ShutOff).await?;
    rig.cause_events(&domain, 1).await?;
    ensure_eq!(connection.deliver_pending()?, 2, "how many calls were made");
    for answer in answers.try_iter() {
        refused(answer, ErrorKind::InvalidState, "delivering from inside a callback")?;
    }
    Ok(())
}

async fn a_callback_cannot_trap_deliver_pending(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection().clone();
    let domain = rig.domain(Life::ShutOff).await?;
    let (runtime, causing, caused) = (tokio::runtime::Handle::current(), rig.clone(), domain.clone());
    let callback = move |_: &_| {
        // Each call causes the event of another one.
        runtime.block_on(causing.cause_events(&caused, 1)).expect("a domain can be defined again");
    };
    connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?;
    rig.cause_events(&domain, 2).await?;
    let deliveries =
        tokio::task::spawn_blocking(move || (connection.deliver_pending(), connection.deliver_pending()));
    let (first, second) =
        deliveries.await.map_err(|error| Failure::new(format!("the callback panicked: {error}")))?;
    ensure_eq!(first?, 2, "how many calls were made for the two events that were due");
    ensure_eq!(second?, 2, "how many calls were made for the two events that the callback caused");
    Ok(())
}

async fn a_slow_callback_delays_nobody(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let (release, released) = mpsc::channel::<()>();
    let (callback, mut called) = noting();
    let mut note = callback;
    let slow = move |delivery: &_| {
        note(delivery);
        // Ends when the case is over, however it ends.
        let _ = released.recv();
    };
    connection.on_event(EventFilter::all(), Policy::default(), slow).await?;
    let (callback, mut quick) = noting();
    connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    let mut stream = connection.subscribe(EventFilter::all(), Policy::default()).await?;

    let domain = rig.domain(Life::ShutOff).await?;
    called.next().await?;
    Action::Start.make(&domain).await?;
    for _ in 0..2 {
        quick.event().await?;
        let received = tokio::time::timeout(super::ON_ITS_WAY, stream.recv()).await;
        let delivery =
            received.ok().flatten().ok_or_else(|| Failure::new("the stream waits for a slow callback"))?;
        event_of(delivery)?;
    }
    ensure!(called.made().is_none(), "the slow callback was called again while it ran");
    drop(release);
    called.next().await?;
    Ok(())
}

async fn a_callback_can_make_calls(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let (runtime, causing, caused) = (tokio::runtime::Handle::current(), rig.clone(), domain.clone());
    let (mut note, mut called) = noting();
    let mut is_first = true;
    let callback = move |delivery: &_| {
        if std::mem::take(&mut is_first) {
            runtime.block_on(causing.cause_events(&caused, 1)).expect("a domain can be defined again");
        }
        note(delivery);
    };
    rig.connection().on_event(EventFilter::all(), Policy::default(), callback).await?;
    rig.cause_events(&domain, 1).await?;
    let (first, second) = (called.event().await?, called.event().await?);
    ensure!(second.seq > first.seq, "event {} is told after event {}", second.seq, first.seq);
    Ok(())
}

async fn a_callback_that_panics_is_deregistered(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    // Without the panic hook: the suite's output is no place for a panic that is meant.
    let panics = |_: &_| std::panic::resume_unwind(Box::new("a callback that panics on purpose"));
    let bad = connection.on_event(EventFilter::all(), Policy::default(), panics).await?;
    let (callback, mut good) = noting();
    connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    let domain = rig.domain(Life::ShutOff).await?;
    rig.cause_events(&domain, 2).await?;
    for _ in 0..3 {
        good.event().await?;
    }
    // Waits for the call that panics, should it still run.
    let known = connection.event_deregister(bad).await;
    if known.is_ok() {
        rig.cause_events(&domain, 1).await?;
        good.event().await?;
    }
    refused(connection.event_deregister(bad).await, ErrorKind::NotFound, "deregistering it again")?;
    let reported = connection.driver().events().map(|bus| bus.stats().panics);
    ensure_eq!(reported, Some(1), "how many callbacks are reported to have panicked");
    Ok(())
}
