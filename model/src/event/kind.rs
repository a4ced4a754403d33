//! What kinds of events are beyond the description.

use super::EventKind;
use crate::check::UnknownName;
use crate::id::ObjectKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

impl EventKind {
    /// The kind for which libvirt's clients register under this number, among the events of that kind of object.
    ///
    /// ```
    /// use omnivirt_model::{ObjectKind, event::EventKind};
    ///
    /// assert_eq!(EventKind::from_libvirt(ObjectKind::Domain, 6), Some(EventKind::IoError));
    /// ```
    #[must_use]
    pub fn from_libvirt(object: ObjectKind, id: u32) -> Option<Self> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.object_kind() == Some(object) && kind.libvirt_ids().contains(&id))
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let index = Self::NAMES.iter().position(|name| *name == text);
        index
            .map(|index| Self::ALL[index])
            .ok_or_else(|| UnknownName::new("kind of event", text, Self::NAMES))
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
