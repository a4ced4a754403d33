//! Order, numbers and causes.

use super::noting;
use crate::action::{Action, is_told_beside};
use crate::case::{Case, Need};
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::events::{EventFilter, Policy};
use omnivirt_core::*;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    let shared = rules!["events":
        connections_to_one_host_are_told_alike [CONNECTION_DEFINE]
            "what one connection causes is told to every other of the same host",
    ];
    let caused = rules!["events":
        the_cause_is_the_request [CONNECTION_DEFINE, DOMAIN_START]
            "an event says which request caused it",
    ];
    let rules = rules!["events":
        a_paused_start_is_told_in_order [CONNECTION_DEFINE, DOMAIN_START]
            "a domain that is started paused is told to have started, then to stand still",
        numbers_rise_by_one [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY]
            "events of one source are numbered without a hole, and so are those of each object",
        every_delivery_tells_the_same [CONNECTION_DEFINE]
            "a stream, a callback and a pending callback are told the same events in the same order",
        a_refused_call_is_not_told [CONNECTION_DEFINE]
            "a call that is refused causes no event",
        events_read_back [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY]
            "an event written as JSON, XML or a CloudEvent reads back as the same event",
    ];
    let shared = shared.into_iter().map(|case| case.and(Need::SharedHost));
    let caused = caused.into_iter().map(|case| case.and(Need::Causes));
    rules.into_iter().chain(shared).chain(caused).collect()
}

async fn a_paused_start_is_told_in_order(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.drive(domain.start(StartOptions::default().paused(true))).await?;
    let told = watch.of_until_now(&rig, &domain).await?;
    let changes: Vec<LifecycleChange> = told
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Lifecycle(lifecycle) => Some(lifecycle.change),
            _ => None,
        })
        .collect();
    let expected = [
        LifecycleChange::Started(StartedDetail::Booted),
        LifecycleChange::Suspended(SuspendedDetail::Paused),
    ];
    ensure_eq!(changes, expected, "the changes told");
    Ok(())
}

/// Takes a domain through several runs.
async fn live(rig: Arc<Rig>) -> Result<()> {
    let domain = rig.domain(Life::ShutOff).await?;
    for _ in 0..5 {
        Action::Start.make(&domain).await?;
        Action::Destroy.make(&domain).await?;
    }
    Ok(())
}

async fn numbers_rise_by_one(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    let lives: Vec<_> = (0..8).map(|_| tokio::spawn(live(rig.clone()))).collect();
    for life in lives {
        life.await.map_err(|error| Failure::new(format!("a task panicked: {error}")))??;
    }
    let events = watch.until_now(&rig).await?;
    ensure!(events.len() >= 8 * 11, "{} events for 8 definitions and 80 changes of state", events.len());
    let mut of_object: HashMap<ObjectRef, u64> = HashMap::new();
    for pair in events.windows(2) {
        ensure_eq!(pair[1].seq, pair[0].seq + 1, "the number after {}", pair[0].seq);
        ensure_eq!(pair[1].epoch, pair[0].epoch, "the run of the source");
        ensure!(pair[1].time >= pair[0].time, "event {} happened before the one before it", pair[1].seq);
    }
    for event in &events {
        let Some(object) = event.object.clone() else {
            return Err(Failure::new(format!("{event:?} has no object")));
        };
        if let Some(before) = of_object.insert(object, event.object_seq) {
            ensure_eq!(event.object_seq, before + 1, "the object's number in event {}", event.seq);
        }
    }
    Ok(())
}

async fn every_delivery_tells_the_same(rig: Arc<Rig>) -> Outcome {
    let connection = rig.connection();
    let mut watch = Watch::all(connection).await?;
    let (callback, mut called) = noting();
    connection.on_event(EventFilter::all(), Policy::default(), callback).await?;
    let (callback, mut pending) = noting();
    connection.on_event_pending(EventFilter::all(), Policy::default(), callback).await?;

    let domain = rig.domain(Life::ShutOff).await?;
    rig.cause_events(&domain, 20).await?;
    let events = watch.until_now(&rig).await?;
    ensure_eq!(events.len(), 21, "how many events the stream is told");
    connection.deliver_pending()?;
    for event in events {
        ensure_eq!(called.event().await?, event, "what the callback is told");
        ensure_eq!(pending.event().await?, event, "what the pending callback is told");
    }
    Ok(())
}

async fn the_cause_is_the_request(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let driver = rig.connection().driver();
    let cx = CallCx::new(&calls::DOMAIN_START, driver.info().name, CallSettings::default().into());
    rig.drive(driver.lifecycle().start(&cx, domain.reference(), &StartOptions::default())).await?;
    let told = watch.of_until_now(&rig, &domain).await?;
    ensure!(!told.is_empty(), "nothing is told of a start");
    for event in told.iter().filter(|event| !is_told_beside(&event.body)) {
        ensure_eq!(event.cause.request_id, Some(cx.request_id()), "the request that caused {:?}", event.body);
    }
    Ok(())
}

async fn a_refused_call_is_not_told(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let second = DomainRef::new(domain.name(), rig.fresh().uuid, None);
    let answer = rig.connection().define(&rig.xml(&second), DefineOptions::default()).await;
    crate::failure::refused(answer, ErrorKind::AlreadyExists, "a name that is taken")?;
    let told = watch.until_now(&rig).await?;
    ensure!(told.is_empty(), "a call that was refused is told as {told:?}");
    Ok(())
}

async fn events_read_back(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    live(rig.clone()).await?;
    for event in watch.until_now(&rig).await? {
        let unread =
            |form: &str, error: &dyn std::fmt::Display| Failure::new(format!("{event:?} as {form}: {error}"));
        let json = serde_json::to_string(&*event).map_err(|error| unread("JSON", &error))?;
        let from_json: Event = serde_json::from_str(&json).map_err(|error| unread("JSON", &error))?;
        ensure_eq!(from_json, *event, "what is read from {json}");
        let xml = event.to_xml();
        ensure_eq!(
            Event::from_xml(&xml).map_err(|error| unread("XML", &error))?,
            *event,
            "what is read from {xml}"
        );
        let cloud = event.to_cloud_event(rig.connection().uri());
        let from_cloud = Event::from_cloud_event(&cloud).map_err(|error| unread("a CloudEvent", &error))?;
        ensure_eq!(from_cloud, *event, "what is read from {cloud}");
    }
    Ok(())
}

async fn connections_to_one_host_are_told_alike(rig: Arc<Rig>) -> Outcome {
    let (one, other) = rig.open_pair(ConnectOptions::default()).await?;
    let (mut first, mut second) = (Watch::all(&one).await?, Watch::all(&other).await?);
    let wanted = rig.fresh();
    let settings = CallSettings::default().with_caller(Caller::named("conformance"));
    let domain = one.with_settings(settings).define(&rig.xml(&wanted), DefineOptions::default()).await?;
    rig.cause_events(&domain, 3).await?;
    for _ in 0..4 {
        let (told_first, told_second) = (first.next().await?, second.next().await?);
        ensure_eq!(told_second.object, told_first.object, "what the event is about");
        ensure_eq!(told_second.body, told_first.body, "what the event says");
        ensure_eq!(told_second.cause, told_first.cause, "what the event says of its cause");
        if rig.fixture().tells_causes() {
            ensure_eq!(told_second.cause.who.as_deref(), Some("conformance"), "who caused the event");
        }
    }
    Ok(())
}
