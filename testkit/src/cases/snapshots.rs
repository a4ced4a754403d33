//! Snapshots: what a domain was at one time, to go back to.

use super::rules;
use crate::action::Action;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["snapshots":
        a_snapshot_is_found [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, DOMAIN_SNAPSHOTS, DOMAIN_SNAPSHOT_BY_NAME, DOMAIN_CURRENT_SNAPSHOT]
            "a snapshot that was taken is listed, found by its name, and is the current one",
        a_name_is_given_where_there_is_none [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, DOMAIN_SNAPSHOT_BY_NAME]
            "a snapshot without a name is given one",
        a_name_is_taken_once [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT]
            "a name that another snapshot of the domain has is refused as already_exists",
        what_is_not_there_is_not_found [CONNECTION_DEFINE, DOMAIN_SNAPSHOT_BY_NAME, DOMAIN_CURRENT_SNAPSHOT]
            "a name that no snapshot has is not_found, and there is no current one",
        bad_xml_takes_none [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, DOMAIN_SNAPSHOTS]
            "what is not XML is refused as xml_syntax, and no snapshot is taken",
        snapshots_are_a_tree [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, SNAPSHOT_PARENT, SNAPSHOT_CHILDREN]
            "each snapshot builds on the one that was current when it was taken",
        reverting_goes_back_to_a_run [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY, DOMAIN_CREATE_SNAPSHOT, SNAPSHOT_REVERT]
            "reverting to a snapshot of a running domain starts it, and that is told",
        reverting_goes_back_to_none [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CREATE_SNAPSHOT, SNAPSHOT_REVERT]
            "reverting to a snapshot of a domain that was off stops it, and that is told",
        a_deleted_snapshot_is_gone [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, DOMAIN_SNAPSHOTS, SNAPSHOT_DELETE, SNAPSHOT_DUMPXML]
            "a snapshot that was deleted is in no list, and a call on it is not_found",
        children_move_up_when_their_parent_goes [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, SNAPSHOT_PARENT, SNAPSHOT_DELETE]
            "deleting a snapshot leaves those below it, which build on its parent then",
        snapshots_are_not_left_behind [CONNECTION_DEFINE, DOMAIN_CREATE_SNAPSHOT, DOMAIN_UNDEFINE]
            "undefining a domain with snapshots needs a word about them, and is else refused as invalid_state",
    ]
}

async fn take(rig: &Rig, domain: &Domain, name: &str) -> Result<Snapshot> {
    let xml = format!("<domainsnapshot><name>{name}</name></domainsnapshot>");
    rig.drive(domain.create_snapshot(&xml, SnapshotCreateOptions::default())).await
}

async fn names(domain: &Domain) -> Result<Vec<String>> {
    let snapshots = domain.snapshots(SnapshotFilter::default(), RootsOptions::default()).await?;
    let mut names: Vec<String> =
        snapshots.iter().map(|snapshot| snapshot.reference().name.to_string()).collect();
    names.sort();
    Ok(names)
}

async fn a_snapshot_is_found(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let snapshot = take(&rig, &domain, "one").await?;
    ensure_eq!(*snapshot.reference().name, *"one", "the name of the snapshot");
    ensure_eq!(names(&domain).await?, ["one"], "the names listed");
    ensure_eq!(domain.snapshot_by_name("one").await?.reference(), snapshot.reference(), "the snapshot found");
    let current = domain.current_snapshot().await?.map(|current| current.reference().clone());
    ensure_eq!(current.as_ref(), Some(snapshot.reference()), "the current snapshot");
    Ok(())
}

async fn a_name_is_given_where_there_is_none(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let snapshot =
        rig.drive(domain.create_snapshot("<domainsnapshot/>", SnapshotCreateOptions::default())).await?;
    let name = &snapshot.reference().name;
    ensure!(!name.is_empty(), "the snapshot has no name");
    ensure_eq!(domain.snapshot_by_name(name).await?.reference(), snapshot.reference(), "the snapshot found");
    Ok(())
}

async fn a_name_is_taken_once(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    take(&rig, &domain, "one").await?;
    refused(take(&rig, &domain, "one").await, ErrorKind::AlreadyExists, "the name again")
}

