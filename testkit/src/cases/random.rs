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
/// How many walks there are, and how long they get.
const WALKS: u32 = 48;
const MOST_STEPS: usize = 40;

/// One call of a walk. The number says on which domain.
#[derive(Debug, Clone, Copy)]
enum Step {
    Define(usize),
    Create(usize, Paused),
    Act(usize, Action),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paused {
    No,
    Yes,
}

fn steps(actions: Vec<Action>, creates: bool) -> impl Strategy<Value = Vec<Step>> {
    let act = (0..DOMAINS, prop::sample::select(actions)).prop_map(|(domain, action)| Step::Act(domain, action)).boxed();
    let define = (0..DOMAINS).prop_map(Step::Define).boxed();
    let create = (0..DOMAINS, prop::sample::select(vec![Paused::No, Paused::Yes]))
        .prop_map(|(domain, paused)| Step::Create(domain, paused))
        .boxed();
    let mut choices = vec![(8, act), (2, define)];
    if creates {
        choices.push((2, create));
    }
    prop::collection::vec(prop::strategy::Union::new_weighted(choices), 1..MOST_STEPS)
}

async fn walks_agree_with_the_model(rig: Arc<Rig>) -> Outcome {
    let actions = Action::ALL.into_iter().filter(|action| {
        rig.claims(action.call()) && (!action.needs_the_guest() || rig.fixture().guest_obeys())
    });
    let actions = actions.collect();
    let runtime = tokio::runtime::Handle::current();
    let walking = tokio::task::spawn_blocking(move || {
        let strategy = steps(actions, rig.claims(&calls::CONNECTION_CREATE));
        let config = ProptestConfig { cases: WALKS, failure_persistence: None, ..ProptestConfig::default() };
        TestRunner::new(config).run(&strategy, |steps| {
            runtime.block_on(walk(&rig, &steps)).map_err(|failure| TestCaseError::fail(failure.to_string()))
        })
    });
    let walked = walking.await.map_err(|error| Failure::new(format!("a walk panicked: {error}")))?;
    walked.map_err(|error| match error {
        TestError::Fail(reason, steps) => Failure::new(format!("{reason}, at the end of {steps:?}")),
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
    let mut watch = Watch::all(rig.connection()).await?;
    let mut model: Vec<Modelled> =
        (0..DOMAINS).map(|_| Modelled { reference: rig.fresh(), life: Life::Gone, told: Vec::new() }).collect();
    for step in steps {
        take(&rig, &mut model, *step).await?;
    }
    let listed = rig.connection().list_domains(DomainFilter::default()).await?;
    for modelled in &model {
        let found = listed.iter().filter(|listed| *listed.reference() == modelled.reference).collect::<Vec<_>>();
        ensure_eq!(found.len(), usize::from(modelled.life != Life::Gone), "how often a domain is listed");
        let has_id = found.iter().any(|found| found.id().is_some());
        ensure_eq!(has_id, modelled.life.is_active(), "whether a domain that is {} is listed with an id", modelled.life.words());
    }
    if watch.is_on() {
        agree(&model, &watch.until_now(&rig).await?)?;
    }
    rig.clean_up().await?;
    Ok(rig.connection().close().await?)
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
                ensure!(is_told_beside(&event.body), "{:?} is told, and next is {:?}", event.body, expected.peek());
            }
        }
        ensure!(expected.peek().is_none(), "{:?} is not told", expected.peek());
    }
    Ok(())
}

fn lifecycle(change: LifecycleChange) -> EventBody {
    Lifecycle::new(change).into()
}

/// What the model says of a step: the error kind, or the state and the events that follow. None if it is open.
fn foresee(step: Step, before: Life) -> Option<Result<(Life, Vec<EventBody>), ErrorKind>> {
    match step {
        Step::Define(_) => {
            let is_new = before == Life::Gone || before.is_transient();
            let detail = if is_new { DefinedDetail::Added } else { DefinedDetail::Updated };
            Some(Ok((before.defined(), vec![lifecycle(LifecycleChange::Defined(detail))])))
        }
        Step::Create(..) if before.is_active() => Some(Err(ErrorKind::InvalidState)),
        Step::Create(_, paused) => {
            let mut told = vec![lifecycle(LifecycleChange::Started(StartedDetail::Booted))];
            let mut after = Life::Running;
            if paused == Paused::Yes {
                told.push(lifecycle(LifecycleChange::Suspended(SuspendedDetail::Paused)));
                after = Life::Paused;
            }
            Some(Ok((if before == Life::Gone { after.undefined() } else { after }, told)))
        }
        Step::Act(_, action) => match action.effect(before) {
            Effect::Becomes(after) => Some(Ok((after, action.events()))),
            Effect::Refused(kind) => Some(Err(kind)),
            Effect::Asked => None,
        },
    }
}

async fn take(rig: &Rig, model: &mut [Modelled], step: Step) -> Outcome {
    let (Step::Define(index) | Step::Create(index, _) | Step::Act(index, _)) = step;
    let modelled = &mut model[index];
    let Some(foreseen) = foresee(step, modelled.life) else { return Ok(()) };
    let (connection, xml) = (rig.connection(), rig.xml(&modelled.reference));
    let domain = Domain::new(connection.clone(), modelled.reference.clone());
    let answer = match step {
        Step::Define(_) => connection.define(&xml, DefineOptions::default()).await.map(drop),
        Step::Create(_, paused) => {
            connection.create(&xml, CreateOptions::default().paused(paused == Paused::Yes)).await.map(drop)
        }
        Step::Act(_, action) => action.make(&domain).await,
    };
    match (foreseen, answer) {
        (Ok((after, told)), Ok(())) => {
            modelled.life = after;
            modelled.told.extend(told);
        }
        (Err(kind), Err(error)) => ensure_eq!(error.kind(), kind, "the error kind of '{error}'"),
        (Ok(_), Err(error)) => return Err(error.into()),
        (Err(kind), Ok(())) => return Err(Failure::new(format!("{step:?} succeeds, and should be refused as {kind}"))),
    }
    ensure_eq!(rig.life(&domain).await?, modelled.life, "the state after {step:?}");
    Ok(())
}
