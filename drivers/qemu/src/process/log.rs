//! What a guest's QEMU says, kept in a file that cannot grow for ever.
//!
//! QEMU writes into a pipe with a name, without waiting: what finds no room in it is lost to QEMU alone, which nothing can
//! stop by flooding it. This process reads the pipe, and when it is started again, opens it again.

use crate::host::failed;
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio_util::sync::CancellationToken;

/// The largest that a log gets before it is begun anew; the one before it is kept as `NAME.log.0`.
const MOST_BYTES: u64 = 2 << 20;
/// How much of the end is kept at hand, for the error that says why a guest did not start.
const TAIL_BYTES: usize = 2048;

/// The log of one run.
#[derive(Debug)]
pub(crate) struct GuestLog {
    tail: Arc<Mutex<Vec<u8>>>,
    ended: CancellationToken,
    /// Set when nobody looks after the guest here any more: whoever does next reads the pipe.
    given_up: CancellationToken,
}

impl Drop for GuestLog {
    fn drop(&mut self) {
        self.given_up.cancel();
    }
}

fn open_reader(pipe: &Path) -> Result<pipe::Receiver> {
    pipe::OpenOptions::new().open_receiver(pipe).map_err(|error| failed("open the pipe", pipe, error))
}

impl GuestLog {
    /// Makes the pipe of a run, and reads it from now on. Returns the end that QEMU is given, too.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn begin(pipe: &Path, log: PathBuf) -> Result<(Self, OwnedFd)> {
        let made = rustix::fs::mknodat(CWD, pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0);
        made.map_err(|error| failed("make the pipe", pipe, error.into()))?;
        let reader = open_reader(pipe)?;
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let writer = rustix::fs::open(pipe, flags, Mode::empty());
        let writer = writer.map_err(|error| failed("open the pipe", pipe, error.into()))?;
        // Only now: a pipe into which nobody can write has ended.
        Ok((Self::read(reader, log), writer))
    }

    /// Reads the pipe of a run that was begun before.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn join(pipe: &Path, log: PathBuf) -> Result<Self> {
        Ok(Self::read(open_reader(pipe)?, log))
    }

    fn read(reader: pipe::Receiver, log: PathBuf) -> Self {
        let this = Self {
            tail: Arc::default(),
            ended: CancellationToken::new(),
            given_up: CancellationToken::new(),
        };
        let kept = keep(reader, Rotated::new(log), this.tail.clone());
        let (ended, given_up) = (this.ended.clone(), this.given_up.clone());
        tokio::spawn(async move {
            let _ended = ended.drop_guard();
            tokio::select! {
                () = kept => {}
                () = given_up.cancelled() => {}
            }
        });
        this
    }

    /// The end of what QEMU has said, when it has ended.
    pub(crate) async fn last_words(&self) -> String {
        self.ended.cancelled().await;
        String::from_utf8_lossy(&self.tail.lock()).trim().to_owned()
    }
}

async fn keep(mut reader: pipe::Receiver, mut file: Rotated, tail: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 4096];
    loop {
        let count = match reader.read(&mut buffer).await {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) => {
                tracing::warn!(path = %file.path.display(), %error, "the log of a guest ends here");
                return;
            }
        };
        let said = &buffer[..count];
        {
            let mut tail = tail.lock();
            tail.extend_from_slice(said);
            let excess = tail.len().saturating_sub(TAIL_BYTES);
            tail.drain(..excess);
        }
        if let Err(error) = file.write(said) {
            tracing::warn!(path = %file.path.display(), %error, "the log of a guest cannot be written");
        }
    }
}

/// A file that is begun anew when it has become large.
#[derive(Debug)]
struct Rotated {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl Rotated {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None, bytes: 0 }
    }

    fn write(&mut self, said: &[u8]) -> std::io::Result<()> {
        if self.file.is_some() && self.bytes.saturating_add(said.len() as u64) > MOST_BYTES {
            self.file = None;
            let mut old = self.path.clone().into_os_string();
            old.push(".0");
            std::fs::rename(&self.path, old)?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
                self.bytes = opened.metadata()?.len();
                none.insert(opened)
            }
        };
        file.write_all(said)?;
        self.bytes += said.len() as u64;
        Ok(())
    }
}

/// QEMU ended before it could be talked to: why, in its own words.
pub(crate) fn ended_early(how: Option<String>, words: &str) -> Error {
    let how = how.unwrap_or_else(|| "it is gone".to_owned());
    let message = if words.is_empty() {
        format!("QEMU did not start: {how}, and it said nothing")
    } else {
        format!("QEMU did not start: {words}")
    };
    Error::new(ErrorKind::HypervisorError, message).with_context("process", how)
}
