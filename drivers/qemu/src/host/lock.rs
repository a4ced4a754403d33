//! One process at a time has a root.

use super::paths::failed;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fs::FlockOperation;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

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
        let begun = Instant::now();
        while let Err(error) = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(failed("lock", path, error.into()));
            }
            let holder = holder(&mut file);
            if is_about_to_let_go(&holder) && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let message = format!("the folder of '{}' belongs to the process {holder}", path.display());
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

/// How long one that is about to let go has for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who has it, as the file says.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    // Who it is helps, but is not needed.
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    holder.trim().to_owned()
}

/// Whether the process has ended, and only a child of its has the lock that is about to become a QEMU and lets go of it then;
/// or it is this process itself, which has just closed the root.
fn is_about_to_let_go(holder: &str) -> bool {
    holder == std::process::id().to_string() || !Path::new("/proc").join(holder).exists() || holder.is_empty()
}
