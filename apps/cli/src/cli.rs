//! The command line: global options and the commands.

use crate::argument;
use crate::commands::*;
use crate::error::EXIT_CODES;
use crate::output::Format;
use crate::session::Session;
use clap::{Args, Parser, Subcommand};
use omnivirt::Result;
use std::time::Duration;

/// Virtual machines and containers at the shell.
///
/// Domains are named by name, UUID or id. What stands behind the URI is a driver: 'omnivirt drivers' lists them.
///
/// With no URI, test:///default is used: a simulated host with one running domain, 'test'. Each run of the program has
/// a fresh one of its own, in memory, so nothing that a command changes there is seen by the next. To make several
/// steps against one simulated host, put them into a script ('omnivirt script --events'), or describe the host in a
/// file (test:///path/to/host.xml), from which each run begins.
#[derive(Debug, Parser)]
#[command(name = "omnivirt", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct GlobalOptions {
    /// What to connect to, such as test:///default or qemu:///system
    #[arg(short, long, global = true, env = "OMNIVIRT_URI", value_name = "URI", hide_env_values = true)]
    pub(crate) connect: Option<String>,
    /// The form of results, errors and notes
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub(crate) output: Format,
    /// Refuse whatever would change something
    #[arg(short, long, global = true)]
    pub(crate) read_only: bool,
    /// The most time that it may take, such as 30s or 500ms; exit code 4 after that
    #[arg(long, global = true, value_name = "TIME", value_parser = argument::duration)]
    pub(crate) timeout: Option<Duration>,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The commands, by group.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::List),
    Info(info::Info),
    #[command(flatten)]
    Lifecycle(lifecycle::Command),
    #[command(flatten)]
    Definition(definition::Command),
    Edit(edit::Edit),
    #[command(flatten)]
    Resources(resources::Command),
    Metadata(metadata::Metadata),
    Stats(stats::Stats),
    #[command(flatten)]
    Devices(devices::Command),
    #[command(flatten)]
    Save(save::Command),
    #[command(subcommand, visible_alias = "snap")]
    Snapshot(snapshot::Command),
    #[command(subcommand)]
    Jobs(jobs::Command),
    Console(console::Console),
    Screenshot(screenshot::Screenshot),
    #[command(flatten)]
    Qemu(qemu::Command),
    Events(events::Events),
    Wait(wait::Wait),
    Inject(inject::Inject),
    #[command(flatten)]
    Host(host::Command),
    Drivers(drivers::Drivers),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Xml(xml::Command),
    Script(script::Script),
    #[command(flatten)]
    Manual(manual::Command),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        // Each is boxed, so that the future of this function is not as large as the largest of them.
        match self {
            Self::List(command) => Box::pin(command.run(session)).await,
            Self::Info(command) => Box::pin(command.run(session)).await,
            Self::Lifecycle(command) => Box::pin(command.run(session)).await,
            Self::Definition(command) => Box::pin(command.run(session)).await,
            Self::Edit(command) => Box::pin(command.run(session)).await,
            Self::Resources(command) => Box::pin(command.run(session)).await,
            Self::Metadata(command) => Box::pin(command.run(session)).await,
            Self::Stats(command) => Box::pin(command.run(session)).await,
            Self::Devices(command) => Box::pin(command.run(session)).await,
            Self::Save(command) => Box::pin(command.run(session)).await,
            Self::Snapshot(command) => Box::pin(command.run(session)).await,
            Self::Jobs(command) => Box::pin(command.run(session)).await,
            Self::Console(command) => Box::pin(command.run(session)).await,
            Self::Screenshot(command) => Box::pin(command.run(session)).await,
            Self::Qemu(command) => Box::pin(command.run(session)).await,
            Self::Events(command) => Box::pin(command.run(session)).await,
            Self::Wait(command) => Box::pin(command.run(session)).await,
            Self::Inject(command) => Box::pin(command.run(session)).await,
            Self::Host(command) => Box::pin(command.run(session)).await,
            Self::Drivers(command) => Box::pin(command.run(session)).await,
            Self::Doctor(command) => Box::pin(command.run(session)).await,
            Self::Script(command) => Box::pin(command.run(session)).await,
            Self::Xml(command) => command.run(session),
            Self::Manual(command) => command.run(session),
        }
    }
}
