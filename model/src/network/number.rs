//! Numbers that wrap around below 0.

use crate::document::{Problem, TextValue};
use std::borrow::Cow;

/// A number of 32 bits, of which a negative one stands for what its bits are without a sign, as libvirt reads some.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct WrappingNumber(pub u32);

impl TextValue for WrappingNumber {
    fn from_text(text: &str) -> Result<Self, Problem> {
        match u32::from_text(text) {
            Ok(number) => Ok(Self(number)),
            Err(problem) => {
                i32::from_text(text).map(|number| Self(number.cast_unsigned())).map_err(|_| problem)
            }
        }
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for WrappingNumber {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
