//! `--session --start`: the user's daemon as a process of its own, once, and word of when it serves.
//!
//! The process that is told to do so is in between: it waits for its turn, starts the daemon unless it serves already, waits until
//! it says that it does, and ends. So the daemon is no child of the program that needed it.

use crate::cli::{Arguments, Directories};
use crate::config::Config;
use crate::lock::{Lock, Wait};
use crate::log;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the daemon may take until it serves, the end of one before it included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the daemon says when it serves.
const READY: &str = "ready";

/// From what size on a log is put aside and a new one begun.
const LARGE_LOG_BYTES: u64 = 1 << 20;

/// The most that is read of what the daemon says instead.
const FAILURE_BYTES: u64 = 4096;

/// The file that is locked by whoever starts the daemon of a directory, and by a daemon that ends by itself.
pub(crate) fn turn(sockets: &Path) -> PathBuf {
    sockets.join("start.lock")
}

/// Starts the daemon unless it serves already, and returns when it does.
///
/// # Errors
///
/// For a person: why it does not serve.
pub(crate) fn start(arguments: &Arguments, directories: &Directories, config: &Config) -> Result<(), String> {
    close_inherited();
    let sockets = &config.sockets;
    let Some(name) = sockets.name.as_str().or(sockets.read_only_name.as_str()) else {
        return Err("there is no socket to serve: give one of sockets.name and sockets.read_only_name".into());
    };
    let socket = directories.sockets.join(name);
    directories.make(&directories.sockets)?;
    directories.make(&directories.state)?;
    let _turn = Lock::take(&turn(&directories.sockets), Wait::UntilFree)?;
    if UnixStream::connect(&socket).is_ok() {
        return Ok(());
    }
    let log = directories.state.join("omnivirtd.log");
    let mut daemon = spawn(arguments, directories, &log)?;
    let heard = listen(&mut daemon);
    match heard {
        Ok(said) if said.lines().next() == Some(READY) => Ok(()),
        Ok(said) if said.trim().is_empty() => {
            // What says nothing any more has ended, or is about to.
            end(&mut daemon);
            Err(format!("it ended without a word; see its log, {}", log.display()))
        }
        Ok(said) => {
            end(&mut daemon);
            Err(said.trim().to_owned())
        }
        Err(why) => {
            end(&mut daemon);
            Err(format!("{why}; see its log, {}", log.display()))
        }
    }
}

fn spawn(arguments: &Arguments, directories: &Directories, log: &Path) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find the own program: {error}"))?;
    // It works elsewhere.
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|error| format!("cannot find {}: {error}", path.display()))
    };
    let mut command = Command::new(program);
    command.args(["--session", "--announce", "--socket-dir"]).arg(absolute(&directories.sockets)?);
    command.arg("--state-dir").arg(absolute(&directories.state)?);
    if let Some(config) = &arguments.config {
        command.arg("--config").arg(absolute(config)?);
    }
    if let Some(seconds) = arguments.idle_timeout {
        command.args(["--idle-timeout", &seconds.to_string()]);
    }
    // These are meant for the program that asked, if for anybody.
    for variable in ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(open_log(log)?).current_dir("/");
    command.spawn().map_err(|error| format!("cannot run the daemon: {error}"))
}

fn open_log(path: &Path) -> Result<File, String> {
    let failed = |error: std::io::Error| format!("cannot write the log {}: {error}", path.display());
    if std::fs::metadata(path).is_ok_and(|log| log.len() >= LARGE_LOG_BYTES) {
        std::fs::rename(path, path.with_extension("log.old")).map_err(failed)?;
    }
    let mut options = File::options();
    options.append(true).create(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options.open(path).map_err(failed)
}

/// What the program that asked has left open must not stay open for as long as the daemon runs. Nothing else is open yet.
fn close_inherited() {
    let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") else { return };
    let numbers = descriptors.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let numbers: Vec<i32> = numbers.filter(|number| *number > 2).collect();
    for number in numbers {
        // The one that listed them is closed already.
        let _ = nix::unistd::close(number);
    }
}

/// What the daemon says until it says no more, or that it is ready.
fn listen(daemon: &mut Child) -> Result<String, String> {
    let Some(mut output) = daemon.stdout.take() else { return Err("it cannot be heard".into()) };
    let until = Instant::now() + PATIENCE;
    let mut said = Vec::new();
    while !said.contains(&b'\n') {
        let left = until.saturating_duration_since(Instant::now());
        let limit = Timespec::try_from(left).map_err(|error| error.to_string())?;
        match rustix::event::poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&limit)) {
            Ok(0) => return Err(format!("it did not begin to serve within {} s", PATIENCE.as_secs())),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(format!("it cannot be heard: {error}")),
        }
        let mut some = [0; 512];
        match output.read(&mut some) {
            Ok(0) => break,
            Ok(count) => said.extend_from_slice(&some[..count]),
            Err(error) => return Err(format!("it cannot be heard: {error}")),
        }
    }
    // A failure may have several lines; the daemon ends after it.
    if !said.starts_with(READY.as_bytes()) {
        let _ = output.take(FAILURE_BYTES).read_to_end(&mut said);
    }
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn end(daemon: &mut Child) {
    // Both fail only where it has ended.
    let _ = daemon.kill();
    let _ = daemon.wait();
}

/// Says to the process that has started this daemon that it serves, and lets go of the way to it.
pub(crate) fn say_ready() {
    log::say(READY);
    let nothing = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
    if let Err(error) = nothing.and_then(|nothing| rustix::stdio::dup2_stdout(&nothing)) {
        tracing::warn!(%error, "the way to the process that started this daemon stays open");
    }
}
