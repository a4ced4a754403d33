//! A job on a disk: how far it is, and what comes of it.

use super::chains::{Destination, moved};
use super::disks;
use super::state::Simulated;
use super::table::DomainEntry;
use crate::host::{Host, Image};
use omnivirt_core::event::{BlockJob as BlockJobEvent, BlockJobStatus, BlockJobType, Cause};
use omnivirt_core::*;
use std::sync::Arc;
use std::time::Duration;

/// How fast a job goes that has no limit, in bytes a second.
const FASTEST: u64 = 1 << 30;

/// A job that runs on a disk.
#[derive(Debug, Clone)]
pub(crate) struct BlockJob {
    pub(crate) kind: BlockJobKind,
    /// How fast it may go, in bytes a second; 0 for no limit.
    bandwidth_bytes_per_s: u64,
    total_bytes: u64,
    /// What was done until `since`.
    done_bytes: u64,
    since: Timestamp,
    /// Whether all is done, and it waits to be ended.
    pub(crate) is_ready: bool,
    /// Tells it, at that speed, from all others of the run.
    number: u64,
    outcome: Outcome,
    /// Who began it.
    cause: Cause,
}

/// What a job makes of its disk.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The image that the disk is held by then.
    pub(crate) first: Destination,
    /// The images behind that one.
    pub(crate) behind: Vec<String>,
    /// The images whose files are deleted.
    pub(crate) deleted: Vec<String>,
    /// What becomes of an image that is written to.
    pub(crate) written: Option<(String, Image)>,
}

impl BlockJob {
    pub(crate) fn new(
        kind: BlockJobKind,
        total_bytes: u64,
        bandwidth_bytes_per_s: u64,
        outcome: Outcome,
        host: &Host,
        cause: Cause,
    ) -> Self {
        let since = host.clock.now();
        Self {
            kind,
            bandwidth_bytes_per_s,
            total_bytes,
            done_bytes: 0,
            since,
            is_ready: false,
            number: 0,
            outcome,
            cause,
        }
    }

    fn done(&self, now: Timestamp) -> u64 {
        let speed = if self.bandwidth_bytes_per_s == 0 { FASTEST } else { self.bandwidth_bytes_per_s };
        let more = now.since(self.since).as_nanos() * u128::from(speed) / 1_000_000_000;
        self.done_bytes.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)).min(self.total_bytes)
    }

    /// How long it still takes.
    fn left(&self, now: Timestamp) -> Duration {
        let speed = if self.bandwidth_bytes_per_s == 0 { FASTEST } else { self.bandwidth_bytes_per_s };
        let nanoseconds = u128::from(self.total_bytes - self.done(now)) * 1_000_000_000;
        Duration::from_nanos(u64::try_from(nanoseconds.div_ceil(speed.into())).unwrap_or(u64::MAX))
    }

    pub(crate) fn info(&self, now: Timestamp) -> BlockJobInfo {
        let done = if self.is_ready { self.total_bytes } else { self.done(now) };
        BlockJobInfo::default()
            .kind(self.kind)
            .bandwidth_bytes_per_s(self.bandwidth_bytes_per_s)
            .current(done)
            .end(self.total_bytes)
    }

    /// Whether it keeps both sides equal until it is told to end.
    pub(crate) fn waits_to_be_ended(&self) -> bool {
        matches!(self.kind, BlockJobKind::Copy | BlockJobKind::ActiveCommit)
    }
}

impl Host {
    /// Begins a job on a disk that has none.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the domain does not run, `Internal` if nothing could wait for the job's end.
    pub(crate) fn begin_block_job(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        domain: &mut Simulated,
        target: &str,
        mut job: BlockJob,
    ) -> Result<()> {
        let run = domain.run()?;
        run.extras.block_jobs_begun += 1;
        job.number = run.extras.block_jobs_begun;
        self.end_block_job_later(entry, run.id, target, &job)?;
        run.extras.block_jobs.insert(target.to_owned(), job);
        Ok(())
    }

    /// Lets a job go on at another speed.
    ///
    /// # Errors
    ///
    /// As [`Host::begin_block_job`]; `InvalidState` if there is no job.
    pub(crate) fn set_block_job_speed(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        domain: &mut Simulated,
        target: &str,
        bandwidth_bytes_per_s: u64,
    ) -> Result<()> {
        let run = domain.run()?;
        let now = self.clock.now();
        let mut job = run.extras.block_jobs.get(target).cloned().ok_or_else(|| no_job(target))?;
        job.done_bytes = job.done(now);
        job.since = now;
        job.bandwidth_bytes_per_s = bandwidth_bytes_per_s;
        if !job.is_ready {
            run.extras.block_jobs_begun += 1;
            job.number = run.extras.block_jobs_begun;
            self.end_block_job_later(entry, run.id, target, &job)?;
        }
        run.extras.block_jobs.insert(target.to_owned(), job);
        Ok(())
    }

