//! One process at a time has a root.

use super::paths::failed;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fs::FlockOperation;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Keeps others out of a root until it is dropped, or this process ends.
#[derive(Debug)]
pub(crate) struct RootLock {
    _file: File,
}

impl RootLock {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` names the process that has it; `System`.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|error| failed("open the lock", path, error))?;
        if let Err(error) = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(failed("lock", path, error.into()));
            }
            let mut holder = String::new();
            // Who it is helps, but is not needed.
            let _ = file.read_to_string(&mut holder);
            let message =
                format!("the folder of '{}' belongs to the process {}", path.display(), holder.trim());
            return Err(Error::new(ErrorKind::ResourceBusy, message)
                .with_hint("ask that process, or choose another root"));
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|error| failed("write the lock", path, error))?;
        Ok(Self { _file: file })
    }
}
