//! Events, and the messages that tell of them.
//!
//! One event of the API is told in several messages: by each of libvirt's numbers for it, and by each way in which
//! clients register. [`messages_of`] makes them all, and a server sends to each client those for which it registered.
//! [`event_body`] reads any of them. [`LOSSY`] lists what no message can tell.

mod content;
mod special;
mod table;

pub use table::{LOSSY, Loss, registrations};

use super::ConvertError;
use crate::procedure::Program;
use omnivirt_model::event::{Event, EventBody, EventKind};
use omnivirt_model::{ObjectKind, ObjectRef};

/// What a client registered for, and how: what decides which message tells it of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Registration {
    /// The event of that number of a kind of object, by an identifier that the server gives out and that each message
    /// begins with.
    Callback(ObjectKind, i32),
    /// The domains' event of that number, for all domains, in the way of old clients. The oldest way of all, which has
    /// no number, is number 0.
    Legacy(i32),
    /// Events of QEMU's monitor.
    Monitor,
    /// The end of the connection to the hypervisor.
    Close,
}

impl Registration {
    /// Whether messages begin with the identifier of the registration.
    #[must_use]
    pub fn has_callback_id(self) -> bool {
        matches!(self, Self::Callback(..) | Self::Monitor)
    }

    /// The kind of event that is registered for; none if there is no such number.
    #[must_use]
    pub fn kind(self) -> Option<EventKind> {
        table::MESSAGES.iter().find(|message| message.registration == self).map(|message| message.kind)
    }
}

/// A message that tells of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireEvent {
    /// Who is told it.
    pub registration: Registration,
    /// The number of its program.
    pub program: u32,
    /// Its number there.
    pub procedure: i32,
    payload: Vec<u8>,
}

impl WireEvent {
    /// What is in the message, for the registration of that identifier. Where the registration has none, it is passed
    /// over.
    #[must_use]
    pub fn payload(&self, callback_id: i32) -> Vec<u8> {
        let mut payload = self.payload.clone();
        if self.registration.has_callback_id() {
            payload[..4].copy_from_slice(&callback_id.to_be_bytes());
        }
        payload
    }
}

/// All messages that tell of an event. None for the kinds that [`LOSSY`] says are lost.
///
/// # Errors
///
/// The event has another object than its kind has, or is larger than any message.
pub fn messages_of(event: &Event) -> Result<Vec<WireEvent>, ConvertError> {
    let kind = event.kind();
    // Where two messages tell of one event, libvirt sends the one with the lower number first.
    let messages = table::MESSAGES.iter().rev().filter(|message| message.kind == kind);
    messages
        .map(|message| {
            Ok(WireEvent {
                registration: message.registration,
                program: message.program.number,
                procedure: message.procedure,
                payload: (message.write)(&event.body, event.object.as_ref())
                    .map_err(|error| error.within(kind.as_str()))?,
            })
        })
        .collect()
}

/// What a message tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The identifier of the registration, where the message has one.
    pub callback_id: Option<i32>,
    /// What it happened to; nothing where it is the connection itself.
    pub object: Option<ObjectRef>,
    /// What happened.
    pub body: EventBody,
}

/// Reads a message that tells of an event.
///
/// # Errors
///
/// No event has a message of that number, or its content is malformed.
pub fn event_body(program: u32, procedure: i32, payload: &[u8]) -> Result<Decoded, ConvertError> {
    let found =
        |message: &&table::Message| (message.program.number, message.procedure) == (program, procedure);
    let message = table::MESSAGES.iter().find(found).ok_or_else(|| {
        let program =
            Program::find(program).map_or_else(|| program.to_string(), |program| program.name.to_owned());
        ConvertError::new(format!("message {procedure} of program {program} tells of no event"))
    })?;
    (message.read)(payload).map_err(|error| error.within(message.kind.as_str()))
}