    fn end_block_job_later(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        run: u32,
        target: &str,
        job: &BlockJob,
    ) -> Result<()> {
        let (host, entry, target, number) =
            (Arc::downgrade(self), entry.clone(), target.to_owned(), job.number);
        self.clock.schedule(job.left(self.clock.now()), move || {
            let (Some(host), Ok(mut domain)) = (host.upgrade(), entry.lock()) else { return };
            let Some(run) = domain.run.as_deref_mut().filter(|now| now.id == run) else { return };
            let Some(job) = run.extras.block_jobs.get_mut(&target).filter(|job| job.number == number) else {
                return;
            };
            if job.waits_to_be_ended() {
                job.is_ready = true;
                let (kind, cause) = (job.kind, job.cause.clone());
                domain.tell_of_block_job(&host, &cause, &target, kind, BlockJobStatus::Ready);
            } else {
                let cause = job.cause.clone();
                domain.complete_block_job(&host, &cause, &target);
            }
        })
    }
}

impl Simulated {
    /// Ends a job with what comes of it. Nothing happens if there is none.
    pub(crate) fn complete_block_job(&mut self, host: &Host, cause: &Cause, target: &str) {
        let Some(job) = self.run.as_deref_mut().and_then(|run| run.extras.block_jobs.remove(target)) else {
            return;
        };
        let Outcome { first, behind, deleted, written } = job.outcome;
        let status = match self.move_disk(target, &first, &behind) {
            Ok(()) => BlockJobStatus::Completed,
            Err(_) => BlockJobStatus::Failed,
        };
        for path in deleted {
            host.images.remove(&path);
        }
        if let Some((path, image)) = written {
            host.images.set(&path, image);
        }
        self.tell_of_block_job(host, cause, target, job.kind, status);
    }

    /// Gives a job up.
    pub(crate) fn cancel_block_job(&mut self, host: &Host, cause: &Cause, target: &str) {
        let Some(job) = self.run.as_deref_mut().and_then(|run| run.extras.block_jobs.remove(target)) else {
            return;
        };
        self.tell_of_block_job(host, cause, target, job.kind, BlockJobStatus::Canceled);
    }

    /// Moves a disk of the run, and of the definition where that has the same image, to other images.
    ///
    /// # Errors
    ///
    /// A path cannot stand in XML; nothing has changed then.
    pub(crate) fn move_disk(&mut self, target: &str, first: &Destination, behind: &[String]) -> Result<()> {
        let before = disks::find(&self.current().config, target)?.source().map(std::borrow::Cow::into_owned);
        let Some(before) = before else { return Ok(()) };
        let live = self
            .run
            .as_ref()
            .map(|run| moved(&run.configuration.config, target, &before, first, behind))
            .transpose()?;
        let defined = self
            .definition
            .as_ref()
            .map(|definition| moved(&definition.config, target, &before, first, behind))
            .transpose()?;
        if let (Some(run), Some(live)) = (&mut self.run, live) {
            run.configuration.config = live;
        }
        if let (Some(definition), Some(defined)) = (&mut self.definition, defined) {
            definition.config = defined;
        }
        Ok(())
    }

    pub(crate) fn tell_of_block_job(
        &self,
        host: &Host,
        cause: &Cause,
        target: &str,
        kind: BlockJobKind,
        status: BlockJobStatus,
    ) {
        let disk = disks::find(&self.current().config, target).ok();
        let path = disk.and_then(disks::Disk::source).map(std::borrow::Cow::into_owned);
        let job = match kind {
            BlockJobKind::Pull => BlockJobType::Pull,
            BlockJobKind::Copy => BlockJobType::Copy,
            BlockJobKind::Commit => BlockJobType::Commit,
            BlockJobKind::ActiveCommit => BlockJobType::ActiveCommit,
            BlockJobKind::Backup => BlockJobType::Backup,
            _ => BlockJobType::Unknown,
        };
        self.emit_body(host, cause, BlockJobEvent::new(target, path, job, status));
    }
}

/// There is no job on the disk.
pub(crate) fn no_job(target: &str) -> Error {
    Error::new(ErrorKind::InvalidState, format!("no job runs on the disk '{target}'"))
}
