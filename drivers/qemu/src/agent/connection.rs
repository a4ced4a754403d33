//! The bytes to an agent and from it.

use crate::qmp::{Lines, Refusal};
use omnivirt_core::Uuid;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

/// The longest line that is taken of a guest: a megabyte of a file, as an agent gives it, has a third more.
const MOST_BYTES: usize = 16 << 20;
/// No part of any text. It makes an agent forget what it has read so far, and stands before its answer to a synchronisation.
const SENTINEL: u8 = 0xff;

/// A line of an agent's.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "return")]
    answer: Option<&'a RawValue>,
    error: Option<Refusal>,
}

/// What an agent answers: a value as JSON, or why not.
pub(super) type Answer = Result<Box<str>, Refusal>;

/// A connection to an agent.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    lines: Lines,
    /// Whether the next line is the answer to the next command: not at first, nor after a command whose answer was not waited
    /// for.
    is_in_step: bool,
    is_closed: Arc<AtomicBool>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream, is_closed: Arc<AtomicBool>) -> Self {
        Self { stream, lines: Lines::bounded(MOST_BYTES), is_in_step: false, is_closed }
    }

    /// Sends a command, whose answer comes next.
    pub(super) async fn send(&mut self, request: &Map<String, Value>) -> io::Result<()> {
        if !self.is_in_step {
            self.synchronise().await?;
        }
        // Until the answer is there, whatever happens meanwhile.
        self.is_in_step = false;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.write(&line).await
    }

    /// The answer to what was sent.
    pub(super) async fn answer(&mut self) -> io::Result<Answer> {
        loop {
            let line = self.line().await?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let answer = read(line)?;
            self.is_in_step = true;
            return Ok(answer);
        }
    }

    /// Makes the agent forget half a command, and passes over answers that nobody waits for any more.
    async fn synchronise(&mut self) -> io::Result<()> {
        // Small enough for every agent's numbers.
        let id = Uuid::new_v4().as_fields().0 >> 1;
        let request = json!({"execute": "guest-sync-delimited", "arguments": {"id": id}});
        let mut line = vec![SENTINEL];
        serde_json::to_writer(&mut line, &request)?;
        line.push(b'\n');
        self.write(&line).await?;
        loop {
            let line = self.line().await?;
            let Some(sentinel) = line.iter().rposition(|byte| *byte == SENTINEL) else { continue };
            // Another number answers an earlier one.
            if let Ok(Ok(answer)) = read(&line[sentinel + 1..])
                && answer.parse() == Ok(id)
            {
                self.is_in_step = true;
                return Ok(());
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(closed());
        }
        self.stream.write_all(bytes).await
    }

    async fn line(&mut self) -> io::Result<&[u8]> {
        match self.lines.next(&mut self.stream).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => {
                self.is_closed.store(true, Ordering::Relaxed);
                Err(closed())
            }
            Err(error) => {
                // In the middle of a line there is no beginning to go on from.
                self.is_closed.store(true, Ordering::Relaxed);
                Err(error)
            }
        }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "QEMU has closed the channel")
}

fn read(line: &[u8]) -> io::Result<Answer> {
    let strange = |error: serde_json::Error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("it speaks otherwise than expected: {error}"))
    };
    let message: Message<'_> = serde_json::from_slice(line).map_err(strange)?;
    match (message.answer, message.error) {
        (Some(answer), _) => Ok(Ok(answer.get().into())),
        (None, Some(refusal)) => Ok(Err(refusal)),
        (None, None) => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "it says something that is no answer"))
        }
    }
}
