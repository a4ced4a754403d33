//! Filters: what a registration is told, and what it is not.

use crate::action::Action;
use crate::case::Case;
use crate::cases::rules;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::{Event, EventKind};
use omnivirt_core::events::{EventFilter, EventStream, Policy};
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["events":
        a_filter_by_kind [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_RESET]
            "a registration for kinds is told events of those kinds only",
        a_filter_by_object [CONNECTION_DEFINE]
            "a registration for objects is told events of those objects only",
        a_filter_by_expression [CONNECTION_DEFINE]
            "a registration with an expression is told events that fulfil it only",
        filters_narrow_each_other [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_RESET]
            "kinds, objects and expression must all let an event through",
        a_wrong_expression_is_refused []
            "an expression that cannot be read, or names no field of an event, is refused as invalid_argument",
        an_expression_that_fails_is_counted [CONNECTION_DEFINE]
            "an expression that fails on an event does not let it through, and that is counted",
    ]
}

/// What a stream was told up to now.
async fn told(rig: &Rig, watch: &mut Watch, stream: &mut EventStream) -> Outcome<Vec<Arc<Event>>> {
    // The filtered stream has all it gets once the unfiltered one has.
    watch.until_now(rig).await?;
    let mut events = Vec::new();
    while let Some(delivery) = stream.try_recv() {
        events.push(super::event_of(delivery)?);
    }
    Ok(events)
}

async fn a_filter_by_kind(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    let mut reboots =
        rig.connection().subscribe(EventFilter::all().kinds([EventKind::Reboot]), Policy::default()).await?;
    let domain = rig.domain(Life::Running).await?;
    rig.drive(Action::Reset.make(&domain)).await?;
    let events = told(&rig, &mut watch, &mut reboots).await?;
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind()).collect();
    // A machine may be reset more than once on its way: by its keyboard controller, then by its firmware.
    let fits = !kinds.is_empty() && kinds.iter().all(|kind| *kind == EventKind::Reboot);
    ensure!(fits, "the kinds told are {kinds:?}, and should be reboots");
    Ok(())
}

async fn a_filter_by_object(rig: Arc<Rig>) -> Outcome {
    let (mine, others) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?);
    let mut watch = Watch::all(rig.connection()).await?;
    let filter = EventFilter::of(mine.reference().clone());
    let mut stream = rig.connection().subscribe(filter, Policy::default()).await?;
    rig.cause_events(&others, 3).await?;
    rig.cause_events(&mine, 2).await?;
    rig.cause_events(&others, 1).await?;
    let events = told(&rig, &mut watch, &mut stream).await?;
    ensure_eq!(events.len(), 2, "how many events are told");
    let object = Some(ObjectRef::from(mine.reference().clone()));
    ensure!(
        events.iter().all(|event| event.object == object),
        "events of another object are told: {events:?}"
    );
    Ok(())
}

async fn a_filter_by_expression(rig: Arc<Rig>) -> Outcome {
    let (mine, others) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?);
    let mut watch = Watch::all(rig.connection()).await?;
    let expression =
        format!(r#"type == "lifecycle" && body.change == "defined" && object.name == "{}""#, mine.name());
    let filter = EventFilter::all().expression(expression);
    let mut stream = rig.connection().subscribe(filter, Policy::default()).await?;
    rig.cause_events(&others, 2).await?;
    rig.cause_events(&mine, 1).await?;
    let events = told(&rig, &mut watch, &mut stream).await?;
    ensure_eq!(events.len(), 1, "how many events are told");
    ensure_eq!(events[0].object, Some(mine.reference().clone().into()), "what the event is about");
    Ok(())
}

async fn filters_narrow_each_other(rig: Arc<Rig>) -> Outcome {
    let (mine, others) = (rig.domain(Life::Running).await?, rig.domain(Life::Running).await?);
    let mut watch = Watch::all(rig.connection()).await?;
    let filter = EventFilter::of(mine.reference().clone()).kinds([EventKind::Reboot]).expression("seq > 0u");
    let mut stream = rig.connection().subscribe(filter, Policy::default()).await?;
    rig.drive(Action::Reset.make(&others)).await?;
    rig.drive(Action::Reset.make(&mine)).await?;
    rig.cause_events(&mine, 1).await?;
    let events = told(&rig, &mut watch, &mut stream).await?;
    ensure!(!events.is_empty(), "the event is not told");
    let is_meant = |event: &Arc<Event>| {
        event.kind() == EventKind::Reboot && event.object == Some(mine.reference().clone().into())
    };
    ensure!(events.iter().all(is_meant), "other events are told: {events:?}");
    Ok(())
}

async fn a_wrong_expression_is_refused(rig: Arc<Rig>) -> Outcome {
    for expression in ["type ==", "no_such_field == 1", "body.no_such_field == 1"] {
        let filter = EventFilter::all().expression(expression);
        let answer = rig.connection().subscribe(filter, Policy::default()).await;
        refused(answer, ErrorKind::InvalidArgument, expression)?;
    }
    Ok(())
}

async fn an_expression_that_fails_is_counted(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    // Only events about memory have that field.
    let filter = EventFilter::all().expression("body.actual_kib > 0u");
    let mut stream = rig.connection().subscribe(filter, Policy::default()).await?;
    let domain = rig.domain(Life::ShutOff).await?;
    rig.cause_events(&domain, 1).await?;
    ensure!(
        told(&rig, &mut watch, &mut stream).await?.is_empty(),
        "events are told on which the expression fails"
    );
    let failed = stream.stats().expression_errors;
    ensure!(failed >= 2, "{failed} failures of the expression are counted");
    Ok(())
}
