//! The QEMU guest agent, as its manual describes it: JSON objects on a socket, one command and then its answer.
//!
//! What answers is the guest's own: nothing that it says is believed to be of any length, form or speed.

mod connection;

#[cfg(test)]
mod tests;

use crate::qmp::{Refusal, UserCommand};
use connection::Connection;
use omnivirt_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tokio::sync::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// The agent of one guest; clones share it. A command that is given up leaves nothing behind but what the guest makes of it.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    connection: Arc<Mutex<Connection>>,
    is_closed: Arc<AtomicBool>,
    /// Set when the guest has closed the channel: no answer comes any more.
    gone: CancellationToken,
}

impl Agent {
    /// Over a connected socket. Nothing is sent until something is asked.
    pub(crate) fn over(stream: UnixStream) -> Self {
        let is_closed = Arc::new(AtomicBool::new(false));
        let connection = Connection::new(stream, is_closed.clone());
        Self { connection: Arc::new(Mutex::new(connection)), is_closed, gone: CancellationToken::new() }
    }

    /// Whether nothing can be asked over it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.gone.is_cancelled() || self.is_closed.load(Ordering::Relaxed)
    }

    /// The guest has closed the channel: who waits for an answer is told so.
    pub(crate) fn end(&self) {
        self.gone.cancel();
    }

    /// Has a command done. The time is that of all: for those before it, for finding the agent, and for the answer.
    ///
    /// # Errors
    ///
    /// `AgentUnresponsive` if there is no answer in that time, or never; `AgentError` with what the agent says.
    pub(crate) async fn execute<T: DeserializeOwned>(
        &self,
        command: &str,
        arguments: Value,
        timeout: Duration,
    ) -> Result<T> {
        let answer = self.ask(command, &request(command, arguments), timeout).await?;
        serde_json::from_str(&answer).map_err(|error| {
            let message = format!("the guest agent answers '{command}' otherwise than expected: {error}");
            Error::new(ErrorKind::AgentError, message).with_context("command", command)
        })
    }

    /// Has a command done that is answered only if it fails, such as `guest-shutdown`: `timeout` is for reaching the agent,
    /// and `silence` after that means that it does not fail.
    ///
    /// # Errors
    ///
    /// `AgentUnresponsive` if the agent is not reached; `AgentError` with what it says.
    pub(crate) async fn tell(
        &self,
        command: &str,
        arguments: Value,
        timeout: Duration,
        silence: Duration,
    ) -> Result<()> {
        let mut connection = self.reach(command, &request(command, arguments), timeout).await?;
        match tokio::time::timeout(silence, connection.answer()).await {
            Ok(Ok(Err(refusal))) => Err(refused(command, &refusal)),
            // A guest that goes takes its agent along.
            _ => Ok(()),
        }
    }

    /// Begins with a command that a user wrote, whose answer nobody waits for.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is no command; `AgentUnresponsive` if the agent is not reached.
    pub(crate) async fn begin(&self, text: &str, timeout: Duration) -> Result<()> {
        let command = UserCommand::read(text, "guest-ping")?;
        self.reach(&command.name, &command.request, timeout).await.map(drop)
    }

    /// Has a command done that a user wrote, and gives the agent's answer as it is, with the user's number on it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is no command; as [`Agent::execute`].
    pub(crate) async fn passthrough(&self, text: &str, timeout: Duration) -> Result<String> {
        let command = UserCommand::read(text, "guest-ping")?;
        let answer = self.ask(&command.name, &command.request, timeout).await?;
        Ok(command.answered(&answer))
    }

    async fn ask(&self, command: &str, request: &Map<String, Value>, timeout: Duration) -> Result<Box<str>> {
        let start = Instant::now();
        let mut connection = self.reach(command, request, timeout).await?;
        let rest = timeout.saturating_sub(start.elapsed());
        match tokio::time::timeout(rest, self.unless_gone(connection.answer())).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(refusal))) => Err(refused(command, &refusal)),
            Ok(Err(reason)) => Err(unresponsive(command, &reason.to_string())),
            Err(_) => Err(unresponsive(command, &silence(timeout))),
        }
    }

    async fn unless_gone<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.gone.cancelled() => {
                Err(io::Error::new(io::ErrorKind::ConnectionReset, "the guest has closed its channel"))
            }
        }
    }

    /// Waits for those before, and sends the command.
    async fn reach(
        &self,
        command: &str,
        request: &Map<String, Value>,
        timeout: Duration,
    ) -> Result<MutexGuard<'_, Connection>> {
        let reached = self.unless_gone(async {
            let mut connection = self.connection.lock().await;
            connection.send(request).await.map(|()| connection)
        });
        match tokio::time::timeout(timeout, reached).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(reason)) => Err(unresponsive(command, &reason.to_string())),
            Err(_) => Err(unresponsive(command, &silence(timeout))),
        }
    }
}

fn request(command: &str, arguments: Value) -> Map<String, Value> {
    let mut request = Map::new();
    request.insert("execute".to_owned(), command.into());
    if arguments.as_object().is_none_or(|arguments| !arguments.is_empty()) {
        request.insert("arguments".to_owned(), arguments);
    }
    request
}

fn silence(timeout: Duration) -> String {
    format!("it has not answered in {timeout:?}")
}

/// What to do about an agent that does not answer.
pub(crate) const SEE_GUEST: &str = "see whether qemu-guest-agent runs in the guest";

fn unresponsive(command: &str, reason: &str) -> Error {
    Error::new(ErrorKind::AgentUnresponsive, format!("the guest agent does not do '{command}': {reason}"))
        .with_hint(SEE_GUEST)
        .with_context("command", command)
}

fn refused(command: &str, refusal: &Refusal) -> Error {
    let class = &refusal.class;
    let message = format!("the guest agent refuses '{command}': {}", shortened(&refusal.description));
    let error = Error::new(ErrorKind::AgentError, message).with_context("command", command);
    if class == "GenericError" { error } else { error.with_context("class", shortened(class)) }
}

/// Whether an error says that the agent does not know the command, or may not do it.
pub(crate) fn is_unknown_command(error: &Error) -> bool {
    error.kind() == ErrorKind::AgentError && error.context("class") == Some("CommandNotFound")
}

/// What a guest says in so many words that somebody reads them.
fn shortened(text: &str) -> String {
    /// The most characters.
    const MOST: usize = 1000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
