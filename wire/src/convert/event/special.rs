//! What messages say where their fields are not one for one those of the event.

use super::ConvertError;
use super::content::{About, Content};
use crate::convert::{FromWire, IntoWire};
use crate::remote::*;
use crate::structs::*;
use omnivirt_model::ObjectRef;
use omnivirt_model::event::*;

/// For one message, or several that say the same: how its fields are made of an event, and how it is read.
macro_rules! contents {
    ($($wire:ident),+ = $event:ident $how:tt) => {
        $(contents!(@one $wire = $event $how);)+
    };
    (@one $wire:ident = $event:ident (
        |$from:ident| { $($field:ident: $value:expr),* $(,)? },
        |$told:ident| $read:expr $(,)?
    )) => {
        impl Content for $wire {
            type Event = $event;

            #[allow(clippy::needless_update, reason = "some messages have an identifier, which is 0")]
            fn of($from: &$event, object: Option<&ObjectRef>) -> Result<Self, ConvertError> {
                Ok(Self { dom: About::about(object)?, $($field: $value,)* ..Self::default() })
            }

            fn read(self) -> Result<(Option<ObjectRef>, $event), ConvertError> {
                let $told = self;
                let object = $told.dom.object()?;
                Ok((Some(object), $read))
            }
        }
    };
}

contents!(DomainEventLifecycleMsg, DomainEventLifecycle = Lifecycle(
    |event| { event: event.change.numbers().0, detail: event.change.numbers().1 },
    |wire| Lifecycle::new(LifecycleChange::from_numbers(wire.event, wire.detail)),
));

// The number that tells no reason.
contents!(DomainEventIoErrorMsg, DomainEventIoError = IoError(
    |event| {
        src_path: event.source_path.clone(),
        dev_alias: event.alias.clone(),
        action: event.action.number(),
    },
    |wire| IoError::new(wire.src_path, wire.dev_alias, IoErrorAction::from_number(wire.action), None),
));

// Whoever tells reasons may have none to tell: an empty one is not an absent one.
contents!(DomainEventIoErrorReasonMsg, DomainEventIoErrorReason = IoError(
    |event| {
        src_path: event.source_path.clone(),
        dev_alias: event.alias.clone(),
        action: event.action.number(),
        reason: event.reason.clone().unwrap_or_default(),
    },
    |wire| IoError::new(wire.src_path, wire.dev_alias, IoErrorAction::from_number(wire.action), Some(wire.reason)),
));

// By the path of its source alone.
contents!(DomainEventBlockJobMsg, DomainEventBlockJob = BlockJob(
    |event| {
        path: event.path.clone().unwrap_or_default(),
        r#type: event.job.number(),
        status: event.status.number(),
    },
    |wire| BlockJob::new(
        String::new(),
        FromWire::from_wire(wire.path)?,
        BlockJobType::from_number(wire.r#type),
        BlockJobStatus::from_number(wire.status),
    ),
));

// By its target alone.
contents!(DomainEventBlockJob2 = BlockJob(
    |event| { dst: event.target.clone(), r#type: event.job.number(), status: event.status.number() },
    |wire| BlockJob::new(
        wire.dst,
        None,
        BlockJobType::from_number(wire.r#type),
        BlockJobStatus::from_number(wire.status),
    ),
));

const ACTION_REQUIRED: u32 = 1;
const RECURSIVE: u32 = 2;

contents!(DomainEventMemoryFailure = MemoryFailure(
    |event| {
        recipient: event.recipient.number(),
        action: event.action.number(),
        flags: [(event.action_required, ACTION_REQUIRED), (event.recursive, RECURSIVE)]
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, bit)| bit)
            .sum(),
    },
    |wire| MemoryFailure::new(
        MemoryFailureRecipient::from_number(wire.recipient),
        MemoryFailureAction::from_number(wire.action),
        wire.flags & ACTION_REQUIRED != 0,
        wire.flags & RECURSIVE != 0,
    ),
));

impl Content for ConnectEventConnectionClosed {
    type Event = ConnectionClosed;

    fn of(event: &ConnectionClosed, _object: Option<&ObjectRef>) -> Result<Self, ConvertError> {
        Ok(Self { reason: event.reason.into_wire()? })
    }

    fn read(self) -> Result<(Option<ObjectRef>, ConnectionClosed), ConvertError> {
        Ok((None, ConnectionClosed::new(FromWire::from_wire(self.reason)?)))
    }
}
