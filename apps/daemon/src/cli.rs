//! The command line.

use crate::config::Config;
use crate::qemu::Qemu;
use crate::server::Life;
use crate::{access, activation, log, server, starter};
use clap::Parser;
use omnivirt::daemon::Places;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The configuration's file, in its folder.
const CONFIGURATION: &str = "omnivirtd.toml";

/// How long a daemon that was started because it was asked for stays with nothing to do.
const IDLE_WHEN_STARTED: Duration = Duration::from_secs(120);

/// Serves Omnivirt's drivers to libvirt's clients.
#[derive(Debug, Parser)]
#[command(name = "omnivirtd", version)]
pub(crate) struct Arguments {
    /// The configuration, in TOML; omnivirtd.toml in /etc/omnivirt or $XDG_CONFIG_HOME/omnivirt, where it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the sockets are
    #[arg(long, value_name = "DIR")]
    pub(crate) socket_dir: Option<PathBuf>,
    /// Where the daemon keeps what it needs to remember
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Says whether the configuration is right, and does nothing else
    #[arg(long)]
    check_config: bool,
    /// Serves qemu:///session, with the user's own directories, as it does for all but root
    #[arg(long)]
    session: bool,
    /// Starts the user's daemon in the background, unless it serves already, and ends when it does
    #[arg(long, requires = "session")]
    start: bool,
    /// Ends after so many seconds in which there was no client and no running domain; 0 never does
    #[arg(long, value_name = "SECONDS")]
    pub(crate) idle_timeout: Option<u32>,
    /// Belongs to another process's --start: says "ready", or what failed, on standard output
    #[arg(long, hide = true)]
    announce: bool,
}

/// Where the sockets and the daemon's own files are.
#[derive(Debug)]
pub(crate) struct Directories {
    pub(crate) sockets: PathBuf,
    pub(crate) state: PathBuf,
    /// They are one user's alone.
    pub(crate) is_session: bool,
}

/// Runs the daemon until it is told to end.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let announces = arguments.announce;
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if announces {
                log::say(&message);
            }
            eprintln!("omnivirtd: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let is_session = arguments.session || !rustix::process::geteuid().is_root();
    let places = match is_session {
        true => Places::of_session(),
        false => Ok(Places::of_system()),
    };
    // Where all is named, the environment need not say anything.
    let place = |named: Option<PathBuf>, of: fn(&Places) -> &PathBuf| match (named, &places) {
        (Some(named), _) => Ok(named),
        (None, Ok(places)) => Ok(of(places).clone()),
        (None, Err(error)) => Err(error.to_string()),
    };
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => match places.as_ref().map(|places| places.configuration.join(CONFIGURATION)) {
            Ok(path) if path.exists() => Config::read(&path)?,
            _ => Config::default(),
        },
    };
    let access = access::Access::of(&config.auth)?;
    let directories = Directories {
        sockets: place(
            arguments.socket_dir.clone().or_else(|| config.sockets.directory.clone()),
            |places| &places.sockets,
        )?,
        state: place(arguments.state_dir.clone(), |places| &places.state)?,
        is_session,
    };
    let qemu = Qemu::new(&config.qemu, &directories.state, is_session)?;
    if arguments.check_config {
        log::say("ok");
        return Ok(());
    }
    if arguments.start {
        return starter::start(&arguments, &directories, &config);
    }
    if arguments.announce {
        // What happens to the terminal, or to the program that it was started by, is not its business. It may lead a session already.
        let _ = rustix::process::setsid();
    }
    let life = Life { idle: idle(&arguments, &config), was_started: arguments.announce };
    serve(config, access, qemu, &directories, life)
}

fn serve(
    config: Config,
    access: access::Access,
    qemu: Qemu,
    directories: &Directories,
    life: Life,
) -> Result<(), String> {
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
    let result = runtime.block_on(server::run(config, access, qemu, directories, life, given));
    // Whatever still blocks a thread is not waited for.
    runtime.shutdown_background();
    result
}

/// After what time with nothing to do the daemon ends.
fn idle(arguments: &Arguments, config: &Config) -> Option<Duration> {
    let asked = arguments.idle_timeout.map(|seconds| Duration::from_secs(seconds.into()));
    let configured = || config.timeouts.idle.map(|idle| idle.seconds());
    let usual = || arguments.announce.then_some(IDLE_WHEN_STARTED);
    asked.or_else(configured).or_else(usual).filter(|idle| !idle.is_zero())
}

impl Directories {
    /// Makes a directory of the daemon's; nobody else looks into one of a user's own.
    ///
    /// # Errors
    ///
    /// For a person: which cannot be made.
    pub(crate) fn make(&self, directory: &Path) -> Result<(), String> {
        let mode = if self.is_session { 0o700 } else { 0o755 };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(directory)
            .map_err(|error| format!("cannot make the directory {}: {error}", directory.display()))
    }
}
