//! Jobs: what takes long on a domain, one at a time.

use super::queue::in_turn_with_job;
use super::state::DomainEntry;
use crate::connection::QemuDriver;
use crate::host::Host;
use crate::qmp::Monitor;
use omnivirt_core::event::{Cause, JobCompleted};
use omnivirt_core::jobs::{Job, JobSlot};
use omnivirt_core::*;
use omnivirt_host::progress;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The jobs of a domain.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) slot: JobSlot,
    /// How the last one went.
    last: Option<JobInfo>,
}

/// How often QEMU is asked how far it is.
const INTERVAL: Duration = Duration::from_millis(10);

/// Runs a job on a domain, and tells of its end. What the work needs to know of the domain it asks for itself.
///
/// # Errors
///
/// `ResourceBusy` if a job runs, `Aborted`, and what the work says.
pub(crate) async fn run<T, F>(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    cx: &CallCx,
    operation: JobOperation,
    work: impl FnOnce(Arc<Job>) -> F,
) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let job = Arc::new(entry.lock()?.jobs.slot.begin(operation, cx)?);
    let begun = Instant::now();
    let work = work(job.clone());
    let (host, told, cause) = (host.clone(), entry.clone(), cx.cause());
    in_turn_with_job(entry, async move {
        let done = work.await;
        tell(&host, &told, &cause, operation, begun, done.as_ref().err());
        drop(job);
        done
    })
    .await
}

/// Notes how a job went, and tells it.
fn tell(
    host: &Host,
    entry: &DomainEntry,
    cause: &Cause,
    operation: JobOperation,
    begun: Instant,
    error: Option<&Error>,
) {
    let Ok(mut domain) = entry.lock() else { return };
    let progress = domain.jobs.slot.current();
    let (total, processed) = progress.map_or((0, 0), |job| (job.total, job.processed));
    let (info, parameters) = omnivirt_host::ended(operation, begun.elapsed(), total, processed, error);
    domain.jobs.last = Some(info);
    domain.emit_body(host, cause, JobCompleted::new(parameters));
}

/// Waits until what QEMU sends or receives is through, or the job is aborted.
///
/// # Errors
///
/// `Aborted`, `HypervisorError` with QEMU's own words.
pub(crate) async fn moved(monitor: &Monitor, job: Option<&Job>) -> Result<()> {
    let mut is_cancelled = false;
    loop {
        let now = monitor.execute("query-migrate", json!({})).await?;
        let ram = |field: &str| now["ram"][field].as_u64();
        if let (Some(job), Some(total), Some(left)) = (job, ram("total"), ram("remaining")) {
            job.set_progress(total, total.saturating_sub(left));
        }
        match now["status"].as_str() {
            Some("completed") => return Ok(()),
            Some("failed") => return Err(not_moved(&now)),
            Some("cancelled") => return Err(Error::new(ErrorKind::Aborted, "the job was aborted")),
            _ => {}
        }
        let aborted = async {
            match job {
                Some(job) if !is_cancelled => job.aborted().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = aborted => {
                is_cancelled = true;
                monitor.execute("migrate_cancel", json!({})).await?;
            }
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

fn not_moved(answer: &Value) -> Error {
    let why = answer["error-desc"].as_str().unwrap_or("QEMU does not say why");
    Error::new(ErrorKind::HypervisorError, format!("the guest's state could not be moved: {why}"))
}

#[driver_ops]
impl DomainJobOps for QemuDriver {
    async fn job_info(&self, _: &CallCx, domain: &DomainRef, options: &JobInfoOptions) -> Result<JobInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let jobs = &mut domain.jobs;
        if options.completed {
            let last = if options.keep_completed { jobs.last.clone() } else { jobs.last.take() };
            return Ok(last.unwrap_or_default());
        }
        Ok(jobs.slot.current().map_or_else(JobInfo::default, |job| {
            let status = if job.total == 0 { JobStatus::Unbounded } else { JobStatus::Bounded };
            progress(status, job.operation, job.started.elapsed(), job.total, job.processed)
        }))
    }

    async fn abort_job(&self, _: &CallCx, domain: &DomainRef, options: &AbortJobOptions) -> Result<()> {
        if options.post_copy {
            let message = "no migration of the domain runs as post-copy";
            return Err(Error::new(ErrorKind::ArgumentUnsupported, message));
        }
        self.host.domain(domain)?.lock()?.jobs.slot.abort()
    }
}
