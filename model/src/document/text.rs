//! Values that are written as text.

use super::error::{DocumentErrorKind, Problem};
use super::mapping::TextValue;
use crate::CpuMap;
use crate::xml::quoted;
use std::borrow::Cow;
use uuid::Uuid;

impl TextValue for String {
    const EMPTY_IS_ABSENT: bool = true;

    fn from_text(text: &str) -> Result<Self, Problem> {
        Ok(text.to_owned())
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

/// A text of which an empty one says something too.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Text(pub String);

impl TextValue for Text {
    fn from_text(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

#[cfg(feature = "arbitrary")]
impl super::Generate for Text {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        super::Generate::generate(source).map(Self)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Hyphens and blanks are left out wherever they are, as libvirt does.
impl TextValue for Uuid {
    const EMPTY_IS_ABSENT: bool = true;

    fn from_text(text: &str) -> Result<Self, Problem> {
        uuid_number(text).map(Self::from_u128).ok_or_else(|| {
            Problem::new(DocumentErrorKind::Malformed, format!("{} is no UUID", quoted(text)))
                .hint("write 32 hexadecimal digits, or leave the element empty to have one made")
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.hyphenated().to_string())
    }
}

fn uuid_number(text: &str) -> Option<u128> {
    let mut number = 0;
    let mut digits = 0;
    for character in text.chars().filter(|character| !matches!(character, '-' | ' ' | '\t' | '\n')) {
        number = (number << 4) | u128::from(character.to_digit(16)?);
        digits += 1;
        if digits > 32 {
            return None;
        }
    }
    (digits == 32).then_some(number)
}

impl TextValue for CpuMap {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let map: Self =
            text.parse().map_err(|error: crate::CpuMapError| invalid_argument(error.to_string()))?;
        if text.is_empty() {
            Err(invalid_argument("the list of CPUs is empty".into()))
        } else if map.is_empty() {
            Err(Problem::new(DocumentErrorKind::Unsupported, format!("{} is a list of no CPU", quoted(text))))
        } else {
            Ok(map)
        }
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

fn invalid_argument(message: String) -> Problem {
    Problem::new(DocumentErrorKind::InvalidArgument, message)
}

/// Declares an enum of words. `, blank` behind the kind of error says that an empty text counts as absent.
macro_rules! words {
    (@empty_is_absent) => { false };
    (@empty_is_absent blank) => { true };
    ($(#[$meta:meta])* pub enum $name:ident ($noun:literal, $kind:ident $(, $blank:ident)?) { $($(#[$word_meta:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_meta])* #[serde(rename = $text)] $word,)*
        }

        impl $name {
            /// All of them, in the order of libvirt's documentation.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// The word as it stands in documents.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)* }
            }
        }

        #[cfg(feature = "arbitrary")]
        impl $crate::document::Generate for $name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                source.choose(Self::ALL).copied()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl $crate::document::TextValue for $name {
            const EMPTY_IS_ABSENT: bool = $crate::document::text::words!(@empty_is_absent $($blank)?);
            const EMPTY_ELEMENT_IS_ABSENT: bool = true;

            fn from_text(text: &str) -> Result<Self, $crate::document::Problem> {
                match text {
                    $($text => Ok(Self::$word),)*
                    _ => Err($crate::document::Problem::new(
                        $crate::document::DocumentErrorKind::$kind,
                        format!("{} is no {}: it is one of {}", $crate::xml::quoted(text), $noun, [$($text),*].join(", ")),
                    )),
                }
            }

            fn to_text(&self) -> std::borrow::Cow<'_, str> {
                std::borrow::Cow::Borrowed(self.as_str())
            }
        }
    };
}

pub(crate) use words;
