//! Jobs: what takes long on a domain.

use super::state::Simulated;
use super::table::DomainEntry;
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::event::{EventKind, JobCompleted};
use omnivirt_core::jobs::{Job, JobSlot};
use omnivirt_core::*;
use omnivirt_host::progress;

/// The jobs of a domain.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    slot: JobSlot,
    started: Timestamp,
    /// How the last one went.
    last: Option<JobInfo>,
}

/// Into how many steps a job's work is cut; each waits as long as the connection's calls do.
pub(crate) const STEPS: u64 = 10;

impl Simulated {
    /// Refuses a call that a job would be disturbed by.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if a job runs.
    pub(crate) fn check_no_job(&self) -> Result<()> {
        match self.jobs.as_ref().and_then(|jobs| jobs.slot.current()) {
            Some(job) => {
                let message = format!("a {} job runs on the domain", job.operation);
                Err(Error::new(ErrorKind::ResourceBusy, message).with_hint("wait for it, or abort it"))
            }
            None => Ok(()),
        }
    }

    /// Asks a job that may run to stop.
    pub(crate) fn abort_any_job(&self) {
        if let Some(jobs) = &self.jobs {
            // There need not be one.
            let _ = jobs.slot.abort();
        }
    }

    /// Begins a job.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if one runs.
    pub(crate) fn begin_job(&mut self, host: &Host, operation: JobOperation, cx: &CallCx) -> Result<Job> {
        let jobs = self.jobs.get_or_insert_default();
        let job = jobs.slot.begin(operation, cx)?;
        jobs.started = host.clock.now();
        Ok(job)
    }

    /// Notes how the running job went. Gives what an event can tell of it.
    pub(crate) fn end_job(
        &mut self,
        host: &Host,
        operation: JobOperation,
        bytes: u64,
        error: Option<&Error>,
    ) -> TypedParameters {
        let jobs = self.jobs.get_or_insert_default();
        let elapsed = host.clock.now().since(jobs.started);
        let (info, parameters) = omnivirt_host::ended(operation, elapsed, bytes, bytes, error);
        jobs.last = Some(info);
        parameters
    }
}

impl TestDriver {
    /// Runs a job on a domain. `begin` looks whether it can be done, and may say what is to come of it; until the work
    /// is done the domain stays as it is; `finish` then changes it at once, behind the event that tells the job's end.
    ///
    /// # Errors
    ///
    /// What `begin` says, `ResourceBusy` if a job runs, `Aborted`, `InvalidState` if the run that it began with is over.
    pub(crate) async fn job<B, T>(
        &self,
        cx: &CallCx,
        entry: &DomainEntry,
        operation: JobOperation,
        begin: impl FnOnce(&mut Simulated) -> Result<B>,
        finish: impl FnOnce(&mut Simulated, B) -> T,
    ) -> Result<T> {
        let (begun, job, run, bytes) = {
            let mut domain = entry.lock()?;
            domain.check_no_job()?;
            let begun = begin(&mut domain)?;
            let job = domain.begin_job(&self.host, operation, cx)?;
            (
                begun,
                job,
                domain.run.as_ref().map(|run| run.id),
                domain.current().sizes.memory_kib.saturating_mul(1024),
            )
        };
        let mut report = Report { host: &self.host, cx, entry, operation, bytes, is_made: false };
        let worked = self.work(&job, bytes).await;
        let mut domain = entry.lock()?;
        let worked = match worked {
            Ok(()) if domain.run.as_ref().map(|run| run.id) != run => {
                Err(Error::new(ErrorKind::Aborted, "the domain stopped while the job ran"))
            }
            worked => worked,
        };
        report.make(&mut domain, worked.as_ref().err());
        drop(job);
        worked.map(|()| finish(&mut domain, begun))
    }

    /// Goes through a job's work, step by step.
    ///
    /// # Errors
    ///
    /// `Aborted`.
    async fn work(&self, job: &Job, bytes: u64) -> Result<()> {
        for step in 1..=STEPS {
            tokio::select! {
                biased;
                () = job.aborted() => {}
                () = self.host.clock.sleep(self.latency) => {}
            }
            job.check_aborted()?;
            job.set_progress(bytes, bytes / STEPS * step);
        }
        Ok(())
    }
}

/// What there is to tell when a job ends, also when its caller gives it up.
struct Report<'a> {
    host: &'a Host,
    cx: &'a CallCx,
    entry: &'a DomainEntry,
    operation: JobOperation,
    bytes: u64,
    is_made: bool,
}

impl Report<'_> {
    fn make(&mut self, domain: &mut Simulated, error: Option<&Error>) {
        let told = domain.end_job(self.host, self.operation, self.bytes, error);
        if self.cx.call().emits.contains(&EventKind::JobCompleted) {
            domain.emit_body(self.host, &self.cx.cause(), JobCompleted::new(told));
        }
        self.is_made = true;
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if self.is_made {
            return;
        }
        if let Ok(mut domain) = self.entry.lock() {
            self.make(&mut domain, Some(&Error::new(ErrorKind::Aborted, "the caller gave the job up")));
        }
    }
}

#[driver_ops]
impl DomainJobOps for TestDriver {
    async fn job_info(&self, _: &CallCx, domain: &DomainRef, options: &JobInfoOptions) -> Result<JobInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let Some(jobs) = &mut domain.jobs else { return Ok(JobInfo::default()) };
        if options.completed {
            let last = if options.keep_completed { jobs.last.clone() } else { jobs.last.take() };
            return Ok(last.unwrap_or_default());
        }
        let elapsed = self.host.clock.now().since(jobs.started);
        Ok(jobs.slot.current().map_or_else(JobInfo::default, |job| {
            progress(JobStatus::Bounded, job.operation, elapsed, job.total, job.processed)
        }))
    }

    async fn abort_job(&self, cx: &CallCx, domain: &DomainRef, options: &AbortJobOptions) -> Result<()> {
        if options.post_copy {
            return Err(Error::new(
                ErrorKind::ArgumentUnsupported,
                "no migration of the test driver runs as post-copy",
            ));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if domain.abort_backup(&self.host, &cx.cause()) {
            return Ok(());
        }
        match &domain.jobs {
            Some(jobs) => jobs.slot.abort(),
            None => Err(Error::new(ErrorKind::InvalidState, "no job runs on the domain")),
        }
    }
}
