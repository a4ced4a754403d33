//! The state at one event, then every event after it.

use crate::action::Action;
use crate::case::{Case, Need};
use crate::cases::rules;
use crate::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::event::{EventBody, LifecycleChange};
use omnivirt_core::events::{Delivery, EventFilter, Policy};
use omnivirt_core::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn cases() -> Vec<Case> {
    let rules = rules!["events":
        the_states_are_those_of_the_domains [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_SUSPEND, CONNECTION_CREATE]
            "the states that a snapshot tells are those that the domains are in",
        nothing_is_missed_or_told_twice_after_a_snapshot [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY, DOMAIN_STATE]
            "whoever follows the events after a snapshot knows the state of every domain",
    ];
    rules.into_iter().map(|case| case.and(Need::Snapshots)).collect()
}

async fn the_states_are_those_of_the_domains(rig: Arc<Rig>) -> Outcome {
    let lives = [Life::ShutOff, Life::Running, Life::Paused, Life::TransientRunning];
    let mut domains = Vec::new();
    for life in lives {
        domains.push(rig.domain(life).await?);
    }
    let mut watch = rig.connection().snapshot_then_stream(EventFilter::all(), Policy::default()).await?;
    for (domain, life) in domains.iter().zip(lives) {
        let now = watch.state.iter().find(|now| now.domain == *domain.reference());
        let Some(now) = now else {
            return Err(Failure::new(format!("the {} domain is missing", life.words())));
        };
        ensure_eq!(Life::of(now.state.state, !now.persistent), Some(life), "the state told");
    }
    ensure_eq!(watch.stream.try_recv(), None, "what is told though nothing has happened since");
    rig.cause_events(&domains[0], 1).await?;
    let next = tokio::time::timeout(super::ON_ITS_WAY, watch.stream.recv()).await.ok().flatten();
    let next = next.as_ref().and_then(Delivery::event);
    ensure!(
        next.is_some_and(|event| event.seq > watch.seq),
        "after the state at {} comes {next:?}",
        watch.seq
    );
    Ok(())
}

/// Whether a domain runs, as far as its events say.
fn follow(runs: &mut HashMap<Uuid, bool>, domain: Uuid, change: LifecycleChange) -> Outcome {
    let now = match change {
        LifecycleChange::Started(_) => true,
        LifecycleChange::Stopped(_) => false,
        _ => return Ok(()),
    };
    let before = runs.insert(domain, now);
    // A change that is told twice, or one that was missed, does not fit to what was known.
    ensure!(before == Some(!now), "{change:?} is told of a domain that was known as {before:?}");
    Ok(())
}

async fn nothing_is_missed_or_told_twice_after_a_snapshot(rig: Arc<Rig>) -> Outcome {
    let mut domains = Vec::new();
    for _ in 0..4 {
        domains.push(rig.domain(Life::ShutOff).await?);
    }
    let over = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> =
        domains.iter().map(|domain| tokio::spawn(stay_busy(domain.clone(), over.clone()))).collect();
    let mut watches = Vec::new();
    for _ in 0..20 {
        watches.push(rig.connection().snapshot_then_stream(EventFilter::all(), Policy::unbounded()).await?);
        tokio::task::yield_now().await;
    }
    over.store(true, Ordering::Relaxed);
    for task in busy {
        task.await.map_err(|error| Failure::new(format!("a task panicked: {error}")))??;
    }
    // What a mark is told, all that came before it is told.
    let mark = rig.domain(Life::ShutOff).await?;
    for mut watch in watches {
        let known = watch.state.iter().map(|now| (now.domain.uuid, now.domain.id.is_some()));
        let mut runs: HashMap<Uuid, bool> = known.collect();
        loop {
            let received = tokio::time::timeout(super::ON_ITS_WAY, watch.stream.recv()).await.ok().flatten();
            let Some(received) = received else { return Err(Failure::new("the events end before the mark")) };
            let event = super::event_of(received)?;
            ensure!(event.seq > watch.seq, "event {} is told after the state at {}", event.seq, watch.seq);
            match (&event.object, &event.body) {
                (Some(ObjectRef::Domain(domain)), _) if domain == mark.reference() => break,
                (Some(ObjectRef::Domain(domain)), EventBody::Lifecycle(lifecycle)) => {
                    follow(&mut runs, domain.uuid, lifecycle.change)?;
                }
                _ => {}
            }
        }
        for domain in &domains {
            let really = domain.state().await?.state == DomainState::Running;
            ensure_eq!(runs.get(&domain.uuid()).copied(), Some(really), "whether {} runs", domain.name());
        }
    }
    Ok(())
}

/// Starts and stops a domain until it is told that it is enough.
async fn stay_busy(domain: Domain, over: Arc<AtomicBool>) -> Result<()> {
    while !over.load(Ordering::Relaxed) {
        Action::Start.make(&domain).await?;
        Action::Destroy.make(&domain).await?;
        tokio::task::yield_now().await;
    }
    Action::Start.make(&domain).await
}
