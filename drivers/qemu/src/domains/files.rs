//! What a new QEMU process is given open.

use super::monitor::SOCKET;
use crate::command::PassedFile;
use crate::host::failed;
use omnivirt_core::{Error, ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Opens them, in their order.
///
/// # Errors
///
/// `System`, and what could not be opened.
pub(super) fn open(files: &[PassedFile], folder: &Path) -> Result<Vec<OwnedFd>> {
    files.iter().map(|file| open_one(file, folder)).collect()
}

fn open_one(file: &PassedFile, folder: &Path) -> Result<OwnedFd> {
    match file {
        PassedFile::Monitor => listen(&folder.join(SOCKET)),
        PassedFile::Tap { .. } => Err(Error::new(
            ErrorKind::ConfigUnsupported,
            "the qemu driver makes no network devices of the host yet",
        )),
    }
}

/// A socket at which QEMU waits for connections. It is there before QEMU is: who connects waits for nothing but QEMU.
fn listen(path: &Path) -> Result<OwnedFd> {
    let listener = UnixListener::bind(path).map_err(|error| failed("make the socket", path, error))?;
    Ok(listener.into())
}
