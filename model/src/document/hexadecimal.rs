//! Numbers that are written in hexadecimal.

use super::error::Problem;
use super::mapping::TextValue;
use super::number::digits;
use crate::xml::quoted;
use std::borrow::Cow;

/// A number that is written with `0x` and at least so many digits, and read that way or in decimal.
///
/// ```
/// use omnivirt_model::document::{Hexadecimal, TextValue};
///
/// assert_eq!(Hexadecimal::<4>::from_text("26")?, Hexadecimal(0x1a));
/// assert_eq!(Hexadecimal::<4>::from_text("0x1A")?.to_text(), "0x001a");
/// # Ok::<(), omnivirt_model::document::Problem>(())
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Hexadecimal<const DIGITS: usize>(pub u64);

impl<const DIGITS: usize> TextValue for Hexadecimal<DIGITS> {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        let number = number.strip_prefix('+').unwrap_or(number);
        let value = match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                u64::from_str_radix(digits, 16).ok()
            }
            Some(_) => None,
            None => digits(text).and_then(|digits| digits.parse().ok()),
        };
        value.map(Self).ok_or_else(|| {
            Problem::invalid(format!("{} is no whole number, decimal or with 0x before it", quoted(text)))
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("0x{:0DIGITS$x}", self.0))
    }
}

#[cfg(feature = "arbitrary")]
impl<const DIGITS: usize> super::Generate for Hexadecimal<DIGITS> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
