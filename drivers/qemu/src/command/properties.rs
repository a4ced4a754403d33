//! Objects in JSON whose keys stay in order.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// The properties of a device, an object or a node, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Properties(Vec<(String, Value)>);

impl Properties {
    /// Of a device or a node with this driver.
    pub(super) fn driver(driver: impl Into<String>) -> Self {
        Self::default().with("driver", driver.into())
    }

    /// Of an object of this type.
    pub(super) fn object(object_type: &str, id: impl Into<String>) -> Self {
        Self::default().with("qom-type", object_type).with("id", id.into())
    }

    /// Adds a property.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.push(key, value);
        self
    }

    /// Adds a property if there is a value for it.
    #[must_use]
    pub(super) fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds what is in another.
    #[must_use]
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds a property.
    pub(super) fn push(&mut self, key: &str, value: impl Into<Value>) {
        self.0.push((key.to_owned(), value.into()));
    }

    /// Changes a property, or adds it.
    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// Takes a property away.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(known, _)| known != key);
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl std::fmt::Display for Properties {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| std::fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl From<Properties> for Value {
    fn from(properties: Properties) -> Self {
        Self::Object(properties.0.into_iter().collect())
    }
}
