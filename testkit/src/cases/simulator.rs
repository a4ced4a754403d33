//! What only a simulated host can do: events out of nothing, and faults.

use super::rules;
use crate::case::{Case, Need};
use crate::failure::{Failure, Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::{EventKind, FieldDescription, FieldShape};
use omnivirt_core::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    let injections = EventKind::ALL.iter().filter_map(|kind| injection(*kind));
    let rules = rules!["simulator":
        what_is_no_event_is_not_injected [CONNECTION_DEFINE, CONNECTION_INJECT_EVENT]
            "what is no event is refused as invalid_argument, and one of an object that is not there as not_found",
        a_fault_hits_the_calls_it_names [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_INJECT_FAULTS]
            "a fault makes the call fail that it names, on the domain that it names, and changes nothing",
        a_fault_hits_so_many_times [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_INJECT_FAULTS]
            "a fault with a number of times is over after them",
        the_same_seed_gives_the_same_faults [CONNECTION_DEFINE, DOMAIN_DUMPXML, CONNECTION_INJECT_FAULTS]
            "faults that are drawn are drawn alike from the same seed",
        time_goes_on_when_it_is_told_to [CONNECTION_ADVANCE_TIME]
            "a clock that stands still is moved on by what it is told",
    ];
    injections.chain(rules).collect()
}

fn injection(kind: EventKind) -> Option<Case> {
    // The end of the connection, which is about no object, has cases of its own.
    let about = kind.object_kind()?;
    let needs = [&calls::CONNECTION_INJECT_EVENT, &calls::CONNECTION_DEFINE, &calls::DOMAIN_START];
    let rule = format!("a {kind} event can be raised out of nothing");
    let case =
        Case::new("simulator", &format!("injects_{kind}"), rule, needs, move |rig| inject(rig, kind, about));
    Some(case.and(Need::Events))
}

/// An object of that kind. One that is no domain comes into being with the first event about it, which says so.
async fn object(rig: &Rig, kind: ObjectKind) -> Result<ObjectRef> {
    let DomainRef { name, uuid, .. } = rig.fresh();
    Ok(match kind {
        ObjectKind::Network => NetworkRef::new(name, uuid).into(),
        ObjectKind::StoragePool => StoragePoolRef::new(name, uuid).into(),
        ObjectKind::NodeDevice => NodeDeviceRef::new(name).into(),
        ObjectKind::Secret => SecretRef::new(uuid, 0_i32, name).into(),
        _ => rig.domain(Life::Running).await?.reference().clone().into(),
    })
}

/// Some value for each field.
fn some(fields: &[FieldDescription]) -> Value {
    let values = fields.iter().map(|field| {
        let value = match field.shape {
            FieldShape::Bool => json!(true),
            FieldShape::Int | FieldShape::Uint | FieldShape::Any => json!(7),
            FieldShape::Text => json!("some"),
            FieldShape::Word(words) => json!(words.first()),
            FieldShape::Record(fields) => some(fields),
            FieldShape::List(fields) => json!([some(fields)]),
            _ => Value::Null,
        };
        (field.name.to_owned(), value)
    });
    Value::Object(values.collect::<Map<_, _>>())
}

fn event(kind: EventKind, object: &ObjectRef) -> Value {
    json!({ "type": kind, "object": object, "body": some(kind.fields()) })
}

async fn inject(rig: Arc<Rig>, kind: EventKind, about: ObjectKind) -> Outcome {
    let object = object(&rig, about).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let beginning = EventKind::ALL.iter().find(|first| first.object_kind() == Some(about)).copied();
    let kinds =
        beginning.into_iter().filter(|first| *first != kind && about != ObjectKind::Domain).chain([kind]);
    for kind in kinds {
        let injected = event(kind, &object);
        rig.connection().inject_event(&injected.to_string()).await?;
        let told = watch.next().await?;
        ensure_eq!(told.kind(), kind, "the kind told");
        ensure_eq!(told.object.as_ref(), Some(&object), "the object told");
        let shown = serde_json::to_value(&*told).map_err(|error| Failure::new(error.to_string()))?;
        ensure_eq!(shown["body"], injected["body"], "what the event says");
    }
    Ok(())
}

async fn what_is_no_event_is_not_injected(rig: Arc<Rig>) -> Outcome {
    for text in ["", "{}", r#"{"type": "party"}"#, r#"{"type": "reboot"}"#] {
        let answer = rig.connection().inject_event(text).await;
        refused(answer, ErrorKind::InvalidArgument, &format!("'{text}'"))?;
    }
    let event = json!({ "type": "reboot", "object": ObjectRef::from(rig.fresh()), "body": {} });
    refused(
        rig.connection().inject_event(&event.to_string()).await,
        ErrorKind::NotFound,
        "a domain that is not there",
    )
}

async fn set(rig: &Rig, rule: FaultRule, seed: u64) -> Result<()> {
    rig.connection().inject_faults(&[rule], FaultOptions::default().seed(seed)).await
}

async fn a_fault_hits_the_calls_it_names(rig: Arc<Rig>) -> Outcome {
    let (hit, spared) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?);
    let rule = FaultRule::default()
        .call("Domain::start")
        .domain(hit.name().to_owned())
        .error("hypervisor_error".to_owned());
    set(&rig, rule, 0).await?;
    refused(
        hit.start(StartOptions::default()).await,
        ErrorKind::HypervisorError,
        "the call that is to fail",
    )?;
    ensure_eq!(rig.life(&hit).await?, Life::ShutOff, "the state after the fault");
    spared.start(StartOptions::default()).await?;
    rig.connection().inject_faults(&[], FaultOptions::default()).await?;
    Ok(hit.start(StartOptions::default()).await?)
}

async fn a_fault_hits_so_many_times(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let rule = FaultRule::default().call("Domain::start").times(2_u32).error("resource_busy".to_owned());
    set(&rig, rule, 0).await?;
    for _ in 0..2 {
        refused(
            domain.start(StartOptions::default()).await,
            ErrorKind::ResourceBusy,
            "a call that is to fail",
        )?;
    }
    Ok(domain.start(StartOptions::default()).await?)
}

async fn the_same_seed_gives_the_same_faults(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut runs = Vec::new();
    for _ in 0..2 {
        let half = FaultRule::default()
            .call("Domain::dumpxml")
            .per_million(500_000_u32)
            .error("internal".to_owned());
        set(&rig, half, 42).await?;
        let mut failed = Vec::new();
        for _ in 0..40 {
            failed.push(domain.dumpxml(DumpxmlOptions::default()).await.is_err());
        }
        runs.push(failed);
    }
    let hits = runs[0].iter().filter(|failed| **failed).count();
    ensure!((1..40).contains(&hits), "{hits} of 40 calls failed, where half of them should");
    ensure_eq!(runs[1], runs[0], "which calls failed");
    Ok(())
}

async fn time_goes_on_when_it_is_told_to(rig: Arc<Rig>) -> Outcome {
    let before = rig.connection().advance_time(0).await?;
    let after = rig.connection().advance_time(1_500).await?;
    ensure!(after > before, "the time was {before}, and is {after} one and a half seconds later");
    Ok(())
}
