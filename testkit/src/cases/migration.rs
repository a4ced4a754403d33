//! Moving a domain from one connection to another.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["migration":
        a_running_domain_moves [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MIGRATE_BEGIN, CONNECTION_MIGRATE_PREPARE, DOMAIN_MIGRATE_PERFORM, CONNECTION_MIGRATE_FINISH, DOMAIN_MIGRATE_CONFIRM]
            "a migrated domain runs on the other host and not on this one, and both hosts tell",
        a_domain_that_is_off_stays [CONNECTION_DEFINE, DOMAIN_MIGRATE_BEGIN, CONNECTION_MIGRATE_PREPARE, DOMAIN_MIGRATE_PERFORM, CONNECTION_MIGRATE_FINISH, DOMAIN_MIGRATE_CONFIRM]
            "a live migration of a domain that does not run is refused as invalid_state",
        a_domain_that_cannot_arrive_goes_on [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MIGRATE_BEGIN, CONNECTION_MIGRATE_PREPARE, DOMAIN_MIGRATE_PERFORM, CONNECTION_MIGRATE_FINISH, DOMAIN_MIGRATE_CONFIRM]
            "a domain whose name is taken on the other host runs on where it was",
    ]
}

fn live() -> MigrationOptions {
    MigrationOptions::default().live(true)
}

fn told(events: &[Arc<Event>], change: LifecycleChange) -> bool {
    let body = EventBody::from(Lifecycle::new(change));
    events.iter().any(|event| event.body == body)
}

async fn a_running_domain_moves(rig: Arc<Rig>) -> Outcome {
    let there = rig.another().await?;
    let domain = rig.domain(Life::Running).await?;
    let (mut watch_here, mut watch_there) =
        (Watch::all(rig.connection()).await?, Watch::all(there.connection()).await?);
    let moved = rig.drive(domain.migrate(there.connection(), live())).await?;
    ensure_eq!(moved.uuid(), domain.uuid(), "the UUID of the domain that arrived");
    ensure_eq!(there.life(&moved).await?, Life::TransientRunning, "the state on the other host");
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state on this host");
    if watch_here.is_on() {
        let left = watch_here.of_until_now(&rig, &domain).await?;
        ensure!(told(&left, LifecycleChange::Stopped(StoppedDetail::Migrated)), "this host tells {left:?}");
        let arrived = watch_there.of_until_now(&there, &moved).await?;
        ensure!(
            told(&arrived, LifecycleChange::Started(StartedDetail::Migrated))
                || told(&arrived, LifecycleChange::Resumed(ResumedDetail::Migrated)),
            "the other host tells {arrived:?}"
        );
    }
    there.clean_up().await
}

async fn a_domain_that_is_off_stays(rig: Arc<Rig>) -> Outcome {
    let there = rig.another().await?;
    let domain = rig.domain(Life::ShutOff).await?;
    let answer = rig.drive(domain.migrate(there.connection(), live())).await;
    crate::failure::refused(answer, ErrorKind::InvalidState, "moving a domain that is off")?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state on this host");
    Ok(())
}

async fn a_domain_that_cannot_arrive_goes_on(rig: Arc<Rig>) -> Outcome {
    let there = rig.another().await?;
    let domain = rig.domain(Life::Running).await?;
    let taken = DomainRef::new(domain.name(), there.fresh().uuid, None);
    there.connection().define(&there.xml(&taken), DefineOptions::default()).await?;
    let answer = rig.drive(domain.migrate(there.connection(), live())).await;
    crate::failure::refused(answer, ErrorKind::AlreadyExists, "moving to where the name is taken")?;
    ensure_eq!(rig.life(&domain).await?, Life::Running, "the state on this host");
    there.clean_up().await
}
