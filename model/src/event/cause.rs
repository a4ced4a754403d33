//! Who brought an event about.

use super::description::{FieldDescription, FieldShape};
use super::record::{Field, FieldError, FieldMap, FieldVisitor, ReadRecord, Record};
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Who and what brought an event about, as far as that is known where the state changes.
///
/// ```
/// use omnivirt_model::event::{Cause, Initiator};
///
/// let cause = Cause::client(42).who("root").call("Domain::destroy");
/// assert_eq!(cause.initiator, Initiator::Client);
/// assert_eq!(cause.request_id, Some(42));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// Which side began it.
    pub initiator: Initiator,
    /// The number of the client's call; logs and errors carry the same.
    pub request_id: Option<u64>,
    /// Who the client is: a user, an address, a tool.
    pub who: Option<Arc<str>>,
    /// The call that was made, such as `Domain::destroy`.
    pub call: Option<Cow<'static, str>>,
}

impl Cause {
    /// The fields, as an expression or a reader of JSON or XML sees them.
    pub const FIELDS: &'static [FieldDescription] = &[
        FieldDescription::new("initiator", FieldShape::Word(Initiator::NAMES)),
        FieldDescription::new("request_id", FieldShape::Uint).optional(),
        FieldDescription::new("who", FieldShape::Text).optional(),
        FieldDescription::new("call", FieldShape::Text).optional(),
    ];

    /// A call of a client, by its number.
    #[must_use]
    pub fn client(request_id: u64) -> Self {
        Self { initiator: Initiator::Client, request_id: Some(request_id), who: None, call: None }
    }

    /// The guest itself, without having been asked.
    #[must_use]
    pub fn guest() -> Self {
        Initiator::Guest.into()
    }

    /// The hypervisor: it failed, or decided by itself.
    #[must_use]
    pub fn hypervisor() -> Self {
        Initiator::Hypervisor.into()
    }

    /// The host around the hypervisor: hardware, the administrator, autostart.
    #[must_use]
    pub fn host() -> Self {
        Initiator::Host.into()
    }

    /// Says who the client is.
    #[must_use]
    pub fn who(mut self, who: impl Into<Arc<str>>) -> Self {
        self.who = Some(who.into());
        self
    }

    /// Says which call was made.
    #[must_use]
    pub fn call(mut self, call: impl Into<Cow<'static, str>>) -> Self {
        self.call = Some(call.into());
        self
    }
}

impl From<Initiator> for Cause {
    fn from(initiator: Initiator) -> Self {
        Self { initiator, ..Self::default() }
    }
}

impl Record for Cause {
    fn visit(&self, visitor: &mut dyn FieldVisitor) {
        self.initiator.show("initiator", visitor);
        self.request_id.show("request_id", visitor);
        self.who.show("who", visitor);
        self.call.show("call", visitor);
    }
}

impl ReadRecord for Cause {
    fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
        Ok(Self {
            initiator: fields.take("initiator")?,
            request_id: fields.take("request_id")?,
            who: fields.take("who")?,
            call: fields.take("call")?,
        })
    }
}

/// Which side began what led to an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Initiator {
    /// Not known; also read from the name of one that this version does not have.
    #[default]
    Unknown,
    /// A call of a client.
    Client,
    /// The guest.
    Guest,
    /// The hypervisor.
    Hypervisor,
    /// The host around the hypervisor.
    Host,
}

impl Initiator {
    /// Every value.
    pub const ALL: &'static [Self] =
        &[Self::Unknown, Self::Client, Self::Guest, Self::Hypervisor, Self::Host];

    /// The names of all values, in the same order.
    pub const NAMES: &'static [&'static str] = &["unknown", "client", "guest", "hypervisor", "host"];

    /// The value's name in JSON and XML.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Initiator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Initiator {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::ALL.iter().copied().find(|value| value.as_str() == text).unwrap_or_default())
    }
}
