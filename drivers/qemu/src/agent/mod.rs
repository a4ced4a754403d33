//! The QEMU guest agent, as its manual describes it: JSON objects on a socket, one command and then its answer.
//!
//! What answers is the guest's own: nothing that it says is believed to be of any length, form or speed.

mod connection;

#[cfg(test)]
mod tests;

use crate::qmp::UserCommand;
use connection::Connection;
use omnivirt_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

/// The agent of one guest; clones share it. A command that is given up leaves nothing behind but what the guest makes of it.
#[derive(Debug, Clone)]
pub(crate) struct Agent(Arc<Mutex<Connection>>);

impl Agent {
    /// Over a connected socket. Nothing is sent until something is asked.
    pub(crate) fn over(stream: UnixStream) -> Self {
        Self(Arc::new(Mutex::new(Connection::new(stream))))
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

    /// Has a command done that is answered only if it fails, such as `guest-shutdown`. Silence for that time means that it
    /// does not.
    ///
    /// # Errors
    ///
    /// `AgentUnresponsive` if the agent is not there; `AgentError` with what it says.
    pub(crate) async fn tell(&self, command: &str, arguments: Value, timeout: Duration) -> Result<()> {
        let request = request(command, arguments);
        let mut is_told = false;
        let told = tokio::time::timeout(timeout, async {
            let mut connection = self.0.lock().await;
            connection.send(&request).await?;
            is_told = true;
            connection.answer().await
        });
        match told.await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(refusal))) => Err(refused(command, &refusal.class, &refusal.description)),
            // A guest that goes takes its agent along.
            Ok(Err(_)) | Err(_) if is_told => Ok(()),
            Ok(Err(reason)) => Err(unresponsive(command, &reason.to_string())),
            Err(_) => Err(unresponsive(command, &silence(timeout))),
        }
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
        let answered = tokio::time::timeout(timeout, async {
            let mut connection = self.0.lock().await;
            connection.send(request).await?;
            connection.answer().await
        });
        match answered.await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(refusal))) => Err(refused(command, &refusal.class, &refusal.description)),
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

fn unresponsive(command: &str, reason: &str) -> Error {
    Error::new(ErrorKind::AgentUnresponsive, format!("the guest agent does not do '{command}': {reason}"))
        .with_hint("see whether qemu-guest-agent runs in the guest")
        .with_context("command", command)
}

fn refused(command: &str, class: &str, description: &str) -> Error {
    let message = format!("the guest agent refuses '{command}': {}", shortened(description));
    let error = Error::new(ErrorKind::AgentError, message).with_context("command", command);
    if class == "GenericError" { error } else { error.with_context("class", shortened(class)) }
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
