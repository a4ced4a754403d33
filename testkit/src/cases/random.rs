//! Random walks through the lives of a few domains, held against the reference model: what each call answers, what
//! state follows, what is listed, and what is told. A walk that goes wrong is made as short as it goes.

use super::rules;
use crate::action::{Action, Effect, is_told_beside};
use crate::case::Case;
use crate::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::*;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["random":
        walks_agree_with_the_model [CONNECTION_DEFINE, DOMAIN_UNDEFINE, DOMAIN_START, DOMAIN_DESTROY, CONNECTION_LIST_DOMAINS]
            "whatever is called in whatever order, answers, states, lists and events are those of the reference model",
    ]
}

/// How many domains a walk is about.
const DOMAINS: usize = 3;
/// How long walks get.
const MOST_STEPS: usize = 60;

/// One step of a walk: on which of the domains, and what.
#[derive(Debug, Clone, Copy)]
struct Step {
    domain: usize,
    choice: Choice,
}

/// What a step does.
#[derive(Debug, Clone, Copy)]
enum Choice {
    /// This call, whether it is allowed or not.
    Any(Call),
    /// One of the actions that are allowed then: calls drawn blindly are refused more often than not.
    Allowed(prop::sample::Index),
}

/// A call of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Define,
    Create,
    CreatePaused,
    Act(Action),
}

fn steps(calls: Vec<Call>) -> impl Strategy<Value = Vec<Step>> {
    let whatever = prop::sample::select(calls).prop_map(Choice::Any);
    let allowed = any::<prop::sample::Index>().prop_map(Choice::Allowed);
    let choice = prop_oneof![1 => whatever, 2 => allowed];
    let step = (0..DOMAINS, choice).prop_map(|(domain, choice)| Step { domain, choice });
    prop::collection::vec(step, 1..MOST_STEPS)
}

