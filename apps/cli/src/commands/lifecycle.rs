//! The life of a domain: `start`, `shutdown`, `reboot`, `reset`, `suspend`, `resume`, `destroy`.

use super::DomainArgument;
use crate::progress;
use crate::session::Session;
use clap::{Args, Subcommand, ValueEnum};
use omnivirt::{DestroyOptions, RebootOptions, Result, ShutdownOptions, StartOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a defined domain
    Start {
        #[command(flatten)]
        domain: DomainArgument,
        /// Leave its virtual CPUs stopped
        #[arg(long)]
        paused: bool,
        /// Destroy it when this connection closes
        #[arg(long)]
        autodestroy: bool,
        /// Throw a managed save image away and boot afresh
        #[arg(long)]
        force_boot: bool,
        /// Read a managed save image past the host's page cache
        #[arg(long)]
        bypass_cache: bool,
        /// Make its firmware variables anew from their template
        #[arg(long)]
        reset_nvram: bool,
    },
    /// Ask the guest to shut down
    Shutdown(Asked),
    /// Ask the guest to reboot
    Reboot(Asked),
    /// Reset a domain at once, as its reset button would
    Reset(DomainArgument),
    /// Stop the virtual CPUs of a domain; its memory stays
    Suspend(DomainArgument),
    /// Let the virtual CPUs of a paused domain run on
    Resume(DomainArgument),
    /// End a domain at once, as pulling its plug would
    Destroy {
        #[command(flatten)]
        domain: DomainArgument,
        /// Let the hypervisor write out what it holds; fail if that takes too long
        #[arg(long)]
        graceful: bool,
        /// Delete the log files of the run
        #[arg(long)]
        remove_logs: bool,
    },
}

/// A guest that is asked to do something, and how.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    domain: DomainArgument,
    /// How the guest is asked; the driver chooses unless told
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WAY")]
    mode: Vec<Way>,
}

/// Ways to ask a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// The ACPI power button
    Acpi,
    /// The guest agent
    Agent,
    /// The container's initctl pipe
    Initctl,
    /// A signal to the container's init
    Signal,
    /// The hypervisor's paravirtual interface
    Paravirt,
}

impl Asked {
    fn with(&self, way: Way) -> bool {
        self.mode.contains(&way)
    }
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let (domain, command, phrase) = match &self {
            Self::Start { domain, .. } => (domain, "start", "started"),
            Self::Shutdown(asked) => (&asked.domain, "shutdown", "asked to shut down"),
            Self::Reboot(asked) => (&asked.domain, "reboot", "asked to reboot"),
            Self::Reset(domain) => (domain, "reset", "reset"),
            Self::Suspend(domain) => (domain, "suspend", "suspended"),
            Self::Resume(domain) => (domain, "resume", "resumed"),
            Self::Destroy { domain, .. } => (domain, "destroy", "destroyed"),
        };
        let domain = domain.find(session).await?;
        match self {
            Self::Start { paused, autodestroy, force_boot, bypass_cache, reset_nvram, .. } => {
                let options = StartOptions::default()
                    .paused(paused)
                    .auto_destroy(autodestroy)
                    .force_boot(force_boot)
                    .bypass_cache(bypass_cache)
                    .reset_nvram(reset_nvram);
                // A managed save image may have to be read.
                progress::job(session, Some(&domain), "starting", domain.start(options)).await?;
            }
            Self::Shutdown(asked) => {
                let options = ShutdownOptions::default()
                    .acpi_power_button(asked.with(Way::Acpi))
                    .guest_agent(asked.with(Way::Agent))
                    .initctl(asked.with(Way::Initctl))
                    .signal(asked.with(Way::Signal))
                    .paravirt(asked.with(Way::Paravirt));
                domain.shutdown(options).await?;
            }
            Self::Reboot(asked) => {
                let options = RebootOptions::default()
                    .acpi_power_button(asked.with(Way::Acpi))
                    .guest_agent(asked.with(Way::Agent))
                    .initctl(asked.with(Way::Initctl))
                    .signal(asked.with(Way::Signal))
                    .paravirt(asked.with(Way::Paravirt));
                domain.reboot(options).await?;
            }
            Self::Reset(_) => domain.reset().await?,
            Self::Suspend(_) => domain.suspend().await?,
            Self::Resume(_) => domain.resume().await?,
            Self::Destroy { graceful, remove_logs, .. } => {
                domain.destroy(DestroyOptions::default().graceful(graceful).remove_logs(remove_logs)).await?;
            }
        }
        session.output.done(domain.reference(), command, phrase)
    }
}
