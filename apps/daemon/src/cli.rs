//! The command line.

use crate::config::Config;
use crate::{activation, log, server};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Serves Omnivirt's drivers to libvirt's clients.
#[derive(Debug, Parser)]
#[command(name = "omnivirtd", version)]
struct Arguments {
    /// The configuration, in TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the sockets are
    #[arg(long, value_name = "DIR")]
    socket_dir: Option<PathBuf>,
    /// Where the daemon keeps what it needs to remember
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Says whether the configuration is right, and does nothing else
    #[arg(long)]
    check_config: bool,
}

/// Where the sockets and the daemon's own files are.
#[derive(Debug)]
pub(crate) struct Directories {
    pub(crate) sockets: PathBuf,
    pub(crate) state: PathBuf,
}

/// Runs the daemon until it is told to end.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("omnivirtd: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    let access = crate::access::Access::of(&config.auth)?;
    if arguments.check_config {
        log::say("ok");
        return Ok(());
    }
    let directories = Directories {
        sockets: directory(
            arguments.socket_dir.or_else(|| config.sockets.directory.clone()),
            "RUNTIME",
            "run",
        )?,
        state: directory(arguments.state_dir, "STATE", "var/lib")?,
    };
    log::start(&config.log);
    // Before there are threads: it takes variables out of the environment.
    let given = activation::sockets()?;
    let mut builder = match config.runtime.threads.count() {
        1 => tokio::runtime::Builder::new_current_thread(),
        threads => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    let runtime =
        builder.enable_all().build().map_err(|error| format!("the runtime did not start: {error}"))?;
    let result = runtime.block_on(server::run(config, access, &directories, given));
    // Whatever still blocks a thread is not waited for.
    runtime.shutdown_background();
    result
}

/// The directory that was asked for, or where it belongs: for root below `/`, for others where XDG says.
fn directory(asked: Option<PathBuf>, what: &str, root: &str) -> Result<PathBuf, String> {
    if let Some(asked) = asked {
        return Ok(asked);
    }
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/").join(root).join("omnivirt"));
    }
    let base = match (
        std::env::var_os(format!("XDG_{what}_{}", if what == "STATE" { "HOME" } else { "DIR" })),
        what,
    ) {
        (Some(base), _) => PathBuf::from(base),
        (None, "STATE") if std::env::var_os("HOME").is_some() => {
            PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/state")
        }
        _ => {
            let option = if what == "STATE" { "--state-dir" } else { "--socket-dir" };
            return Err(format!("the environment does not say where files belong: give {option}"));
        }
    };
    Ok(base.join("omnivirt"))
}
