//! Checkpoints: points in time from which backups take what has changed.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["checkpoints":
        a_checkpoint_is_found [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CREATE_CHECKPOINT, DOMAIN_CHECKPOINTS, DOMAIN_CHECKPOINT_BY_NAME]
            "a checkpoint that was made is listed, and found by its name",
        a_name_is_taken_once [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CREATE_CHECKPOINT]
            "a name that another checkpoint of the domain has is refused as already_exists",
        checkpoints_are_a_chain [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CREATE_CHECKPOINT, CHECKPOINT_PARENT]
            "each checkpoint builds on the one before it",
        a_deleted_checkpoint_is_gone [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CREATE_CHECKPOINT, DOMAIN_CHECKPOINTS, CHECKPOINT_DELETE, CHECKPOINT_DUMPXML]
            "a checkpoint that was deleted is in no list, and a call on it is not_found",
        what_is_not_there_is_not_found [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_CHECKPOINT_BY_NAME]
            "a name that no checkpoint has is not_found",
    ]
}

async fn make(rig: &Rig, domain: &Domain, name: &str) -> Result<Checkpoint> {
    let xml = format!("<domaincheckpoint><name>{name}</name></domaincheckpoint>");
    rig.drive(domain.create_checkpoint(&xml, CheckpointCreateOptions::default())).await
}

async fn count(domain: &Domain) -> Result<usize> {
    Ok(domain.checkpoints(CheckpointFilter::default(), RootsOptions::default()).await?.len())
}

/// A running domain with a disk: there are checkpoints of disks only.
async fn domain(rig: &Rig) -> Result<Domain> {
    let domain = rig.domain(Life::Running).await?;
    if rig.claims(&calls::DOMAIN_ATTACH_DEVICE) {
        domain.attach_device(&rig.fixture().device_xml(), AffectOptions::default()).await?;
    }
    Ok(domain)
}

async fn a_checkpoint_is_found(rig: Arc<Rig>) -> Outcome {
    let domain = domain(&rig).await?;
    let checkpoint = make(&rig, &domain, "one").await?;
    ensure_eq!(*checkpoint.reference().name, *"one", "the name of the checkpoint");
    ensure_eq!(count(&domain).await?, 1, "how many checkpoints are listed");
    ensure_eq!(
        domain.checkpoint_by_name("one").await?.reference(),
        checkpoint.reference(),
        "the checkpoint found"
    );
    Ok(())
}

async fn a_name_is_taken_once(rig: Arc<Rig>) -> Outcome {
    let domain = domain(&rig).await?;
    make(&rig, &domain, "one").await?;
    refused(make(&rig, &domain, "one").await, ErrorKind::AlreadyExists, "the name again")
}

async fn checkpoints_are_a_chain(rig: Arc<Rig>) -> Outcome {
    let domain = domain(&rig).await?;
    let (first, second) = (make(&rig, &domain, "one").await?, make(&rig, &domain, "two").await?);
    ensure!(first.parent().await?.is_none(), "the first checkpoint builds on another");
    let parent = second.parent().await?.map(|parent| parent.reference().clone());
    ensure_eq!(parent.as_ref(), Some(first.reference()), "what the second checkpoint builds on");
    Ok(())
}

async fn a_deleted_checkpoint_is_gone(rig: Arc<Rig>) -> Outcome {
    let domain = domain(&rig).await?;
    let checkpoint = make(&rig, &domain, "one").await?;
    rig.drive(checkpoint.delete(TreeDeleteOptions::default())).await?;
    ensure_eq!(count(&domain).await?, 0, "how many checkpoints are listed");
    refused(checkpoint.dumpxml(CheckpointXmlOptions::default()).await, ErrorKind::NotFound, "its XML")
}

async fn what_is_not_there_is_not_found(rig: Arc<Rig>) -> Outcome {
    let domain = domain(&rig).await?;
    refused(domain.checkpoint_by_name("none").await, ErrorKind::NotFound, "a name that none has")
}
