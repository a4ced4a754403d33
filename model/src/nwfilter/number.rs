//! Numbers of rules.

use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;

/// A number up to a limit, which is written in the base that it was read in. What has letters in it is hexadecimal even
/// without `0x`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleNumber<const MOST: u32> {
    /// The number.
    pub value: u32,
    /// Whether it is written in hexadecimal.
    pub is_hexadecimal: bool,
}

/// A number of 8 bits.
pub type Number8 = RuleNumber<0xff>;
/// A number of 16 bits.
pub type Number16 = RuleNumber<0xffff>;
/// A number of 32 bits.
pub type Number32 = RuleNumber<0xffff_ffff>;

impl<const MOST: u32> TextValue for RuleNumber<MOST> {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        let (number, is_negative) = match number.strip_prefix('-') {
            Some(number) => (number, true),
            None => (number.strip_prefix('+').unwrap_or(number), false),
        };
        let decimal = in_base(number, 10).map(|value| (value, false));
        let digits = number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")).unwrap_or(number);
        let (value, is_hexadecimal) = decimal
            .or_else(|| in_base(digits, 16).map(|value| (value, true)))
            .ok_or_else(|| Problem::invalid(format!("{} is no number", quoted(text))))?;
        // A negative number counts from the end of what 32 bits hold.
        let value = if is_negative { value.wrapping_neg() } else { value };
        if value > MOST {
            return Err(Problem::invalid(format!("{} is above {MOST}", quoted(text))));
        }
        Ok(Self { value, is_hexadecimal })
    }

    fn to_text(&self) -> Cow<'_, str> {
        let Self { value, is_hexadecimal } = self;
        Cow::Owned(if *is_hexadecimal { format!("0x{value:x}") } else { value.to_string() })
    }
}

fn in_base(digits: &str, base: u32) -> Option<u32> {
    let only_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, base).ok().filter(|_| only_digits)
}

#[cfg(feature = "arbitrary")]
impl<const MOST: u32> crate::document::Generate for RuleNumber<MOST> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        Ok(Self { value: source.int_in_range(0..=MOST)?, is_hexadecimal: source.arbitrary()? })
    }
}

/// A number of 16 bits that is only read and written in decimal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decimal16(pub u16);

impl TextValue for Decimal16 {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let value = u32::from_text(text)?;
        u16::try_from(value).map(Self).map_err(|_| Problem::invalid(format!("{value} is above 65535")))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for Decimal16 {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
