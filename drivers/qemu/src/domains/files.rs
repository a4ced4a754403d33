//! What a new QEMU process is given open.

use super::monitor::SOCKET;
use crate::command::PassedFile;
use crate::host::failed;
use omnivirt_core::domain::Domain;
use omnivirt_core::{Error, ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Opens them, in their order. The document gets the names of network devices that are made.
///
/// # Errors
///
/// `System`, and what could not be opened.
pub(super) fn open(files: &[PassedFile], folder: &Path, domain: &mut Domain) -> Result<Vec<OwnedFd>> {
    let mut taps = super::tap::open_all(domain, files)?.into_iter();
    let open_one = |file: &PassedFile| match file {
        PassedFile::Monitor => listen(&folder.join(SOCKET)),
        PassedFile::Tap { .. } => taps.next().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "more network devices are passed on than the document has")
        }),
    };
    files.iter().map(open_one).collect()
}

/// A socket at which QEMU waits for connections. It is there before QEMU is: who connects waits for nothing but QEMU.
fn listen(path: &Path) -> Result<OwnedFd> {
    let listener = UnixListener::bind(path).map_err(|error| failed("make the socket", path, error))?;
    Ok(listener.into())
}
