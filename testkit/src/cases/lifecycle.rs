//! Every action in every state: what it does, what it refuses, and what is told of it.

use crate::action::{Action, Effect, is_told_beside};
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::{Event, EventBody, Initiator};
use omnivirt_core::{CallSettings, Caller, ErrorKind, calls};
use std::sync::Arc;

const CALLER: &str = "conformance";

pub(super) fn cases() -> Vec<Case> {
    let pairs =
        Life::ALL.into_iter().flat_map(|life| Action::ALL.into_iter().map(move |action| pair(life, action)));
    let reasons = Action::ALL.into_iter().filter(|action| action.reason().is_some()).map(reason);
    pairs.chain(reasons).collect()
}

fn pair(life: Life, action: Action) -> Case {
    let call = action.call();
    let name = format!("{}_when_{}", call.name, life.name());
    let rule = match action.effect(life) {
        Effect::Refused(kind) => {
            format!("{} of a domain that is {} is refused as {kind}", call.title, life.words())
        }
        Effect::Becomes(after) => {
            format!("{} makes a domain that is {} {}", call.title, life.words(), after.words())
        }
        Effect::Asked => {
            format!(
                "{} asks the guest of a domain that is {}, or is refused as invalid_state",
                call.title,
                life.words()
            )
        }
    };
    let needs = life.needs().into_iter().chain([call]);
    Case::new("lifecycle", &name, rule, needs, move |rig| check_pair(rig, life, action))
}

async fn check_pair(rig: Arc<Rig>, life: Life, action: Action) -> Outcome {
    let domain = rig.domain(life).await?;
    ensure_eq!(rig.life(&domain).await?, life, "the state in which the case begins");
    let mut watch = Watch::all(rig.connection()).await?;

    let settings = CallSettings::default().with_caller(Caller::named(CALLER));
    let answer = rig.drive(action.make(&domain.with_settings(settings))).await;
    let told = watch.of_until_now(&rig, &domain).await?;
    let obeys = !action.needs_the_guest() || rig.fixture().guest_obeys();
    match action.effect(life) {
        Effect::Refused(kind) => {
            let Err(error) = answer else {
                return Err(crate::failure::Failure::new(format!(
                    "the call succeeds, and should be refused as {kind}"
                )));
            };
            ensure_eq!(error.kind(), kind, "the error kind of '{error}'");
            ensure_eq!(rig.life(&domain).await?, life, "the state after the refused call");
            ensure!(told.is_empty(), "a refused call was told as {}", bodies(&told));
        }
        Effect::Becomes(after) if obeys => {
            answer?;
            ensure_eq!(rig.life(&domain).await?, after, "the state after the call");
            if let Some(told) = watch.is_on().then_some(told) {
                check_told(&rig, &told, action)?;
            }
        }
        Effect::Becomes(_) | Effect::Asked => {
            if let Err(error) = answer {
                ensure_eq!(error.kind(), ErrorKind::InvalidState, "the error kind of '{error}'");
                ensure_eq!(rig.life(&domain).await?, life, "the state after the refused call");
            }
        }
    }
    Ok(())
}

fn check_told(rig: &Rig, told: &[Arc<Event>], action: Action) -> Outcome {
    let expected = action.events();
    let mut found: Vec<&EventBody> = told
        .iter()
        .map(|event| &event.body)
        .filter(|body| expected.contains(body) || !is_told_beside(body))
        .collect();
    // A real machine's firmware may reset it once more by itself.
    if !rig.fixture().guest_obeys() {
        found.dedup_by(|next, first| next == first && matches!(next, EventBody::Reboot(_)));
    }
    ensure!(found.iter().copied().eq(&expected), "the events are {found:?}, and should be {expected:?}");
    if !rig.fixture().tells_causes() {
        return Ok(());
    }
    for event in told.iter().filter(|event| expected.contains(&event.body)).take(expected.len()) {
        ensure_eq!(event.cause.initiator, Initiator::Client, "who began what {:?} tells", event.body);
        ensure!(event.cause.request_id.is_some(), "{:?} does not say which request caused it", event.body);
        ensure_eq!(
            event.cause.call.as_deref(),
            Some(action.call().title),
            "the call that caused {:?}",
            event.body
        );
        ensure_eq!(event.cause.who.as_deref(), Some(CALLER), "the caller who caused {:?}", event.body);
    }
    Ok(())
}

fn bodies(events: &[Arc<Event>]) -> String {
    let bodies: Vec<_> = events.iter().map(|event| &event.body).collect();
    format!("{bodies:?}")
}

/// The state says why it is.
fn reason(action: Action) -> Case {
    let life = Life::ALL
        .into_iter()
        .find(|life| matches!(action.effect(*life), Effect::Becomes(after) if after != Life::Gone))
        .expect("each action that has a reason does something");
    let call = action.call();
    let rule = format!("after {} the state says that this is why", call.title);
    let needs = life.needs().into_iter().chain([call, &calls::DOMAIN_STATE]);
    Case::new("lifecycle", &format!("{}_is_the_reason", call.name), rule, needs, move |rig| async move {
        let domain = rig.domain(life).await?;
        rig.drive(action.make(&domain)).await?;
        if !action.needs_the_guest() || rig.fixture().guest_obeys() {
            ensure_eq!(
                Some(domain.state().await?.reason),
                action.reason(),
                "the reason after {}",
                call.title
            );
        }
        Ok(())
    })
}
