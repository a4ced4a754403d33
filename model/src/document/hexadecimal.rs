//! Numbers that are written in hexadecimal.

use super::error::Problem;
use super::mapping::TextValue;
use super::number::magnitude;
use crate::xml::quoted;
use std::borrow::Cow;

/// A number of 32 bits that is written with `0x` and at least so many digits, and read as C writes numbers: that way, in
/// octal with a `0` before it, or in decimal.
///
/// ```
/// use omnivirt_model::document::{Hexadecimal, TextValue};
///
/// assert_eq!(Hexadecimal::<4>::from_text("26")?, Hexadecimal(0x1a));
/// assert_eq!(Hexadecimal::<4>::from_text("010")?, Hexadecimal(8));
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
        let value = magnitude(text).and_then(|number| match (prefixed(number), number.strip_prefix('0')) {
            (Some(digits), _) => number_of(digits, 16),
            (None, Some(digits)) if !digits.is_empty() => number_of(digits, 8),
            _ => number_of(number, 10),
        });
        value.filter(|value| u32::try_from(*value).is_ok()).map(Self).ok_or_else(|| {
            let message =
                format!("{} is no whole number of 32 bits, decimal or with 0x before it", quoted(text));
            Problem::invalid(message)
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("0x{:0DIGITS$x}", self.0))
    }
}

/// A number that is written with `0x` and at least so many digits, and read as hexadecimal in any case.
///
/// ```
/// use omnivirt_model::document::{AlwaysHexadecimal, TextValue};
///
/// assert_eq!(AlwaysHexadecimal::<1>::from_text("26")?.to_text(), "0x26");
/// # Ok::<(), omnivirt_model::document::Problem>(())
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AlwaysHexadecimal<const DIGITS: usize>(pub u64);

impl<const DIGITS: usize> TextValue for AlwaysHexadecimal<DIGITS> {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let value = magnitude(text).and_then(|number| number_of(prefixed(number).unwrap_or(number), 16));
        value
            .map(Self)
            .ok_or_else(|| Problem::invalid(format!("{} is no hexadecimal number of 64 bits", quoted(text))))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("0x{:0DIGITS$x}", self.0))
    }
}

fn prefixed(number: &str) -> Option<&str> {
    number.strip_prefix("0x").or_else(|| number.strip_prefix("0X"))
}

/// The number of digits alone: no sign may be before them.
fn number_of(digits: &str, radix: u32) -> Option<u64> {
    let all_digits = digits.chars().all(|digit| digit.is_digit(radix));
    u64::from_str_radix(digits, radix).ok().filter(|_| all_digits)
}

#[cfg(feature = "arbitrary")]
impl<const DIGITS: usize> super::Generate for Hexadecimal<DIGITS> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary::<u32>().map(|value| Self(value.into()))
    }
}

#[cfg(feature = "arbitrary")]
impl<const DIGITS: usize> super::Generate for AlwaysHexadecimal<DIGITS> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
