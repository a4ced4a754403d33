//! Saving and restoring.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["save":
        a_saved_domain_comes_back [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_SAVE, CONNECTION_RESTORE]
            "saving ends a run, restoring goes on with it, and both are told",
        a_paused_domain_comes_back_paused [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_SUSPEND, DOMAIN_SAVE, CONNECTION_RESTORE]
            "a domain that was saved paused is restored paused",
        a_domain_that_is_off_is_not_saved [CONNECTION_DEFINE, DOMAIN_SAVE]
            "saving a domain that does not run is refused as invalid_state",
        what_is_not_there_is_not_restored [CONNECTION_RESTORE]
            "restoring from a file that is not there is refused as system",
        a_running_domain_is_not_restored [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_SAVE, CONNECTION_RESTORE]
            "restoring a domain that runs is refused as invalid_state",
        a_managed_save_is_restored_by_the_next_start [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_HAS_MANAGED_SAVE]
            "a managed save image is there until the next start, which restores it",
        a_managed_save_can_be_thrown_away [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_MANAGED_SAVE_REMOVE, DOMAIN_HAS_MANAGED_SAVE]
            "a managed save image that was removed is not restored",
        a_forced_boot_throws_the_image_away [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_HAS_MANAGED_SAVE]
            "a start that boots afresh leaves no image behind",
        a_transient_domain_has_no_managed_save [CONNECTION_CREATE, DOMAIN_MANAGED_SAVE]
            "a managed save of a transient domain is refused as invalid_state",
        a_managed_save_is_not_left_behind [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_UNDEFINE]
            "undefining a domain with a managed save image needs a word about it, and is else refused as invalid_state",
    ]
}

fn path(rig: &Rig, domain: &Domain) -> String {
    rig.fixture().scratch_path(&format!("{}.save", domain.name()))
}

async fn save(rig: &Rig, domain: &Domain) -> Result<()> {
    rig.drive(domain.save(&path(rig, domain), SaveOptions::default())).await
}

async fn restore(rig: &Rig, domain: &Domain) -> Result<()> {
    rig.drive(rig.connection().restore(&path(rig, domain), RestoreOptions::default())).await
}

async fn managed_save(rig: &Rig, domain: &Domain) -> Result<()> {
    rig.drive(domain.managed_save(ManagedSaveOptions::default())).await
}

async fn start(rig: &Rig, domain: &Domain, options: StartOptions) -> Result<()> {
    rig.drive(domain.start(options)).await
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

async fn a_saved_domain_comes_back(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    save(&rig, &domain).await?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state of the saved domain");
    told(&rig, &mut watch, &domain, LifecycleChange::Stopped(StoppedDetail::Saved)).await?;
    restore(&rig, &domain).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Running, "the state of the restored domain");
    told(&rig, &mut watch, &domain, LifecycleChange::Started(StartedDetail::Restored)).await
}

async fn a_paused_domain_comes_back_paused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Paused).await?;
    save(&rig, &domain).await?;
    restore(&rig, &domain).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Paused, "the state of the restored domain");
    Ok(())
}

async fn a_domain_that_is_off_is_not_saved(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    refused(save(&rig, &domain).await, ErrorKind::InvalidState, "saving it")
}

async fn what_is_not_there_is_not_restored(rig: Arc<Rig>) -> Outcome {
    let path = rig.fixture().scratch_path(&format!("{}.none", rig.fresh().name));
    let answer = rig.drive(rig.connection().restore(&path, RestoreOptions::default())).await;
    refused(answer, ErrorKind::System, "restoring from nothing")
}

async fn a_running_domain_is_not_restored(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    save(&rig, &domain).await?;
    start(&rig, &domain, StartOptions::default()).await?;
    refused(restore(&rig, &domain).await, ErrorKind::InvalidState, "restoring it")?;
    ensure_eq!(rig.life(&domain).await?, Life::Running, "the state of the domain");
    Ok(())
}

async fn a_managed_save_is_restored_by_the_next_start(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    ensure!(!domain.has_managed_save().await?, "a domain that was never saved has an image");
    managed_save(&rig, &domain).await?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state of the saved domain");
    ensure!(domain.has_managed_save().await?, "the saved domain has no image");
    let mut watch = Watch::all(rig.connection()).await?;
    start(&rig, &domain, StartOptions::default()).await?;
    ensure!(!domain.has_managed_save().await?, "the restored domain still has an image");
    told(&rig, &mut watch, &domain, LifecycleChange::Started(StartedDetail::Restored)).await
}

async fn a_managed_save_can_be_thrown_away(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    managed_save(&rig, &domain).await?;
    domain.managed_save_remove().await?;
    ensure!(!domain.has_managed_save().await?, "the image that was removed is there");
    let mut watch = Watch::all(rig.connection()).await?;
    start(&rig, &domain, StartOptions::default()).await?;
    told(&rig, &mut watch, &domain, LifecycleChange::Started(StartedDetail::Booted)).await
}

async fn a_forced_boot_throws_the_image_away(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    managed_save(&rig, &domain).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    start(&rig, &domain, StartOptions::default().force_boot(true)).await?;
    ensure!(!domain.has_managed_save().await?, "the image is still there");
    told(&rig, &mut watch, &domain, LifecycleChange::Started(StartedDetail::Booted)).await
}

async fn a_transient_domain_has_no_managed_save(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::TransientRunning).await?;
    refused(managed_save(&rig, &domain).await, ErrorKind::InvalidState, "a managed save")?;
    ensure_eq!(rig.life(&domain).await?, Life::TransientRunning, "the state of the domain");
    Ok(())
}

async fn a_managed_save_is_not_left_behind(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    managed_save(&rig, &domain).await?;
    refused(
        domain.undefine(UndefineOptions::default()).await,
        ErrorKind::InvalidState,
        "undefining it without a word",
    )?;
    domain.undefine(UndefineOptions::default().managed_save(true)).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Gone, "the state of the domain");
    Ok(())
}
