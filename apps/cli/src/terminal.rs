//! The terminal, or whatever stands in its place, as the keyboard and screen of a guest's console.

use crate::error::Context;
use omnivirt::Result;
use rustix::event::{PollFd, PollFlags};
use rustix::termios::{OptionalActions, Termios};
use std::io::{self, IsTerminal, PipeWriter, Stdin};
use std::thread::JoinHandle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

/// How many pieces of what was typed wait for a guest that does not read.
const MOST_WAITING: usize = 64;

/// Keys go through as they are, Ctrl-C too, until this is dropped.
#[derive(Debug)]
pub(crate) struct RawMode {
    former: Termios,
}

impl RawMode {
    /// Has standard input give each key as it is typed; none if it is no terminal.
    pub(crate) fn begin() -> Result<Option<Self>> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Ok(None);
        }
        let failed = || "cannot set the terminal up".to_owned();
        let former = rustix::termios::tcgetattr(&stdin).map_err(io::Error::from).context(failed)?;
        let mut raw = former.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&stdin, OptionalActions::Now, &raw)
            .map_err(io::Error::from)
            .context(failed)?;
        Ok(Some(Self { former }))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing any more.
        let _ = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.former);
    }
}

/// What comes in by standard input, read by a thread that ends with this.
#[derive(Debug)]
pub(crate) struct Keyboard {
    pub(crate) keys: Receiver<Vec<u8>>,
    /// Told when the escape character was typed, which is not in `keys`, nor is what followed.
    pub(crate) left: oneshot::Receiver<()>,
    /// The thread ends when the other end of this is gone.
    wake: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    pub(crate) fn open(escape: Option<u8>) -> Result<Self> {
        let failed = || "cannot read standard input".to_owned();
        let (stop, wake) = io::pipe().context(failed)?;
        let (sender, keys) = mpsc::channel(MOST_WAITING);
        let (leave, left) = oneshot::channel();
        let reader = Reader { stdin: io::stdin(), stop, escape, sender };
        let thread = std::thread::Builder::new().name("keyboard".into());
        let thread = thread
            .spawn(move || {
                if reader.read_all() {
                    // Nobody is there any more where it fails.
                    let _ = leave.send(());
                } else {
                    // The end of the input is not the wish to leave.
                    reader.stay(leave);
                }
            })
            .context(failed)?;
        Ok(Self { keys, left, wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.keys.close();
        self.wake.take();
        if let Some(thread) = self.thread.take() {
            // It does not panic.
            let _ = thread.join();
        }
    }
}

struct Reader {
    stdin: Stdin,
    stop: io::PipeReader,
    escape: Option<u8>,
    sender: Sender<Vec<u8>>,
}

impl Reader {
    /// Passes on what comes, until the end or the escape character. Says whether it was that.
    fn read_all(&self) -> bool {
        let is_typed = self.stdin.is_terminal();
        let mut buffer = [0; 4096];
        while self.wait() {
            let count = match rustix::io::read(&self.stdin, &mut buffer) {
                Ok(0) => return false,
                Ok(count) => count,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                // A terminal that has hung up is at its end.
                Err(_) => return false,
            };
            let read = &buffer[..count];
            let end = self.escape.and_then(|escape| read.iter().position(|byte| *byte == escape));
            let keys = &read[..end.unwrap_or(count)];
            if !keys.is_empty() && !self.pass_on(keys.to_vec(), is_typed) {
                return false;
            }
            if end.is_some() {
                return true;
            }
        }
        false
    }

    /// Waits for input; false if there is nobody left who wants it.
    fn wait(&self) -> bool {
        let mut watched = [PollFd::new(&self.stdin, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
        loop {
            match rustix::event::poll(&mut watched, None) {
                Ok(_) => return watched[1].revents().is_empty(),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }

    fn pass_on(&self, keys: Vec<u8>, is_typed: bool) -> bool {
        if !is_typed {
            return self.sender.blocking_send(keys).is_ok();
        }
        // A guest that does not read must not keep the escape character from being seen: what is too much is lost.
        !matches!(self.sender.try_send(keys), Err(mpsc::error::TrySendError::Closed(_)))
    }

    /// Says that nothing more is typed, and keeps the way of leaving open.
    fn stay(self, leave: oneshot::Sender<()>) {
        drop(self.sender);
        let mut watched = [PollFd::new(&self.stop, PollFlags::IN)];
        while let Err(rustix::io::Errno::INTR) = rustix::event::poll(&mut watched, None) {}
        drop(leave);
    }
}
