//! What has to be there before QEMU starts: folders, copies, secrets, and processes that emulate something for it.

use super::files;
use crate::command::{CommandLine, Helper, SecretContent};
use crate::host::failed;
use crate::process::{Bounds, Credentials, Launch, Process, spawn};
use omnivirt_core::Result;
use rustix::process::Signal;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, fchown, lchown};
use std::path::Path;

/// Processes that were started for a QEMU. They end when it leaves them, and are ended with this if it never came.
#[derive(Debug, Default)]
pub(super) struct Helpers(Vec<Process>);

impl Helpers {
    /// Leaves them to the QEMU that has come.
    pub(super) fn leave(mut self) {
        self.0.clear();
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        for process in &self.0 {
            if let Err(error) = process.signal(Signal::KILL) {
                tracing::warn!(%error, "a process that emulates a device is still there");
            }
        }
    }
}

/// Makes all of it.
///
/// # Errors
///
/// `System`, and what could not be made.
pub(super) fn prepare(
    line: &CommandLine,
    folder: &Path,
    owner: Option<&Credentials>,
    output: &OwnedFd,
) -> Result<Helpers> {
    for path in &line.folders {
        make_folders(path, owner)?;
    }
    for (from, to) in &line.copies {
        copy(from, to, owner)?;
    }
    for secret in &line.secrets {
        let bytes = match &secret.content {
            SecretContent::Bytes(bytes) => bytes.clone(),
            SecretContent::Random(length) => random(*length)?,
        };
        write(&secret.path, &bytes, owner)?;
    }
    let mut helpers = Helpers::default();
    for helper in &line.helpers {
        helpers.0.push(start(helper, line, folder, owner, output)?);
    }
    Ok(helpers)
}

fn start(
    helper: &Helper,
    line: &CommandLine,
    folder: &Path,
    owner: Option<&Credentials>,
    output: &OwnedFd,
) -> Result<Process> {
    if let Some(state) = &helper.state {
        make_folders(state, owner)?;
    }
    let socket = files::listen(&helper.socket)?;
    give(&helper.socket, owner)?;
    spawn(Launch {
        program: &helper.program,
        arguments: &helper.arguments,
        environment: &line.environment,
        directory: folder,
        files: vec![socket],
        output: output.try_clone().map_err(|error| failed("write the log in", folder, error))?,
        credentials: owner.cloned(),
        bounds: Bounds::default(),
    })
    .map_err(|error| error.with_context("device", &helper.alias))
}

/// Makes a folder for the guest's user alone, and those above it as they are made otherwise.
fn make_folders(path: &Path, owner: Option<&Credentials>) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above).map_err(|error| failed("make the folder", above, error))?;
    }
    let made = std::fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(|error| failed("make the folder", path, error))?;
    give(path, owner)
}

/// Copies a file where there is none yet.
fn copy(from: &Path, to: &Path, owner: Option<&Credentials>) -> Result<()> {
    if to.exists() {
        return Ok(());
    }
    if let Some(above) = to.parent() {
        std::fs::create_dir_all(above).map_err(|error| failed("make the folder", above, error))?;
    }
    let bytes = std::fs::read(from).map_err(|error| failed("read", from, error))?;
    write(to, &bytes, owner)
}

fn write(path: &Path, bytes: &[u8], owner: Option<&Credentials>) -> Result<()> {
    // Only one that is made now: guests can put links to other files where their own are.
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(|error| failed("make", path, error))?;
    file.write_all(bytes).map_err(|error| failed("write", path, error))?;
    let Some((user, group)) = owner.map(Credentials::numbers) else { return Ok(()) };
    fchown(&file, Some(user), Some(group)).map_err(|error| failed("give away", path, error))
}

fn give(path: &Path, owner: Option<&Credentials>) -> Result<()> {
    let Some((user, group)) = owner.map(Credentials::numbers) else { return Ok(()) };
    lchown(path, Some(user), Some(group)).map_err(|error| failed("give away", path, error))
}

fn random(length: usize) -> Result<Vec<u8>> {
    let source = Path::new("/dev/urandom");
    let mut bytes = vec![0; length];
    let read = std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| failed("read", source, error))?;
    Ok(bytes)
}
