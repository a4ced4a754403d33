//! Starting a process.

use super::{Bounds, Credentials, Process};
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::OwnedFd;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A process to be started.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a str,
    pub(crate) arguments: &'a [String],
    pub(crate) environment: &'a [(String, String)],
    /// The folder in which it runs.
    pub(crate) directory: &'a Path,
    /// What it inherits: the first as number 3, the next as 4, and so on.
    pub(crate) files: Vec<OwnedFd>,
    /// Where what it says goes.
    pub(crate) output: OwnedFd,
    /// As whom it runs; as this process where none is said.
    pub(crate) credentials: Option<Credentials>,
    /// What it is held to.
    pub(crate) bounds: Bounds,
}

/// The first number of what is inherited.
const FIRST: i32 = 3;

/// Starts a process that outlives this one: in a session of its own, with nothing of this process but what it is given.
///
/// # Errors
///
/// `System`, with the reason.
#[allow(unsafe_code, reason = "what a child does between fork and exec cannot be said otherwise")]
pub(crate) fn spawn(launch: Launch<'_>) -> Result<Process> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::System, format!("cannot start '{}': {error}", launch.program))
            .with_source(error)
    };
    // Out of the way of the numbers that they are to have, so that none is overwritten before it is moved.
    let beyond = FIRST + i32::try_from(launch.files.len()).unwrap_or(i32::MAX);
    let moved: Vec<OwnedFd> = launch
        .files
        .iter()
        .map(|file| rustix::io::fcntl_dupfd_cloexec(file, beyond).map_err(std::io::Error::from))
        .collect::<std::io::Result<_>>()
        .map_err(failed)?;
    // The numbers below are taken as long as the process is being started: else the standard library's own pipe, through which
    // it hears why a program cannot be executed, could have one of them and be overwritten.
    let _reserved = reserve(beyond).map_err(failed)?;
    let numbers: Vec<i32> = moved.iter().map(AsRawFd::as_raw_fd).collect();
    let bounds = launch.bounds.beyond(beyond).map_err(failed)?;
    let output = launch.output.try_clone().map_err(failed)?;
    let mut command = Command::new(launch.program);
    command
        .args(launch.arguments)
        .env_clear()
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(launch.directory)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(launch.output);
    let credentials = launch.credentials;
    // SAFETY: the closure runs in the child between fork and exec. It allocates nothing, takes no lock and calls only
    // functions that are system calls; what it uses was made before.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            for (target, source) in (FIRST..).zip(&numbers) {
                let source = std::os::fd::BorrowedFd::borrow_raw(*source);
                let mut target =
                    std::mem::ManuallyDrop::new(<OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(target));
                // A duplicate is inherited by what is executed.
                rustix::io::dup2(source, &mut target)?;
            }
            bounds.assume()?;
            match &credentials {
                Some(credentials) => credentials.assume(&bounds.groups)?,
                None => Credentials::leave_groups(&bounds.groups)?,
            }
            Ok(())
        });
    }
    let mut child = command.spawn().map_err(failed)?;
    let pid = i32::try_from(child.id()).unwrap_or(-1);
    // Its end is seen by a descriptor, which also takes its status.
    Process::of(pid).inspect_err(|_| {
        // Nobody could look after it. It cannot have ended unseen: its status has not been taken yet.
        let _ = child.kill().and_then(|()| child.wait());
    })
}

/// Takes every number below that is free.
fn reserve(beyond: i32) -> std::io::Result<Vec<File>> {
    let mut taken = vec![File::open("/dev/null")?];
    while taken.last().is_some_and(|file| file.as_raw_fd() < beyond) {
        taken.push(File::open("/dev/null")?);
    }
    Ok(taken)
}
