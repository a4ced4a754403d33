//! Finding domains.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["lookup":
        by_name [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_NAME]
            "a domain is found by its name, and a name that none has is not_found",
        by_uuid [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_UUID]
            "a domain is found by its UUID, and a UUID that none has is not_found",
        by_id [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY, CONNECTION_DOMAIN_BY_ID, CONNECTION_DOMAIN_BY_UUID]
            "a domain is found by its id as long as it runs",
        ids_differ [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_DOMAIN_BY_UUID]
            "no two running domains have the same id",
        what_is_not_found_is_named [CONNECTION_DOMAIN_BY_NAME]
            "the error about a domain that is not there says which call failed, and names the driver",
        list_holds_each_once [CONNECTION_DEFINE, CONNECTION_CREATE, CONNECTION_LIST_DOMAINS]
            "a list with no filter holds every domain exactly once",
        list_by_activity [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_LIST_DOMAINS]
            "a list can be of those that run, of those that do not, or of both",
        list_by_persistence [CONNECTION_DEFINE, CONNECTION_CREATE, CONNECTION_LIST_DOMAINS]
            "a list can be of those with a definition, or of those without",
        list_by_state [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_SUSPEND, CONNECTION_LIST_DOMAINS]
            "a list can be of those in one state",
        list_by_autostart [CONNECTION_DEFINE, DOMAIN_SET_AUTOSTART, CONNECTION_LIST_DOMAINS]
            "a list can be of those that start with the host, or of those that do not",
        list_joins_within_a_group_and_narrows_between [CONNECTION_DEFINE, CONNECTION_CREATE, DOMAIN_START, DOMAIN_SUSPEND, CONNECTION_LIST_DOMAINS]
            "one property of each group is enough, and each group must have one",
        a_gone_domain_is_not_listed [CONNECTION_DEFINE, DOMAIN_UNDEFINE, CONNECTION_LIST_DOMAINS, CONNECTION_DOMAIN_BY_NAME]
            "a domain that is gone is in no list, and its name is free",
    ]
}

async fn by_name(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let found = rig.connection().domain_by_name(domain.name()).await?;
    ensure_eq!(found.uuid(), domain.uuid(), "the UUID of the domain found");
    let nobody = rig.fresh().name;
    refused(rig.connection().domain_by_name(&nobody).await, ErrorKind::NotFound, "a name that none has")
}

async fn by_uuid(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let found = rig.connection().domain_by_uuid(domain.uuid()).await?;
    ensure_eq!(found.name(), domain.name(), "the name of the domain found");
    let nobody = rig.fresh().uuid;
    refused(rig.connection().domain_by_uuid(nobody).await, ErrorKind::NotFound, "a UUID that none has")
}

async fn id_of(rig: &Rig, domain: &Domain) -> Outcome<u32> {
    let found = rig.connection().domain_by_uuid(domain.uuid()).await?;
    found.id().ok_or_else(|| crate::failure::Failure::new("a running domain has no id"))
}

async fn by_id(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let id = id_of(&rig, &domain).await?;
    ensure_eq!(
        rig.connection().domain_by_id(id).await?.uuid(),
        domain.uuid(),
        "the UUID of the domain found"
    );
    domain.destroy(DestroyOptions::default()).await?;
    refused(rig.connection().domain_by_id(id).await, ErrorKind::NotFound, "the id of a run that is over")?;
    ensure_eq!(
        rig.connection().domain_by_uuid(domain.uuid()).await?.id(),
        None,
        "the id of a domain that is off"
    );
    Ok(())
}

async fn ids_differ(rig: Arc<Rig>) -> Outcome {
    let (one, other) = (rig.domain(Life::Running).await?, rig.domain(Life::Running).await?);
    let (one, other) = (id_of(&rig, &one).await?, id_of(&rig, &other).await?);
    ensure!(one != other, "both domains have the id {one}");
    Ok(())
}

async fn what_is_not_found_is_named(rig: Arc<Rig>) -> Outcome {
    let Err(error) = rig.connection().domain_by_name(&rig.fresh().name).await else {
        return Err(crate::failure::Failure::new("a name that none has is found"));
    };
    ensure_eq!(error.context("call"), Some("Connection::domain_by_name"), "the call in the error");
    ensure_eq!(error.context("driver"), Some(rig.fixture().entry().name), "the driver in the error");
    Ok(())
}

