//! Progress of calls that run as jobs, where a person looks on; and Ctrl-C, which stops the job.

use crate::session::Session;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use omnivirt::{AbortJobOptions, Domain, Error, ErrorKind, JobInfo, JobInfoOptions, JobStatus, Result};
use std::convert::Infallible;
use std::io::IsTerminal;
use std::time::Duration;

/// A job that is done by then shows no progress.
const PATIENCE: Duration = Duration::from_millis(300);
const INTERVAL: Duration = Duration::from_millis(200);

/// Waits for a call that runs as a job of the domain, if it is known which.
pub(crate) async fn job<T>(
    session: &Session,
    domain: Option<&Domain>,
    title: &'static str,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let is_watched = !session.options.quiet && std::io::stderr().is_terminal();
    tokio::select! {
        biased;
        result = call => result,
        never = show_progress(domain, title), if is_watched => match never {},
        failure = abort_on_interrupt(domain) => Err(failure),
    }
}

async fn show_progress(domain: Option<&Domain>, title: &'static str) -> Infallible {
    tokio::time::sleep(PATIENCE).await;
    let bar = ProgressBar::no_length().with_message(title);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar.set_style(style("{msg} {spinner} {elapsed}"));
    let _cleared = ClearOnDrop(&bar);
    loop {
        if let Some(domain) = domain {
            // A driver that cannot tell gets no less of a spinner.
            if let Ok(info) = domain.job_info(JobInfoOptions::default()).await {
                show(&bar, &info);
            }
        }
        bar.tick();
        tokio::time::sleep(INTERVAL).await;
    }
}

fn show(bar: &ProgressBar, info: &JobInfo) {
    if info.status != JobStatus::Bounded {
        return;
    }
    if let (Some(total @ 1..), Some(done)) = (info.data_total_bytes, info.data_processed_bytes) {
        if bar.length().is_none() {
            bar.set_style(style("{msg} [{bar:30}] {percent}% {binary_bytes}/{binary_total_bytes} {eta}"));
        }
        bar.set_length(total);
        bar.set_position(done.min(total));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is one of the two above")
}

/// Takes the bar off the terminal when the call is done, however it ended.
struct ClearOnDrop<'a>(&'a ProgressBar);

impl Drop for ClearOnDrop<'_> {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The first Ctrl-C asks the job to stop, whose call then fails by itself; the second gives up waiting for that.
async fn abort_on_interrupt(domain: Option<&Domain>) -> Error {
    let interrupted =
        || Error::new(ErrorKind::Cancelled, "interrupted").with_hint("what was begun may still go on");
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler Ctrl-C ends this program, as it would any other.
        std::future::pending::<()>().await;
    }
    let Some(domain) = domain else { return interrupted() };
    if let Err(failure) = domain.abort_job(AbortJobOptions::default()).await {
        return failure;
    }
    match tokio::signal::ctrl_c().await {
        Ok(()) => interrupted(),
        Err(_) => std::future::pending().await,
    }
}