async fn what_is_not_there_is_not_found(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    ensure!(domain.current_snapshot().await?.is_none(), "a domain without snapshots has a current one");
    refused(domain.snapshot_by_name("none").await, ErrorKind::NotFound, "a name that none has")
}

async fn bad_xml_takes_none(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    for (xml, kind) in [
        ("", ErrorKind::XmlSyntax),
        ("<domainsnapshot>", ErrorKind::XmlSyntax),
        ("<domain/>", ErrorKind::XmlInvalid),
    ] {
        let answer = rig.drive(domain.create_snapshot(xml, SnapshotCreateOptions::default())).await;
        refused(answer, kind, &format!("'{xml}'"))?;
    }
    ensure!(names(&domain).await?.is_empty(), "there are snapshots: {:?}", names(&domain).await?);
    Ok(())
}

async fn parent(snapshot: &Snapshot) -> Result<Option<String>> {
    Ok(snapshot.parent().await?.map(|parent| parent.reference().name.to_string()))
}

async fn snapshots_are_a_tree(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let root = take(&rig, &domain, "root").await?;
    let middle = take(&rig, &domain, "middle").await?;
    let leaf = take(&rig, &domain, "leaf").await?;
    ensure_eq!(parent(&root).await?, None, "the parent of the root");
    ensure_eq!(parent(&middle).await?.as_deref(), Some("root"), "the parent of the second");
    ensure_eq!(parent(&leaf).await?.as_deref(), Some("middle"), "the parent of the third");
    let below = |descendants| {
        root.children(SnapshotFilter::default(), DescendantsOptions::default().descendants(descendants))
    };
    ensure_eq!(below(false).await?.len(), 1, "how many snapshots build on the root");
    ensure_eq!(below(true).await?.len(), 2, "how many snapshots are below the root");
    Ok(())
}

/// Fails unless this change is among those told.
async fn told(rig: &Rig, watch: &mut Watch, domain: &Domain, change: LifecycleChange) -> Outcome {
    if watch.is_on() {
        let events = watch.of_until_now(rig, domain).await?;
        let wanted = EventBody::from(Lifecycle::new(change));
        ensure!(events.iter().any(|event| event.body == wanted), "{change:?} is not told, but {events:?}");
    }
    Ok(())
}

async fn reverting_goes_back_to_a_run(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let snapshot = take(&rig, &domain, "running").await?;
    Action::Destroy.make(&domain).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.drive(snapshot.revert(SnapshotRevertOptions::default())).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Running, "the state of the domain");
    told(&rig, &mut watch, &domain, LifecycleChange::Started(StartedDetail::FromSnapshot)).await
}

async fn reverting_goes_back_to_none(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let snapshot = take(&rig, &domain, "off").await?;
    Action::Start.make(&domain).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.drive(snapshot.revert(SnapshotRevertOptions::default())).await?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state of the domain");
    told(&rig, &mut watch, &domain, LifecycleChange::Stopped(StoppedDetail::FromSnapshot)).await
}

async fn a_deleted_snapshot_is_gone(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let snapshot = take(&rig, &domain, "one").await?;
    rig.drive(snapshot.delete(TreeDeleteOptions::default())).await?;
    ensure!(names(&domain).await?.is_empty(), "it is still listed");
    refused(snapshot.dumpxml(SnapshotXmlOptions::default()).await, ErrorKind::NotFound, "its XML")
}

async fn children_move_up_when_their_parent_goes(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    take(&rig, &domain, "root").await?;
    let middle = take(&rig, &domain, "middle").await?;
    let leaf = take(&rig, &domain, "leaf").await?;
    rig.drive(middle.delete(TreeDeleteOptions::default())).await?;
    ensure_eq!(parent(&leaf).await?.as_deref(), Some("root"), "the parent of the last");
    Ok(())
}

async fn snapshots_are_not_left_behind(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    take(&rig, &domain, "one").await?;
    refused(
        domain.undefine(UndefineOptions::default()).await,
        ErrorKind::InvalidState,
        "undefining it without a word",
    )?;
    domain.undefine(UndefineOptions::default().snapshots_metadata(true)).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Gone, "the state of the domain");
    Ok(())
}
