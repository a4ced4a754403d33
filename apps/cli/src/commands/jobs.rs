//! `jobs`: what takes long on a domain.

use super::DomainArgument;
use crate::session::Session;
use clap::Subcommand;
use omnivirt::{AbortJobOptions, JobInfoOptions, Result};

/// Watch and stop what takes long on a domain
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show how far the running job is, or how the last one went
    Info {
        #[command(flatten)]
        domain: DomainArgument,
        /// The last job that ended, not the running one
        #[arg(long)]
        completed: bool,
    },
    /// Ask the running job to stop
    Abort {
        #[command(flatten)]
        domain: DomainArgument,
        /// Also a migration whose guest runs on the other host already; it is left paused
        #[arg(long)]
        post_copy: bool,
    },
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Info { domain, completed } => {
                let domain = domain.find(session).await?;
                // Asking again shall give the same answer.
                let options = JobInfoOptions::default().completed(completed).keep_completed(completed);
                let info = domain.job_info(options).await?;
                session.output.record(&info)
            }
            Self::Abort { domain, post_copy } => {
                let domain = domain.find(session).await?;
                domain.abort_job(AbortJobOptions::default().post_copy(post_copy)).await?;
                session.output.done(domain.reference(), "jobs abort", "asked to stop its job")
            }
        }
    }
}
