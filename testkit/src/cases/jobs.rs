//! Jobs: one at a time, with progress, and a way to stop them.

use super::rules;
use crate::case::{Case, Need};
use crate::failure::{Failure, Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::EventKind;
use omnivirt_core::*;
use std::sync::Arc;
use tokio::task::JoinHandle;

pub(super) fn cases() -> Vec<Case> {
    let slow = rules!["jobs":
        a_job_tells_how_far_it_is [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_JOB_INFO]
            "a running job says what it does and how much of it is done, which never falls",
        one_job_runs_at_a_time [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_JOB_INFO]
            "a second job on a domain is refused as resource_busy, and the first goes on",
        questions_are_answered_meanwhile [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_JOB_INFO, DOMAIN_DUMPXML]
            "a domain answers what it is while a job runs on it",
        a_job_holds_up_no_other_domain [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_JOB_INFO]
            "a job on one domain leaves others free",
        an_aborted_job_puts_everything_back [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_HAS_MANAGED_SAVE, DOMAIN_JOB_INFO, DOMAIN_ABORT_JOB]
            "a job that is aborted ends as aborted, and the domain is as it was before",
        a_dropped_job_leaves_before_or_after [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_HAS_MANAGED_SAVE, DOMAIN_JOB_INFO]
            "a job whose future is dropped is done or undone, and the domain can have another",
    ];
    let rules = rules!["jobs":
        the_end_of_a_job_is_told [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE]
            "a job that has ended is told as job_completed",
        the_last_job_is_remembered [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_MANAGED_SAVE, DOMAIN_JOB_INFO]
            "how the last job went can be asked for when it is over",
        without_a_job_there_is_nothing_to_abort [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_JOB_INFO, DOMAIN_ABORT_JOB]
            "without a job its status is none, and aborting it is refused as invalid_state",
    ];
    slow.into_iter().map(|case| case.and(Need::SlowHost)).chain(rules).collect()
}

/// How often a job that has begun is asked for before it counts as never seen.
const MOST_LOOKS: usize = 100;

/// Begins to save a domain, and gives the save once its job runs.
async fn saving(rig: &Rig, domain: &Domain) -> Outcome<JoinHandle<Result<()>>> {
    let saved = domain.clone();
    let save = tokio::spawn(async move { saved.managed_save(ManagedSaveOptions::default()).await });
    for _ in 0..MOST_LOOKS {
        if is_running(&info(rig, domain).await?) {
            return Ok(save);
        }
        ensure!(!save.is_finished(), "the job has ended before it was seen");
    }
    Err(Failure::new("the job has begun and is not seen"))
}

async fn info(rig: &Rig, domain: &Domain) -> Result<JobInfo> {
    rig.drive(domain.job_info(JobInfoOptions::default())).await
}

fn is_running(info: &JobInfo) -> bool {
    matches!(info.status, JobStatus::Bounded | JobStatus::Unbounded)
}

/// Waits for the end of a call that runs beside.
async fn end(rig: &Rig, call: JoinHandle<Result<()>>) -> Outcome<Result<()>> {
    rig.drive(call).await.map_err(|error| Failure::new(format!("the call panicked: {error}")))
}

async fn a_job_tells_how_far_it_is(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let save = saving(&rig, &domain).await?;
    let mut done = 0;
    let mut looks = 0;
    loop {
        let now = info(&rig, &domain).await?;
        if !is_running(&now) {
            break;
        }
        ensure_eq!(now.operation, JobOperation::Save, "what the job does");
        let processed = now.data_processed_bytes.unwrap_or(done);
        ensure!(processed >= done, "{processed} bytes are done, after {done} were");
        ensure!(
            now.data_total_bytes.is_none_or(|total| processed <= total),
            "more is done than there is to do: {now:?}"
        );
        done = processed;
        looks += 1;
    }
    ensure!(looks > 1, "the job was seen {looks} times: the host is not slow enough");
    Ok(end(&rig, save).await??)
}

async fn one_job_runs_at_a_time(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let first = saving(&rig, &domain).await?;
    let second = rig.drive(domain.managed_save(ManagedSaveOptions::default())).await;
    refused(second, ErrorKind::ResourceBusy, "a second job")?;
    end(&rig, first).await??;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state after the first job");
    Ok(())
}

async fn questions_are_answered_meanwhile(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let save = saving(&rig, &domain).await?;
    let life = rig.life(&domain).await?;
    ensure!(
        life == Life::Running || life == Life::Paused,
        "while it is saved the domain is {}",
        life.words()
    );
    rig.drive(domain.dumpxml(DumpxmlOptions::default())).await?;
    ensure!(!save.is_finished(), "the answers waited for the job's end");
    Ok(end(&rig, save).await??)
}

async fn a_job_holds_up_no_other_domain(rig: Arc<Rig>) -> Outcome {
    let (domain, other) = (rig.domain(Life::Running).await?, rig.domain(Life::ShutOff).await?);
    let save = saving(&rig, &domain).await?;
    rig.drive(other.start(StartOptions::default())).await?;
    ensure!(!save.is_finished(), "the other domain waited for the job's end");
    Ok(end(&rig, save).await??)
}

async fn an_aborted_job_puts_everything_back(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let save = saving(&rig, &domain).await?;
    rig.drive(domain.abort_job(AbortJobOptions::default())).await?;
    refused(end(&rig, save).await?, ErrorKind::Aborted, "the job that was aborted")?;
    ensure_eq!(rig.life(&domain).await?, Life::Running, "the state of the domain");
    ensure!(!rig.drive(domain.has_managed_save()).await?, "the aborted save has left an image");
    ensure!(!is_running(&info(&rig, &domain).await?), "the aborted job still runs");
    Ok(())
}

async fn a_dropped_job_leaves_before_or_after(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let save = saving(&rig, &domain).await?;
    save.abort();
    for look in 0.. {
        if !is_running(&info(&rig, &domain).await?) {
            break;
        }
        ensure!(look < MOST_LOOKS, "the job of a dropped future never ends");
    }
    let (life, saved) = (rig.life(&domain).await?, rig.drive(domain.has_managed_save()).await?);
    let whole = (life == Life::Running && !saved) || (life == Life::ShutOff && saved);
    ensure!(whole, "the domain is {}, and saved is {saved}", life.words());
    if life == Life::ShutOff {
        rig.drive(domain.start(StartOptions::default())).await?;
    }
    Ok(rig.drive(domain.managed_save(ManagedSaveOptions::default())).await?)
}

async fn the_end_of_a_job_is_told(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.drive(domain.managed_save(ManagedSaveOptions::default())).await?;
    if watch.is_on() {
        let events = watch.of_until_now(&rig, &domain).await?;
        let ends = events.iter().filter(|event| event.kind() == EventKind::JobCompleted).count();
        ensure_eq!(ends, 1, "how often the end of the job is told");
    }
    Ok(())
}

async fn the_last_job_is_remembered(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    rig.drive(domain.managed_save(ManagedSaveOptions::default())).await?;
    let last = domain.job_info(JobInfoOptions::default().completed(true).keep_completed(true)).await?;
    ensure_eq!((last.status, last.operation), (JobStatus::Completed, JobOperation::Save), "the last job");
    ensure_eq!(info(&rig, &domain).await?.status, JobStatus::None, "the status of the running job");
    Ok(())
}

async fn without_a_job_there_is_nothing_to_abort(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    ensure_eq!(info(&rig, &domain).await?.status, JobStatus::None, "the status of the running job");
    refused(domain.abort_job(AbortJobOptions::default()).await, ErrorKind::InvalidState, "aborting it")
}
