//! Jobs: what takes long on a domain. One at a time per domain, with progress, and a way to stop it.

use crate::call::CallCx;
use crate::error::{Error, Result};
use omnivirt_model::{ErrorKind, JobOperation};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// The place of a domain's job. A driver keeps one per domain.
///
/// ```
/// use omnivirt_core::{CallCx, CallSettings, ErrorKind, JobOperation, calls, jobs::JobSlot};
///
/// let cx = CallCx::new(&calls::DOMAIN_SAVE, "toy", CallSettings::default().into());
/// let slot = JobSlot::default();
/// let job = slot.begin(JobOperation::Save, &cx)?;
/// job.set_progress(1_000, 250);
/// assert_eq!(slot.current().unwrap().processed, 250);
/// assert_eq!(slot.begin(JobOperation::Save, &cx).unwrap_err().kind(), ErrorKind::ResourceBusy);
/// slot.abort()?;
/// assert!(job.check_aborted().is_err());
/// drop(job);
/// assert!(slot.current().is_none());
/// # Ok::<(), omnivirt_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct JobSlot(Arc<Mutex<Option<Running>>>);

#[derive(Debug)]
struct Running {
    progress: JobProgress,
    aborted: CancellationToken,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobProgress {
    /// What the job does.
    pub operation: JobOperation,
    /// The call that began it.
    pub request_id: u64,
    /// When it began.
    pub started: Instant,
    /// How much there is to do, in bytes; 0 while that is not known.
    pub total: u64,
    /// How much of it is done, in bytes.
    pub processed: u64,
}

/// A job that runs. Dropping it ends the job.
#[derive(Debug)]
pub struct Job {
    slot: JobSlot,
    aborted: CancellationToken,
}

impl JobSlot {
    /// Takes the place.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if a job runs; it names the job.
    pub fn begin(&self, operation: JobOperation, cx: &CallCx) -> Result<Job> {
        let mut slot = self.0.lock();
        if let Some(running) = &*slot {
            return Err(Error::new(
                ErrorKind::ResourceBusy,
                format!("a {} job runs on the domain", running.progress.operation),
            )
            .with_context("job_request", running.progress.request_id)
            .with_hint("wait for it, or abort it"));
        }
        let aborted = CancellationToken::new();
        let progress = JobProgress {
            operation,
            request_id: cx.request_id(),
            started: Instant::now(),
            total: 0,
            processed: 0,
        };
        *slot = Some(Running { progress, aborted: aborted.clone() });
        Ok(Job { slot: self.clone(), aborted })
    }

    /// How far the running job is.
    #[must_use]
    pub fn current(&self) -> Option<JobProgress> {
        self.0.lock().as_ref().map(|running| running.progress.clone())
    }

    /// Asks the running job to stop. It ends with `Aborted` when it has put everything back.
    ///
    /// # Errors
    ///
    /// `InvalidState` if none runs.
    pub fn abort(&self) -> Result<()> {
        match &*self.0.lock() {
            Some(running) => {
                running.aborted.cancel();
                Ok(())
            }
            None => Err(Error::new(ErrorKind::InvalidState, "no job runs on the domain")),
        }
    }
}

impl Job {
    /// Says how far it is, in bytes.
    pub fn set_progress(&self, total: u64, processed: u64) {
        if let Some(running) = &mut *self.slot.0.lock() {
            running.progress.total = total;
            running.progress.processed = processed.min(total);
        }
    }

    /// Ends when the job is asked to stop.
    pub async fn aborted(&self) {
        self.aborted.cancelled().await;
    }

    /// Whether to go on.
    ///
    /// # Errors
    ///
    /// `Aborted` once the job has been asked to stop.
    pub fn check_aborted(&self) -> Result<()> {
        if self.aborted.is_cancelled() {
            return Err(Error::new(ErrorKind::Aborted, "the job was aborted"));
        }
        Ok(())
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        *self.slot.0.lock() = None;
    }
}
