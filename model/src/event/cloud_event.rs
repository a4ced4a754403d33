//! CloudEvents 1.0 in their JSON form, for message buses and functions that take nothing else.

use super::Event;
use super::json::AsMap;
use super::record::{FieldError, FieldMap, FieldRef, FieldVisitor, Record};
use std::fmt;

/// The version of the CloudEvents specification.
const SPECIFICATION: &str = "1.0";
/// What goes before the kind in `type`.
const TYPE_PREFIX: &str = "omnivirt.";

impl Event {
    /// The event as a CloudEvent. `source` says where it comes from: the URI of the connection.
    ///
    /// ```
    /// use omnivirt_model::event::{ControlError, Event};
    /// use omnivirt_model::{Timestamp, Uuid};
    ///
    /// let event = Event::new(Uuid::nil(), 7, Timestamp::from_nanoseconds(0), ControlError::new());
    /// let json = event.to_cloud_event("test:///default");
    /// assert!(json.contains(r#""type":"omnivirt.control_error""#));
    /// assert_eq!(Event::from_cloud_event(&json).unwrap(), event);
    /// ```
    #[must_use]
    pub fn to_cloud_event(&self, source: &str) -> String {
        let envelope = Envelope { event: self, source };
        serde_json::to_string(&AsMap(&envelope))
            .expect("writing to memory does not fail, and all keys are texts")
    }

    /// Reads what [`Event::to_cloud_event`] wrote.
    ///
    /// # Errors
    ///
    /// It is no JSON, no CloudEvent of version 1.0, or not one of these events.
    pub fn from_cloud_event(json: &str) -> Result<Self, CloudEventError> {
        let mut fields: FieldMap = serde_json::from_str(json).map_err(CloudEventError::Json)?;
        read(&mut fields).map_err(CloudEventError::Field)
    }
}

struct Envelope<'a> {
    event: &'a Event,
    source: &'a str,
}

impl Record for Envelope<'_> {
    fn visit(&self, visitor: &mut dyn FieldVisitor) {
        let event = self.event;
        visitor.field("specversion", FieldRef::Text(SPECIFICATION));
        visitor.field("id", FieldRef::Text(&format!("{}:{}", event.epoch, event.seq)));
        visitor.field("source", FieldRef::Text(self.source));
        visitor.field("type", FieldRef::Text(&format!("{TYPE_PREFIX}{}", event.kind())));
        if let Some(object) = &event.object {
            visitor.field("subject", FieldRef::Text(&format!("{}/{}", object.kind(), object.name())));
        }
        visitor.field("time", FieldRef::Text(&event.time.to_string()));
        visitor.field("datacontenttype", FieldRef::Text("application/json"));
        visitor.field("data", FieldRef::Record(event));
    }
}

fn read(fields: &mut FieldMap) -> Result<Event, FieldError> {
    let version: String = fields.take("specversion")?;
    if version != SPECIFICATION {
        return Err(FieldError::new(format!("is not {SPECIFICATION}")).within("specversion"));
    }
    let event: Event = fields.take("data")?;
    let kind: String = fields.take("type")?;
    if kind.strip_prefix(TYPE_PREFIX) != Some(event.kind().as_str()) {
        return Err(FieldError::new("is not that of the data").within("type"));
    }
    Ok(event)
}

/// Why a text is not a CloudEvent that holds an event.
#[derive(Debug)]
#[non_exhaustive]
pub enum CloudEventError {
    /// It is not JSON.
    Json(serde_json::Error),
    /// It is something else than an event.
    Field(FieldError),
}

impl fmt::Display for CloudEventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(_) => formatter.write_str("not JSON"),
            Self::Field(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for CloudEventError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Field(_) => None,
        }
    }
}
