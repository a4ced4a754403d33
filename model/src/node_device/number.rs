//! Numbers that are in hexadecimal even without `0x`.

use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;

/// A number that is written with `0x` and at least so many digits, and read as hexadecimal whether `0x` is there or not.
///
/// ```
/// use omnivirt_model::document::TextValue;
/// use omnivirt_model::node_device::BaseSixteen;
///
/// assert_eq!(BaseSixteen::<4>::from_text("26")?.to_text(), "0x0026");
/// # Ok::<(), omnivirt_model::document::Problem>(())
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BaseSixteen<const DIGITS: usize>(pub u32);

impl<const DIGITS: usize> TextValue for BaseSixteen<DIGITS> {
    const EMPTY_IS_ABSENT: bool = true;

    fn from_text(text: &str) -> Result<Self, Problem> {
        let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        let number = number.strip_prefix('+').unwrap_or(number);
        let digits = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")).unwrap_or(number);
        let only_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| only_digits)
            .map(Self)
            .ok_or_else(|| Problem::invalid(format!("{} is no hexadecimal number", quoted(text))))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("0x{:0DIGITS$x}", self.0))
    }
}

#[cfg(feature = "arbitrary")]
impl<const DIGITS: usize> crate::document::Generate for BaseSixteen<DIGITS> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
