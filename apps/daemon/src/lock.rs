//! A file that only one process at a time has locked.

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::Path;

/// A lock, for as long as it is there.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: OwnedFd,
}

/// What to do where another process has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    /// It has said that it lets go soon.
    UntilFree,
}

impl Lock {
    /// Locks a file, which is made if it is not there; none if another process has it.
    ///
    /// # Errors
    ///
    /// For a person: the file cannot be locked.
    pub(crate) fn take(path: &Path, wait: Wait) -> Result<Option<Self>, String> {
        let failed = |error: Errno| format!("cannot lock {}: {error}", path.display());
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        let how = match wait {
            Wait::No => FlockOperation::NonBlockingLockExclusive,
            Wait::UntilFree => FlockOperation::LockExclusive,
        };
        loop {
            match rustix::fs::flock(&file, how) {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(failed(error)),
            }
        }
    }
}
