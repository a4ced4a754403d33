//! A program that carries the connection on its standard input and output.

use super::{Carrier, WriteHalf, unix};
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::io::{self, IoSlice, Read};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as Pair;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::task::{Context, Poll};
use tokio::net::UnixStream;

/// How much of the program's error output goes into a message.
const LAST_WORDS_BYTES: usize = 1024;

/// Starts the program with one end of a socket pair as both its standard input and output.
pub(super) fn connect(command: &str) -> Result<Carrier> {
    let failed = |doing: &str, error: io::Error| {
        Error::new(ErrorKind::ConnectFailed, format!("cannot {doing} '{command}': {error}"))
            .with_context("command", command)
            .with_hint(
                "the parameter 'command' names a program, by its path or found in PATH, without arguments",
            )
            .with_source(error)
    };
    let (near, far) = Pair::pair().map_err(|error| failed("make a socket for", error))?;
    let input = far.try_clone().map_err(|error| failed("make a socket for", error))?;
    let mut child = Command::new(command)
        .stdin(Stdio::from(OwnedFd::from(input)))
        .stdout(Stdio::from(OwnedFd::from(far)))
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed("run", error))?;
    let errors = child.stderr.take();
    let child = Running { child, errors: Mutex::new(errors) };
    near.set_nonblocking(true).map_err(|error| failed("talk to", error))?;
    let socket = UnixStream::from_std(near).map_err(|error| failed("talk to", error))?;
    let Carrier { reader, writer, .. } = unix::carrier(socket);
    Ok(Carrier { reader, writer: Box::new(CommandWriter { writer, child }), passes_files: false })
}

struct CommandWriter {
    writer: Box<dyn WriteHalf>,
    child: Running,
}

struct Running {
    child: Child,
    errors: Mutex<Option<ChildStderr>>,
}

impl WriteHalf for CommandWriter {
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writer.try_write(bytes)
    }

    fn try_send_file(&self, _: BorrowedFd<'_>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_ready(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.poll_ready(task)
    }

    fn shut_down(&self) {
        self.writer.shut_down();
    }

    fn last_words(&self) -> Option<String> {
        let mut errors = self.child.errors.lock().take()?;
        // What it writes later must not keep anyone waiting.
        rustix::io::ioctl_fionbio(&errors, true).ok()?;
        let mut said = vec![0; LAST_WORDS_BYTES];
        let count = errors.read(&mut said).ok()?;
        let said = String::from_utf8_lossy(&said[..count]).trim().to_owned();
        (!said.is_empty()).then_some(said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It sees the end of its input; one that does not end by that must not stay.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
