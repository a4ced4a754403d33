//! Whole numbers: blanks and a `+` may stand before the digits, nothing behind them.

use super::error::Problem;
use super::mapping::TextValue;
use crate::xml::quoted;
use std::borrow::Cow;

/// The number without the blanks and the `+` that may stand before it.
pub(super) fn magnitude(text: &str) -> Option<&str> {
    let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let number = number.strip_prefix('+').unwrap_or(number);
    (!number.is_empty()).then_some(number)
}

/// The digits of a number as libvirt reads one, or none if it would not.
pub(super) fn digits(text: &str) -> Option<&str> {
    let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let unsigned = number.strip_prefix('+').unwrap_or(number);
    let after_sign =
        unsigned.strip_prefix('-').filter(|_| unsigned.len() == number.len()).unwrap_or(unsigned);
    (!after_sign.is_empty() && after_sign.bytes().all(|digit| digit.is_ascii_digit())).then_some(unsigned)
}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl TextValue for $ty {
            const EMPTY_ELEMENT_IS_ABSENT: bool = true;

            fn from_text(text: &str) -> Result<Self, Problem> {
                digits(text).and_then(|digits| digits.parse().ok()).ok_or_else(|| {
                    Problem::invalid(format!("{} is no whole number from {} to {}", quoted(text), <$ty>::MIN, <$ty>::MAX))
                })
            }

            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    )*};
}

numbers!(u32, u64, i32, i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_libvirt_does() {
        for (text, number) in [("2", 2), (" +2", 2), ("\n 010", 10), ("4294967295", u32::MAX)] {
            assert_eq!(u32::from_text(text), Ok(number), "{text}");
        }
        for text in
            ["", " ", "+", "-1", "2 ", "0x2", "1e6", "1.5", "4294967296", "++2", "+-2", "2\n", "١٢", "- 2"]
        {
            assert!(u32::from_text(text).is_err(), "{text}");
        }
        assert_eq!(i64::from_text("-5"), Ok(-5));
    }
}
