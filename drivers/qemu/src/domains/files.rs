//! What a new QEMU process is given open.

use super::monitor::SOCKET;
use super::tap::Taps;
use crate::command::PassedFile;
use crate::host::failed;
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Opens them, in their order. The document gets the names of network devices that are made.
///
/// # Errors
///
/// `System`, and what could not be opened.
pub(super) fn open(files: &[PassedFile], folder: &Path, domain: &mut Domain) -> Result<Vec<OwnedFd>> {
    let mut taps = Taps::default();
    let opened = files.iter().map(|file| open_one(file, folder, &mut taps)).collect();
    taps.name_in(domain);
    opened
}

fn open_one(file: &PassedFile, folder: &Path, taps: &mut Taps) -> Result<OwnedFd> {
    match file {
        PassedFile::Monitor => listen(&folder.join(SOCKET)),
        PassedFile::Tap(tap) => taps.open(tap),
        PassedFile::Device(path) => {
            let opened = std::fs::OpenOptions::new().read(true).write(true).open(path);
            opened.map(Into::into).map_err(|error| failed("open", path, error))
        }
    }
}

/// A socket at which somebody waits for connections. It is there before QEMU is: who connects waits for nothing but QEMU.
pub(super) fn listen(path: &Path) -> Result<OwnedFd> {
    let listener = UnixListener::bind(path).map_err(|error| failed("make the socket", path, error))?;
    Ok(listener.into())
}
