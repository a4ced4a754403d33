//! Changes of a domain, one after the other.

use super::state::DomainEntry;
use omnivirt_core::call::{in_call, waiting_for};
use omnivirt_core::{Error, ErrorKind, Result};
use std::future::Future;
use std::sync::Arc;

/// Runs work on a domain when all that was asked for before is done. Once begun it runs to its end, even if nobody waits for
/// it any more.
///
/// # Errors
///
/// `NotFound` if the domain has gone, `ResourceBusy` if a job runs, and what the work says.
pub(crate) fn in_turn<T, F>(entry: &Arc<DomainEntry>, work: F) -> impl Future<Output = Result<T>> + Send
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    // Boxed, it is moved about as one word: starting a guest is large.
    let work = Box::pin(work);
    async move {
        let job = entry.lock()?.jobs.slot.current();
        if let Some(job) = job {
            let message = format!("a {} job runs on the domain", job.operation);
            return Err(Error::new(ErrorKind::ResourceBusy, message).with_hint("wait for it, or abort it"));
        }
        in_turn_with_job(entry, work).await
    }
}

/// [`in_turn`], of the job itself that runs.
pub(crate) async fn in_turn_with_job<T, F>(entry: &Arc<DomainEntry>, work: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let queue = entry.lock()?.queue.clone();
    let before = || "another change of the domain, which was asked for before".to_owned();
    let turn = waiting_for(before, queue.lock_owned()).await;
    let work = tokio::spawn(in_call(async move {
        let _turn = turn;
        work.await
    }));
    work.await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "work on the domain broke off").with_source(error))
    })
}
