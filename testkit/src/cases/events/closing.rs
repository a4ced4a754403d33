//! The end of a connection, as it is told.

use super::{event_of, noting};
use crate::case::Case;
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::event::{CloseReason, ConnectionClosed, EventBody, EventKind};
use omnivirt_core::events::{Delivery, EventFilter, Policy};
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["events":
        closing_delivers_what_waits_then_ends [CONNECTION_DEFINE]
            "closing delivers what was queued, then connection_closed with its reason, then ends the stream",
        closing_tells_callbacks_last_of_all [CONNECTION_DEFINE]
            "when closing has returned, callbacks have been told all, and connection_closed last",
        closing_is_told_whatever_the_filter []
            "a registration for other kinds is told that the connection was closed",
        after_closing_nobody_registers []
            "registering on a closed connection is refused as connection_closed",
    ]
}

fn closed() -> EventBody {
    ConnectionClosed::new(CloseReason::Client).into()
}

async fn closing_delivers_what_waits_then_ends(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut stream = rig.connection().subscribe(EventFilter::all(), Policy::default()).await?;
    rig.cause_events(&domain, 3).await?;
    rig.connection().close().await?;
    let mut told = Vec::new();
    while let Ok(Some(delivery)) = tokio::time::timeout(super::ON_ITS_WAY, stream.recv()).await {
        told.push(event_of(delivery)?);
    }
    let kinds: Vec<EventKind> = told.iter().map(|event| event.kind()).collect();
    let expected =
        [EventKind::Lifecycle, EventKind::Lifecycle, EventKind::Lifecycle, EventKind::ConnectionClosed];
    ensure_eq!(kinds, expected, "what is told to the end");
    ensure_eq!(told[3].body, closed(), "the last event");
    ensure_eq!(stream.recv().await, None, "what comes after the end");
    Ok(())
}

async fn closing_tells_callbacks_last_of_all(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let (callback, mut called) = noting();
    rig.connection().on_event(EventFilter::all(), Policy::default(), callback).await?;
    let (callback, mut pending) = noting();
    rig.connection().on_event_pending(EventFilter::all(), Policy::default(), callback).await?;
    rig.cause_events(&domain, 50).await?;
    rig.connection().close().await?;
    let told: Vec<Delivery> = std::iter::from_fn(|| called.made()).collect();
    ensure_eq!(told.len(), 51, "how often the callback was called when closing has returned");
    rig.connection().deliver_pending()?;
    let told_pending: Vec<Delivery> = std::iter::from_fn(|| pending.made()).collect();
    ensure_eq!(told_pending, told, "what the pending callback is told");
    let last = told.last().and_then(Delivery::event).map(|event| event.body.clone());
    ensure_eq!(last, Some(closed()), "the last event");
    Ok(())
}

async fn closing_is_told_whatever_the_filter(rig: Arc<Rig>) -> Outcome {
    let filter = EventFilter::all().kinds([EventKind::Watchdog]).expression("false");
    let mut stream = rig.connection().subscribe(filter, Policy::default()).await?;
    rig.connection().close().await?;
    let told = tokio::time::timeout(super::ON_ITS_WAY, stream.recv()).await.ok().flatten();
    let Some(told) = told else { return Err(Failure::new("nothing is told")) };
    ensure_eq!(event_of(told)?.body, closed(), "what is told");
    Ok(())
}

async fn after_closing_nobody_registers(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    connection.close().await?;
    let (filter, policy) = (EventFilter::all, Policy::default);
    refused(connection.subscribe(filter(), policy()).await, ErrorKind::ConnectionClosed, "subscribing")?;
    refused(
        connection.on_event(filter(), policy(), |_| {}).await,
        ErrorKind::ConnectionClosed,
        "registering",
    )?;
    let snapshot = connection.snapshot_then_stream(filter(), policy()).await;
    refused(snapshot, ErrorKind::ConnectionClosed, "taking the states")?;
    ensure!(connection.is_closed(), "the connection says that it is open");
    Ok(())
}
