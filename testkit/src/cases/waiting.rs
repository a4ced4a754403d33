//! Waiting for a condition, on the state and then on the events.

use super::rules;
use crate::action::Action;
use crate::case::{Case, Need};
use crate::failure::{Failure, Outcome, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::wait::Condition;
use omnivirt_core::*;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn cases() -> Vec<Case> {
    let rules = rules!["waiting":
        what_is_so_already_is_not_waited_for [CONNECTION_DEFINE, DOMAIN_STATE]
            "waiting for a state that the domain is in returns at once",
        a_state_that_comes_about_ends_the_wait [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_STATE]
            "waiting for a state returns when the domain gets there",
        a_wait_is_over_when_its_time_is [CONNECTION_DEFINE, DOMAIN_STATE]
            "waiting for what does not come about ends as timeout",
        a_domain_that_goes_ends_the_wait [CONNECTION_DEFINE, DOMAIN_UNDEFINE, DOMAIN_STATE]
            "waiting for a domain to be gone returns when it is",
        nobody_waits_for_a_domain_that_is_not_there [DOMAIN_STATE]
            "waiting for a state of a domain that is not there is not_found",
    ];
    rules.into_iter().map(|case| case.and(Need::Snapshots)).collect()
}

const LONG: Duration = Duration::from_secs(10);

async fn what_is_so_already_is_not_waited_for(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    Ok(domain.wait_until(Condition::State(DomainState::Shutoff), LONG).await?)
}

/// Waits for something on one task, and has another bring it about.
async fn wait_while(domain: &Domain, condition: Condition, action: Action) -> Outcome {
    let waiting = domain.clone();
    let wait = tokio::spawn(async move { waiting.wait_until(condition, LONG).await });
    tokio::task::yield_now().await;
    action.make(domain).await?;
    Ok(wait.await.map_err(|error| Failure::new(format!("the wait panicked: {error}")))??)
}

async fn a_state_that_comes_about_ends_the_wait(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    wait_while(&domain, Condition::State(DomainState::Running), Action::Start).await
}

async fn a_wait_is_over_when_its_time_is(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let answer = domain.wait_until(Condition::State(DomainState::Running), Duration::from_millis(10)).await;
    refused(answer, ErrorKind::Timeout, "waiting in vain")
}

async fn a_domain_that_goes_ends_the_wait(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    wait_while(&domain, Condition::Gone, Action::Undefine).await
}

async fn nobody_waits_for_a_domain_that_is_not_there(rig: Arc<Rig>) -> Outcome {
    let domain = Domain::new(rig.connection().clone(), rig.fresh());
    let answer = domain.wait_until(Condition::State(DomainState::Running), LONG).await;
    refused(answer, ErrorKind::NotFound, "waiting for a domain that is not there")
}