async fn walks_agree_with_the_model(rig: Arc<Rig>) -> Outcome {
    let mut calls = vec![Call::Define];
    if rig.claims(&calls::CONNECTION_CREATE) {
        calls.extend([Call::Create, Call::CreatePaused]);
    }
    calls.extend(rig.actions().map(Call::Act));
    let runtime = tokio::runtime::Handle::current();
    let walking = tokio::task::spawn_blocking(move || {
        let config = ProptestConfig {
            cases: rig.fixture().walks(),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        TestRunner::new(config).run(&steps(calls), |steps| {
            runtime.block_on(walk(&rig, &steps)).map_err(|failure| TestCaseError::fail(failure.to_string()))
        })
    });
    let walked = walking.await.map_err(|error| Failure::new(format!("a walk panicked: {error}")))?;
    walked.map_err(|error| match error {
        TestError::Fail(reason, _) => Failure::new(reason.to_string()),
        TestError::Abort(reason) => Failure::new(format!("no walk could be made: {reason}")),
    })
}

/// A domain as the model sees it.
#[derive(Debug)]
struct Modelled {
    reference: DomainRef,
    life: Life,
    told: Vec<EventBody>,
}

async fn walk(rig: &Rig, steps: &[Step]) -> Outcome {
    let rig = rig.another().await?;
    let mut made = Vec::new();
    let outcome = follow(&rig, steps, &mut made).await.and(rig.clean_up().await);
    outcome.map_err(|failure| Failure::new(format!("{failure}; the walk was {}", made.join(", "))))?;
    Ok(rig.connection().close().await?)
}

async fn follow(rig: &Rig, steps: &[Step], made: &mut Vec<String>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    let mut model: Vec<Modelled> = (0..DOMAINS)
        .map(|_| Modelled { reference: rig.fresh(), life: Life::Gone, told: Vec::new() })
        .collect();
    for step in steps {
        let modelled = &mut model[step.domain];
        let call = chosen(rig, step.choice, modelled.life);
        made.push(format!("{call:?} {}", step.domain));
        make(rig, modelled, call).await?;
    }
    let listed = rig.connection().list_domains(DomainFilter::default()).await?;
    for modelled in &model {
        let found =
            listed.iter().filter(|listed| *listed.reference() == modelled.reference).collect::<Vec<_>>();
        ensure_eq!(found.len(), usize::from(modelled.life != Life::Gone), "how often a domain is listed");
        let has_id = found.iter().any(|found| found.id().is_some());
        ensure_eq!(
            has_id,
            modelled.life.is_active(),
            "whether a domain that is {} is listed with an id",
            modelled.life.words()
        );
    }
    if watch.is_on() { agree(&model, &watch.until_now(rig).await?) } else { Ok(()) }
}

/// The call that a step makes on a domain in that state.
fn chosen(rig: &Rig, choice: Choice, life: Life) -> Call {
    match choice {
        Choice::Any(call) => call,
        Choice::Allowed(index) => {
            let allowed: Vec<Action> =
                rig.actions().filter(|action| matches!(action.effect(life), Effect::Becomes(_))).collect();
            if allowed.is_empty() { Call::Define } else { Call::Act(*index.get(&allowed)) }
        }
    }
}

/// The events of each domain are those of the model.
fn agree(model: &[Modelled], events: &[Arc<Event>]) -> Outcome {
    for modelled in model {
        let object = Some(ObjectRef::from(modelled.reference.clone()));
        let mut expected = modelled.told.iter().peekable();
        for event in events.iter().filter(|event| event.object == object) {
            if expected.peek() == Some(&&event.body) {
                expected.next();
            } else {
                ensure!(
                    is_told_beside(&event.body),
                    "{:?} is told, and next is {:?}",
                    event.body,
                    expected.peek()
                );
            }
        }
        ensure!(expected.peek().is_none(), "{:?} is not told", expected.peek());
    }
    Ok(())
}

fn lifecycle(change: LifecycleChange) -> EventBody {
    Lifecycle::new(change).into()
}

/// What the model says of a call: the state and the events that follow, or the error kind. None if that is open.
fn foresee(call: Call, before: Life) -> Option<Result<(Life, Vec<EventBody>), ErrorKind>> {
    let created = |after: Life| if before == Life::Gone { after.undefined() } else { after };
    let started = lifecycle(LifecycleChange::Started(StartedDetail::Booted));
    let suspended = lifecycle(LifecycleChange::Suspended(SuspendedDetail::Paused));
    Some(match call {
        Call::Define => {
            let is_new = before == Life::Gone || before.is_transient();
            let detail = if is_new { DefinedDetail::Added } else { DefinedDetail::Updated };
            Ok((before.defined(), vec![lifecycle(LifecycleChange::Defined(detail))]))
        }
        Call::Create | Call::CreatePaused if before.is_active() => Err(ErrorKind::InvalidState),
        Call::Create => Ok((created(Life::Running), vec![started])),
        Call::CreatePaused => Ok((created(Life::Paused), vec![started, suspended])),
        Call::Act(action) => match action.effect(before) {
            Effect::Becomes(after) => Ok((after, action.events())),
            Effect::Refused(kind) => Err(kind),
            Effect::Asked => return None,
        },
    })
}

/// Makes a call, and looks whether the domain is then as the model says.
async fn make(rig: &Rig, modelled: &mut Modelled, call: Call) -> Outcome {
    let Some(foreseen) = foresee(call, modelled.life) else { return Ok(()) };
    let (connection, xml) = (rig.connection(), rig.xml(&modelled.reference));
    let domain = Domain::new(connection.clone(), modelled.reference.clone());
    let answer = match call {
        Call::Define => connection.define(&xml, DefineOptions::default()).await.map(drop),
        Call::Create => connection.create(&xml, CreateOptions::default()).await.map(drop),
        Call::CreatePaused => connection.create(&xml, CreateOptions::default().paused(true)).await.map(drop),
        Call::Act(action) => action.make(&domain).await,
    };
    match (foreseen, answer) {
        (Ok((after, told)), Ok(())) => {
            modelled.life = after;
            modelled.told.extend(told);
        }
        (Err(kind), Err(error)) => ensure_eq!(error.kind(), kind, "the error kind of '{error}'"),
        (Ok(_), Err(error)) => return Err(error.into()),
        (Err(kind), Ok(())) => {
            return Err(Failure::new(format!("{call:?} succeeds, and should be refused as {kind}")));
        }
    }
    ensure_eq!(rig.life(&domain).await?, modelled.life, "the state after {call:?}");
    Ok(())
}
