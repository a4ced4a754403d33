//! The end of a connection.

use super::rules;
use crate::case::{Case, Need};
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    let shared = rules!["closing":
        others_stay_open [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_UUID]
            "closing a connection leaves the others of its host open, and its domains where they are",
        auto_destroy_ends_with_the_connection [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_DOMAIN_BY_UUID]
            "a domain that was started to live as long as its connection is stopped when that closes",
        auto_destroy_holds_for_a_start_under_way [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_DOMAIN_BY_UUID]
            "a domain that is being started to live as long as its connection does not run on if that closes meanwhile",
    ];
    let rules = rules!["closing":
        calls_are_refused [CONNECTION_DEFINE, CONNECTION_LIST_DOMAINS, DOMAIN_DUMPXML]
            "a call on a closed connection, or on a handle of it, is refused as connection_closed",
        closing_again_does_nothing []
            "a connection can be closed twice",
        clones_are_closed_too [CONNECTION_LIST_DOMAINS]
            "a clone of a closed connection is closed",
    ];
    rules.into_iter().chain(shared.into_iter().map(|case| case.and(Need::SharedHost))).collect()
}

async fn calls_are_refused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let connection = rig.connection();
    connection.close().await?;
    ensure!(connection.is_closed(), "the connection says that it is open");
    let closed = ErrorKind::ConnectionClosed;
    refused(connection.list_domains(DomainFilter::default()).await, closed, "listing")?;
    refused(connection.define(&rig.xml(&rig.fresh()), DefineOptions::default()).await, closed, "defining")?;
    refused(domain.dumpxml(DumpxmlOptions::default()).await, closed, "a call on a handle")
}

async fn closing_again_does_nothing(rig: Arc<Rig>) -> Outcome {
    rig.connection().close().await?;
    Ok(rig.connection().close().await?)
}

async fn clones_are_closed_too(rig: Arc<Rig>) -> Outcome {
    let clone = rig.connection().clone();
    rig.connection().close().await?;
    refused(
        clone.list_domains(DomainFilter::default()).await,
        ErrorKind::ConnectionClosed,
        "a call on a clone",
    )
}

async fn others_stay_open(rig: Arc<Rig>) -> Outcome {
    let (one, other) = rig.open_pair(ConnectOptions::default()).await?;
    let domain = one.define(&rig.xml(&rig.fresh()), DefineOptions::default()).await?;
    one.close().await?;
    ensure_eq!(other.domain_by_uuid(domain.uuid()).await?.name(), domain.name(), "the name of the domain");
    Ok(())
}

async fn auto_destroy_ends_with_the_connection(rig: Arc<Rig>) -> Outcome {
    let (one, other) = rig.open_pair(ConnectOptions::default()).await?;
    let mut domains = Vec::new();
    for auto_destroy in [true, false] {
        let domain = one.define(&rig.xml(&rig.fresh()), DefineOptions::default()).await?;
        domain.start(StartOptions::default().auto_destroy(auto_destroy)).await?;
        domains.push(other.domain_by_uuid(domain.uuid()).await?);
    }
    one.close().await?;
    ensure_eq!(rig.life(&domains[0]).await?, Life::ShutOff, "the state of the domain that was to end");
    ensure_eq!(rig.life(&domains[1]).await?, Life::Running, "the state of the other domain");
    Ok(())
}

async fn auto_destroy_holds_for_a_start_under_way(rig: Arc<Rig>) -> Outcome {
    let (one, other) = rig.open_pair(ConnectOptions::default()).await?;
    let domain = one.define(&rig.xml(&rig.fresh()), DefineOptions::default()).await?;
    let seen = other.domain_by_uuid(domain.uuid()).await?;
    // It may be that it starts and ends, or that it does not start any more.
    let (_, closed) = tokio::join!(domain.start(StartOptions::default().auto_destroy(true)), one.close());
    closed?;
    ensure_eq!(rig.life(&seen).await?, Life::ShutOff, "the state of the domain");
    Ok(())
}
