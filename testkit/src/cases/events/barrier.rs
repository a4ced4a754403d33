//! Deregistering: a barrier.

use super::noting;
use crate::case::Case;
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::events::{EventFilter, Policy, RegistrationId};
use omnivirt_core::*;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;

pub(super) fn cases() -> Vec<Case> {
    rules!["events":
        deregistering_waits_for_the_call_that_runs [CONNECTION_DEFINE]
            "while a call of the callback runs, deregistering it waits",
        after_deregistering_nothing_is_called [CONNECTION_DEFINE]
            "once deregistering has returned, no call of the callback starts, due or not, and it is dropped",
        deregistering_from_inside_returns_at_once [CONNECTION_DEFINE]
            "a callback can deregister itself: that returns at once, and the call that runs is its last",
        an_unknown_id_is_named []
            "deregistering an id that no registration has, or has any more, is not_found and names it",
        a_dropped_stream_is_deregistered [CONNECTION_DEFINE]
            "a stream that is dropped is no registration any more",
    ]
}

async fn deregistering_waits_for_the_call_that_runs(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let (release, released) = mpsc::channel::<()>();
    let (mut note, mut called) = noting();
    let callback = move |delivery: &_| {
        note(delivery);
        // Ends when the case lets it, or is over.
        let _ = released.recv();
    };
    let id = connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    rig.domain(Life::ShutOff).await?;
    called.next().await?;
    let mut deregistering = pin!(connection.event_deregister(id));
    for _ in 0..10 {
        let answered = poll_fn(|task| Poll::Ready(deregistering.as_mut().poll(task).is_ready())).await;
        ensure!(!answered, "deregistering has returned while the callback runs");
        tokio::task::yield_now().await;
    }
    drop(release);
    let returned = tokio::time::timeout(super::ON_ITS_WAY, deregistering).await;
    Ok(returned.map_err(|_| Failure::new("deregistering does not return though the call is over"))??)
}

async fn after_deregistering_nothing_is_called(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(connection).await?;
    let (callback, mut called) = noting();
    let id = connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    let (callback, mut pending) = noting();
    let pending_id = connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?;
    rig.cause_events(&domain, 200).await?;
    connection.event_deregister(id).await?;
    connection.event_deregister(pending_id).await?;
    while called.made().is_some() {}
    rig.cause_events(&domain, 20).await?;
    watch.until_now(&rig).await?;
    ensure!(connection.deliver_pending()? == 0, "a call is made for a pending registration that is gone");
    ensure!(pending.made().is_none(), "a pending callback is called after it was deregistered");
    // The notes end when the callback that writes them is dropped.
    ensure!(
        called.next().await.is_err_and(|end| end.to_string().contains("dropped")),
        "the callback is called, or kept, after it was deregistered"
    );
    Ok(())
}

async fn deregistering_from_inside_returns_at_once(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(connection).await?;
    let own_id: Arc<Mutex<Option<RegistrationId>>> = Arc::default();
    let (sender, answers) = mpsc::channel();
    let (inner, id, runtime) = (connection.clone(), own_id.clone(), tokio::runtime::Handle::current());
    let callback = move |_: &_| {
        let id = id.lock().expect("the case does not panic").expect("it was set before the first event");
        // Called once more than it should be, it may outlive the case.
        let _ = sender.send(runtime.block_on(inner.event_deregister(id)));
    };
    let registered = connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    *own_id.lock().expect("the callback does not panic") = Some(registered);
    rig.cause_events(&domain, 10).await?;
    watch.until_now(&rig).await?;
    let answer = tokio::task::spawn_blocking(move || (answers.recv_timeout(super::ON_ITS_WAY), answers));
    let (first, answers) = answer.await.map_err(|error| Failure::new(error.to_string()))?;
    first.map_err(|_| Failure::new("deregistering from inside the callback does not return"))??;
    refused(connection.event_deregister(registered).await, ErrorKind::NotFound, "deregistering it again")?;
    ensure!(answers.try_recv().is_err(), "the callback was called again after it deregistered itself");
    Ok(())
}

async fn an_unknown_id_is_named(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let id = connection.on_event(EventFilter::all(), Policy::default(), |_| {}).await?;
    connection.event_deregister(id).await?;
    for unknown in [id, RegistrationId::from(u64::MAX)] {
        let Err(error) = connection.event_deregister(unknown).await else {
            return Err(Failure::new(format!("deregistering {unknown}, which there is not, succeeds")));
        };
        ensure!(error.kind() == ErrorKind::NotFound, "the error kind is {}: {error}", error.kind());
        ensure!(
            error.to_string().contains(&unknown.to_string()),
            "the error does not name the id {unknown}: {error}"
        );
    }
    Ok(())
}

async fn a_dropped_stream_is_deregistered(rig: Arc<Rig>) -> Outcome {
    let stream = rig.connection().subscribe(EventFilter::all(), Policy::default()).await?;
    let id = stream.id();
    rig.connection().event_stats(id)?;
    drop(stream);
    refused(rig.connection().event_stats(id), ErrorKind::NotFound, "asking about a stream that was dropped")
}
