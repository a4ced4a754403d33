//! Values by name, where which there are depends on the driver: libvirt's typed parameters.

use serde::{Deserialize, Serialize};

/// Named values, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedParameters(pub Vec<TypedParameter>);

/// One named value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypedParameter {
    /// libvirt's name of it, such as `cputune.cpu_shares`.
    pub name: String,
    /// The value.
    #[serde(flatten)]
    pub value: ParameterValue,
}

/// A value of one of libvirt's types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub enum ParameterValue {
    /// A signed number of 32 bits.
    Int(i32),
    /// An unsigned number of 32 bits.
    Uint(u32),
    /// A signed number of 64 bits.
    Llong(i64),
    /// An unsigned number of 64 bits.
    Ullong(u64),
    /// A number with a fraction.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// A text.
    String(String),
}

impl TypedParameters {
    /// The value of that name; the first, should it be there more than once.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&ParameterValue> {
        self.0.iter().find(|parameter| parameter.name == name).map(|parameter| &parameter.value)
    }

    /// Adds a value at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<ParameterValue>) {
        self.0.push(TypedParameter { name: name.into(), value: value.into() });
    }
}

macro_rules! from {
    ($($ty:ty => $variant:ident),*) => {$(
        impl From<$ty> for ParameterValue {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from!(i32 => Int, u32 => Uint, i64 => Llong, u64 => Ullong, f64 => Double, bool => Boolean, String => String, &str => String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_survives_json() {
        let mut parameters = TypedParameters::default();
        parameters.push("cputune.cpu_shares", 1024_u64);
        parameters.push("errmsg", "no space");
        let json = serde_json::to_string(&parameters).unwrap();
        assert!(json.contains(r#"{"name":"cputune.cpu_shares","type":"ullong","value":1024}"#), "{json}");
        assert_eq!(serde_json::from_str::<TypedParameters>(&json).unwrap(), parameters);
        assert_eq!(parameters.value("errmsg"), Some(&"no space".into()));
    }
}
