//! A connection to the monitor of one QEMU process.

use super::lines::Lines;
use super::message::{Greeting, Message, MonitorEvent, Refusal};
use super::user::UserCommand;
use omnivirt_core::call::waiting_for;
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::oneshot;

/// Who is told what a monitor says of itself. Called by the monitor's own task, in the order of the bytes: when a command is
/// answered, every event that came before the answer has been told.
pub(crate) trait Listener: Send + 'static {
    /// Something has happened.
    fn event(&mut self, event: MonitorEvent);

    /// The monitor is closed: nothing more is told. Called once.
    fn closed(&mut self, reason: &str);
}

/// A connection to the monitor of one QEMU process; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Monitor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    writer: tokio::sync::Mutex<Writer>,
    waiting: Mutex<Waiting>,
}

/// Writes commands whole, one after the other.
#[derive(Debug)]
struct Writer {
    stream: OwnedWriteHalf,
    /// What is left of a command whose caller has given up while it was written.
    rest: Vec<u8>,
}

/// The commands that have no answer yet.
#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    answers: HashMap<u64, oneshot::Sender<Answer>>,
    /// Why there will be no answer any more.
    closed: Option<String>,
}

/// What QEMU answers: a value as JSON, or why not.
type Answer = Result<Result<Box<str>, Refusal>, String>;

/// The longest line that is taken: QEMU describes all that it knows in one of a megabyte.
const MOST_BYTES: usize = 64 << 20;
/// The most commands that wait for an answer at a time.
const MOST_WAITING: usize = 1024;
/// The most files that go with one command.
const MOST_FILES: usize = 8;

impl Monitor {
    /// Begins over a connected socket: QEMU says who it is, and is told that commands follow.
    ///
    /// # Errors
    ///
    /// `HypervisorError` if it is closed, or speaks otherwise.
    pub(crate) async fn negotiate(stream: UnixStream, listener: impl Listener) -> Result<(Self, Greeting)> {
        let (mut reader, writer) = stream.into_split();
        let mut lines = Lines::bounded(MOST_BYTES);
        let line = lines.next(&mut reader).await.map_err(|error| broken(&error.to_string()))?;
        let line = line.ok_or_else(|| broken("QEMU has closed it"))?;
        let greeting: Greeting =
            serde_json::from_slice(line).map_err(|error| broken(&format!("QEMU's greeting: {error}")))?;
        let this = Self(Arc::new(Shared {
            writer: tokio::sync::Mutex::new(Writer { stream: writer, rest: Vec::new() }),
            waiting: Mutex::default(),
        }));
        // It holds the monitor no longer than somebody else does: when nobody has it any more, the socket is closed.
        tokio::spawn(listen(Arc::downgrade(&this.0), reader, lines, listener));
        this.execute("qmp_capabilities", json!({})).await?;
        Ok((this, greeting))
    }

    /// Has a command done.
    ///
    /// # Errors
    ///
    /// `HypervisorError`: what QEMU says, or that the monitor is closed.
    pub(crate) async fn execute(&self, command: &str, arguments: Value) -> Result<Value> {
        self.execute_with_files(command, arguments, Vec::new()).await
    }

    /// Has a command done that is about open files.
    ///
    /// # Errors
    ///
    /// As [`Monitor::execute`].
    pub(crate) async fn execute_with_files(
        &self,
        command: &str,
        arguments: Value,
        files: Vec<OwnedFd>,
    ) -> Result<Value> {
        self.request(command, arguments, &files).await
    }

    /// Has a command done whose answer has a type: nothing else of the answer is kept.
    ///
    /// # Errors
    ///
    /// As [`Monitor::execute`]; also if the answer is of another form.
    pub(crate) async fn ask_for<T: DeserializeOwned>(&self, command: &str, arguments: Value) -> Result<T> {
        self.request(command, arguments, &[]).await
    }

    async fn request<T: DeserializeOwned>(
        &self,
        command: &str,
        arguments: Value,
        files: &[OwnedFd],
    ) -> Result<T> {
        let mut request = Map::new();
        request.insert("execute".to_owned(), command.into());
        if arguments.as_object().is_none_or(|arguments| !arguments.is_empty()) {
            request.insert("arguments".to_owned(), arguments);
        }
        let answer =
            self.ask(command, request, files).await?.map_err(|refusal| refusal.into_error(command))?;
        serde_json::from_str(&answer).map_err(|error| {
            let message = format!("QEMU answers '{command}' otherwise than expected: {error}");
            Error::new(ErrorKind::HypervisorError, message).with_context("command", command.to_owned())
        })
    }

    /// Has a command done that a user wrote, and gives QEMU's answer as it is, with the user's number on it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is no command, `HypervisorError` if the monitor is closed. What QEMU refuses is an answer.
    pub(crate) async fn passthrough(&self, text: &str, files: Vec<OwnedFd>) -> Result<String> {
        let command = UserCommand::read(text, "query-status")?;
        Ok(match self.ask(&command.name, command.request.clone(), &files).await? {
            Ok(answer) => command.answered(&answer),
            Err(refusal) => command.refused(&refusal),
        })
    }

