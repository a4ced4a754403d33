//! The terminal, or whatever stands in its place, as the keyboard and screen of a guest's console.

use crate::error::Context;
use omnivirt::Result;
use rustix::event::{PollFd, PollFlags};
use rustix::termios::{OptionalActions, Termios};
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Stdin, Stdout};
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
    /// Told when nobody reads standard output any more.
    pub(crate) unheard: oneshot::Receiver<()>,
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
        let (hang_up, unheard) = oneshot::channel();
        let mut reader =
            Reader { stdin: io::stdin(), stdout: io::stdout(), stop, escape, sender: Some(sender) };
        let thread = std::thread::Builder::new().name("keyboard".into());
        let thread = thread
            .spawn(move || {
                // Nobody is there any more where telling fails.
                let _ = match reader.read_all() {
                    End::Left => leave.send(()),
                    // The end of the input is not the wish to leave.
                    End::Input if reader.is_heard_to_the_end() => Ok(()),
                    End::Input | End::Unheard => hang_up.send(()),
                    End::Unwanted => Ok(()),
                };
            })
            .context(failed)?;
        Ok(Self { keys, left, unheard, wake: Some(wake), thread: Some(thread) })
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

/// Why no more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The escape character came.
    Left,
    /// Nothing more comes in.
    Input,
    /// Nobody reads standard output any more.
    Unheard,
    /// The keyboard is closed.
    Unwanted,
}

struct Reader {
    stdin: Stdin,
    stdout: Stdout,
    stop: PipeReader,
    escape: Option<u8>,
    /// Gone when nothing more comes.
    sender: Option<Sender<Vec<u8>>>,
}

impl Reader {
    /// Passes on what comes.
    fn read_all(&mut self) -> End {
        let is_typed = self.stdin.is_terminal();
        let Some(sender) = self.sender.take() else { return End::Input };
        let mut buffer = [0; 4096];
        loop {
            if let Some(end) = self.wait(true) {
                return end;
            }
            let count = match rustix::io::read(&self.stdin, &mut buffer) {
                Ok(0) => return End::Input,
                Ok(count) => count,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                // A terminal that has hung up is at its end.
                Err(_) => return End::Input,
            };
            let read = &buffer[..count];
            let end = self.escape.and_then(|escape| read.iter().position(|byte| *byte == escape));
            let keys = &read[..end.unwrap_or(count)];
            if !keys.is_empty() && !pass_on(&sender, keys.to_vec(), is_typed) {
                return End::Unwanted;
            }
            if end.is_some() {
                return End::Left;
            }
        }
    }

    /// Waits until the keyboard is closed; false if nobody reads standard output any more before that.
    fn is_heard_to_the_end(&self) -> bool {
        self.wait(false) == Some(End::Unwanted)
    }

    /// Waits for input, if that is wanted; what ends the waiting otherwise.
    fn wait(&self, for_input: bool) -> Option<End> {
        let nothing = PollFlags::empty();
        let input = if for_input { PollFlags::IN } else { nothing };
        loop {
            // Errors and hang-ups are told unasked; those of an input that is at its end are not looked at.
            let mut watched = [
                PollFd::new(&self.stop, PollFlags::IN),
                PollFd::new(&self.stdout, nothing),
                PollFd::new(&self.stdin, input),
            ];
            let watched = if for_input { &mut watched[..] } else { &mut watched[..2] };
            match rustix::event::poll(watched, None) {
                Ok(_) if !watched[0].revents().is_empty() => return Some(End::Unwanted),
                Ok(_) if !watched[1].revents().is_empty() => return Some(End::Unheard),
                Ok(_) => return None,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Some(End::Input),
            }
        }
    }
}

/// Passes keys on; false if there is nobody left who wants them.
fn pass_on(sender: &Sender<Vec<u8>>, keys: Vec<u8>, is_typed: bool) -> bool {
    if !is_typed {
        return sender.blocking_send(keys).is_ok();
    }
    // A guest that does not read must not keep the escape character from being seen: what is too much is lost.
    !matches!(sender.try_send(keys), Err(mpsc::error::TrySendError::Closed(_)))
}