/// Which of these domains, in their order, a filter lets through.
async fn listed<const N: usize>(
    rig: &Rig,
    domains: &[Domain; N],
    filter: DomainFilter,
) -> Outcome<[bool; N]> {
    let listed = rig.connection().list_domains(filter).await?;
    Ok(std::array::from_fn(|index| listed.iter().any(|listed| listed.uuid() == domains[index].uuid())))
}

async fn list_holds_each_once(rig: Arc<Rig>) -> Outcome {
    let (off, running) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::TransientRunning).await?);
    let listed = rig.connection().list_domains(DomainFilter::default()).await?;
    for domain in [&off, &running] {
        let times = listed.iter().filter(|listed| listed.uuid() == domain.uuid()).count();
        ensure_eq!(times, 1, "how often {} is listed", domain.name());
    }
    let found = listed.iter().find(|listed| listed.uuid() == running.uuid());
    ensure!(found.is_some_and(|found| found.id().is_some()), "a running domain is listed without an id");
    Ok(())
}

async fn list_by_activity(rig: Arc<Rig>) -> Outcome {
    let domains = [rig.domain(Life::ShutOff).await?, rig.domain(Life::Running).await?];
    let filter = DomainFilter::default;
    ensure_eq!(listed(&rig, &domains, filter().active(true)).await?, [false, true], "those that run");
    ensure_eq!(
        listed(&rig, &domains, filter().inactive(true)).await?,
        [true, false],
        "those that do not run"
    );
    ensure_eq!(listed(&rig, &domains, filter().active(true).inactive(true)).await?, [true, true], "both");
    Ok(())
}

async fn list_by_persistence(rig: Arc<Rig>) -> Outcome {
    let domains = [rig.domain(Life::ShutOff).await?, rig.domain(Life::TransientRunning).await?];
    let filter = DomainFilter::default;
    ensure_eq!(
        listed(&rig, &domains, filter().persistent(true)).await?,
        [true, false],
        "those with a definition"
    );
    ensure_eq!(listed(&rig, &domains, filter().transient(true)).await?, [false, true], "those without");
    Ok(())
}

async fn list_by_state(rig: Arc<Rig>) -> Outcome {
    let domains =
        [rig.domain(Life::ShutOff).await?, rig.domain(Life::Running).await?, rig.domain(Life::Paused).await?];
    let filter = DomainFilter::default;
    ensure_eq!(
        listed(&rig, &domains, filter().shutoff(true)).await?,
        [true, false, false],
        "those that are off"
    );
    ensure_eq!(listed(&rig, &domains, filter().running(true)).await?, [false, true, false], "those that run");
    ensure_eq!(
        listed(&rig, &domains, filter().paused(true)).await?,
        [false, false, true],
        "those that are paused"
    );
    ensure_eq!(listed(&rig, &domains, filter().other(true)).await?, [false; 3], "those in any other state");
    Ok(())
}

async fn list_by_autostart(rig: Arc<Rig>) -> Outcome {
    let domains = [rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?];
    domains[0].set_autostart(AutostartOptions::default().enabled(true)).await?;
    let filter = DomainFilter::default;
    ensure_eq!(
        listed(&rig, &domains, filter().autostart(true)).await?,
        [true, false],
        "those that start with the host"
    );
    ensure_eq!(
        listed(&rig, &domains, filter().no_autostart(true)).await?,
        [false, true],
        "those that do not"
    );
    Ok(())
}

async fn list_joins_within_a_group_and_narrows_between(rig: Arc<Rig>) -> Outcome {
    let domains = [
        rig.domain(Life::ShutOff).await?,
        rig.domain(Life::Running).await?,
        rig.domain(Life::Paused).await?,
        rig.domain(Life::TransientRunning).await?,
    ];
    let filter = DomainFilter::default().running(true).paused(true).persistent(true);
    let expected = [false, true, true, false];
    ensure_eq!(
        listed(&rig, &domains, filter).await?,
        expected,
        "those that run or are paused, and are persistent"
    );
    let nothing = DomainFilter::default().inactive(true).transient(true);
    ensure_eq!(
        listed(&rig, &domains, nothing).await?,
        [false; 4],
        "those that neither run nor have a definition"
    );
    Ok(())
}

async fn a_gone_domain_is_not_listed(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Gone).await?;
    let domains = [domain.clone()];
    ensure_eq!(listed(&rig, &domains, DomainFilter::default()).await?, [false], "whether it is listed");
    refused(rig.connection().domain_by_name(domain.name()).await, ErrorKind::NotFound, "finding it by name")?;
    let next = DomainRef::new(domain.name(), rig.fresh().uuid, None);
    rig.connection().define(&rig.xml(&next), DefineOptions::default()).await?;
    Ok(())
}