    /// Has a line done as people type it.
    ///
    /// # Errors
    ///
    /// As [`Monitor::execute`].
    pub(crate) async fn human(&self, line: &str) -> Result<String> {
        let answer = self.execute("human-monitor-command", json!({"command-line": line})).await?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.waiting.lock().closed.is_some()
    }

    /// Sends a request and waits for its answer. Dropped meanwhile, QEMU may still do what it was asked for.
    async fn ask(
        &self,
        command: &str,
        mut request: Map<String, Value>,
        files: &[OwnedFd],
    ) -> Result<Result<Box<str>, Refusal>> {
        let (sender, receiver) = oneshot::channel();
        let id = self.0.waiting.lock().enter(sender)?;
        // Taken out again if the answer is no longer waited for.
        let _place = Place { shared: &self.0, id };
        request.insert("id".to_owned(), id.into());
        let mut line = Vec::with_capacity(256);
        let written = serde_json::to_writer(&mut line, &request).map_err(std::io::Error::from);
        written.and_then(|()| line.write_all(b"\r\n")).map_err(|error| broken(&error.to_string()))?;
        let answered = async {
            {
                let mut writer = self.0.writer.lock().await;
                writer.send(line, files).await.map_err(|error| self.closed(command, &error.to_string()))?;
            }
            match receiver.await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(reason)) => Err(self.closed(command, &reason)),
                Err(_) => Err(self.closed(command, "nobody reads it")),
            }
        };
        waiting_for(|| format!("QEMU's answer to '{command}'"), answered).await
    }

    fn closed(&self, command: &str, reason: &str) -> Error {
        broken(reason).with_context("command", command.to_owned())
    }
}

impl Writer {
    /// Writes a line. Half a line would be taken with the next one: what is left of one that was given up comes first.
    async fn send(&mut self, line: Vec<u8>, files: &[OwnedFd]) -> std::io::Result<()> {
        self.finish(&[]).await?;
        self.rest = line;
        self.finish(files).await
    }

    async fn finish(&mut self, mut files: &[OwnedFd]) -> std::io::Result<()> {
        while !self.rest.is_empty() {
            let stream: &UnixStream = self.stream.as_ref();
            stream.writable().await?;
            match stream.try_io(Interest::WRITABLE, || send(stream, &self.rest, files)) {
                Ok(count) => {
                    self.rest.drain(..count);
                    files = &[];
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Sends what there is room for, with the files.
fn send(stream: &UnixStream, bytes: &[u8], files: &[OwnedFd]) -> std::io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let borrowed: Vec<_> = files.iter().map(AsFd::as_fd).collect();
    if !borrowed.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&borrowed)) {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "too many files at once"));
    }
    let sent = rustix::net::sendmsg(stream, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL);
    sent.map_err(Into::into)
}

/// A command's place among those that wait.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.waiting.lock().answers.remove(&self.id);
    }
}

impl Waiting {
    fn enter(&mut self, sender: oneshot::Sender<Answer>) -> Result<u64> {
        if let Some(reason) = &self.closed {
            return Err(broken(reason));
        }
        if self.answers.len() >= MOST_WAITING {
            let message = format!("{MOST_WAITING} commands wait for QEMU already");
            return Err(Error::new(ErrorKind::ResourceBusy, message).with_hint("the process may hang"));
        }
        self.last += 1;
        self.answers.insert(self.last, sender);
        Ok(self.last)
    }
}

/// Reads what QEMU says until it closes.
async fn listen(
    shared: std::sync::Weak<Shared>,
    mut reader: OwnedReadHalf,
    mut lines: Lines,
    mut listener: impl Listener,
) {
    let reason = loop {
        let line = match lines.next(&mut reader).await {
            Ok(Some(line)) => line,
            Ok(None) => break "QEMU has closed it".to_owned(),
            Err(error) => break error.to_string(),
        };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let message: Message<'_> = match serde_json::from_slice(line) {
            Ok(message) => message,
            Err(error) => break format!("QEMU speaks otherwise than expected: {error}"),
        };
        if let Some(name) = message.event {
            listener.event(MonitorEvent { name, time: message.timestamp.parts(), data: message.data });
            continue;
        }
        let answer = match (message.answer, message.error) {
            (Some(answer), _) => Ok(answer.get().into()),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => break "QEMU says something that is neither an answer nor an event".to_owned(),
        };
        let Some(shared) = shared.upgrade() else { break "nobody uses it any more".to_owned() };
        let waiting = message.id.and_then(|id| shared.waiting.lock().answers.remove(&id));
        if let Some(waiting) = waiting {
            // Who asked may not wait any more.
            let _ = waiting.send(Ok(answer));
        }
    };
    if let Some(shared) = shared.upgrade() {
        let answers = {
            let mut waiting = shared.waiting.lock();
            waiting.closed = Some(reason.clone());
            std::mem::take(&mut waiting.answers)
        };
        for (_, answer) in answers {
            let _ = answer.send(Err(reason.clone()));
        }
    }
    listener.closed(&reason);
}

fn broken(reason: &str) -> Error {
    Error::new(ErrorKind::HypervisorError, format!("QEMU's monitor is closed: {reason}"))
}
