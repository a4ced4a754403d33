//! Events: what happened, to what, when, in which order, and who brought it about.
//!
//! Each rendering reads back to the same value: JSON (serde), XML ([`Event::to_xml`]) and CloudEvents
//! ([`Event::to_cloud_event`]).
//!
//! ```
//! use omnivirt_model::event::{Event, EventKind, LifecycleChange, StartedDetail, Lifecycle};
//! use omnivirt_model::{DomainRef, Timestamp, Uuid};
//!
//! let change = LifecycleChange::Started(StartedDetail::Booted);
//! let mut event = Event::new(Uuid::nil(), 7, Timestamp::from_nanoseconds(0), Lifecycle::new(change));
//! event.object = Some(DomainRef::new("web", Uuid::nil(), None).into());
//! assert_eq!(event.kind(), EventKind::Lifecycle);
//!
//! let json = serde_json::to_string(&event).unwrap();
//! assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
//! assert_eq!(Event::from_xml(&event.to_xml()).unwrap(), event);
//! ```

mod cause;
mod cloud_event;
mod description;
pub(crate) mod json;
mod kind;
mod object;
pub(crate) mod open_enum;
pub(crate) mod parameters;
pub mod record;
mod xml;

pub use crate::generated::events::*;
pub use cause::{Cause, Initiator};
pub use cloud_event::CloudEventError;
pub use description::{FieldDescription, FieldShape};
pub use xml::EventXmlError;

use crate::id::ObjectRef;
use crate::timestamp::Timestamp;
use record::{Field, FieldError, FieldMap, FieldRef, FieldVisitor, ReadRecord, Record};
use uuid::Uuid;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Names the run of the source that numbered it: `(epoch, seq)` never repeats.
    pub epoch: Uuid,
    /// Its number. It rises by one with each event of the source.
    pub seq: u64,
    /// Its number among the events of the same object, which rises by one too, from no particular start. It is 0
    /// where there is no object.
    pub object_seq: u64,
    /// When it happened, taken where it happened.
    pub time: Timestamp,
    /// What it happened to; nothing where it is the connection itself.
    pub object: Option<ObjectRef>,
    /// Who brought it about.
    pub cause: Cause,
    /// What happened.
    pub body: EventBody,
}

impl Event {
    /// The fields of every event; those of `body` depend on the kind: [`EventKind::fields`].
    pub const FIELDS: &'static [FieldDescription] = &[
        FieldDescription::new("type", FieldShape::Word(EventKind::NAMES)),
        FieldDescription::new("epoch", FieldShape::Text),
        FieldDescription::new("seq", FieldShape::Uint),
        FieldDescription::new("object_seq", FieldShape::Uint),
        FieldDescription::new("time", FieldShape::Text),
        FieldDescription::new("object", FieldShape::Record(object::OBJECT_FIELDS)).optional(),
        FieldDescription::new("cause", FieldShape::Record(Cause::FIELDS)),
        FieldDescription::new("body", FieldShape::Record(&[])),
    ];

    /// An event of no object and with no known cause.
    #[must_use]
    pub fn new(epoch: Uuid, seq: u64, time: Timestamp, body: impl Into<EventBody>) -> Self {
        Self { epoch, seq, object_seq: 0, time, object: None, cause: Cause::default(), body: body.into() }
    }

    /// What happened, without the fields.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.body.kind()
    }
}

impl Record for Event {
    fn visit(&self, visitor: &mut dyn FieldVisitor) {
        visitor.field("type", FieldRef::Text(self.kind().as_str()));
        self.epoch.show("epoch", visitor);
        self.seq.show("seq", visitor);
        self.object_seq.show("object_seq", visitor);
        self.time.show("time", visitor);
        self.object.show("object", visitor);
        self.cause.show("cause", visitor);
        visitor.field("body", FieldRef::Record(self.body.fields()));
    }
}

impl ReadRecord for Event {
    fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
        Ok(Self {
            epoch: fields.take("epoch")?,
            seq: fields.take("seq")?,
            object_seq: fields.take("object_seq")?,
            time: fields.take("time")?,
            object: fields.take("object")?,
            cause: fields.take::<Option<Cause>>("cause")?.unwrap_or_default(),
            body: EventBody::from_fields(fields)?,
        })
    }
}

/// A body alone is written with its kind: `{"type": "balloon_change", "body": {"actual_kib": 1024}}`.
impl Record for EventBody {
    fn visit(&self, visitor: &mut dyn FieldVisitor) {
        visitor.field("type", FieldRef::Text(self.kind().as_str()));
        visitor.field("body", FieldRef::Record(self.fields()));
    }
}

impl ReadRecord for EventBody {
    fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
        let kind = fields.take("type")?;
        let mut body = fields.take_fields("body")?;
        Self::of_kind(kind, &mut body).map_err(|error| error.within("body"))
    }
}

json::serde_records!(Event, EventBody, Cause);
record::word_fields!(Uuid, Timestamp, EventKind, Initiator);
