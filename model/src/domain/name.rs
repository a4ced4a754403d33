//! A domain's name and type, and other texts with a rule of their own.

use crate::document::{DocumentErrorKind, Problem, TextValue};
use crate::xml::quoted;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use uuid::Uuid;

/// A text with a rule of its own.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, absent $absent:ident, $check:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "json", schemars(with = "String"))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[cfg(feature = "arbitrary")]
        impl crate::document::Generate for $name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                let number: u32 = source.arbitrary()?;
                Ok(Self(format!("x {number} <é&>")))
            }
        }

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            ///
            /// The text is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, Problem> {
                let text = text.into();
                let check: fn(&str) -> Result<(), Problem> = $check;
                if text.is_empty() {
                    return Err(Problem::new(Self::ABSENT, "the text is empty"));
                }
                check(&text)?;
                Ok(Self(text))
            }
        }

        impl TextValue for $name {
            const ABSENT: DocumentErrorKind = DocumentErrorKind::$absent;
            const EMPTY_IS_ABSENT: bool = true;

            fn from_text(text: &str) -> Result<Self, Problem> {
                Self::new(text)
            }

            fn to_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(&self.0)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Problem;

            fn try_from(text: String) -> Result<Self, Problem> {
                Self::new(text)
            }
        }
    };
}

text_type! {
    /// A domain's name: any text but an empty one, without `/` and line feeds.
    DomainName, absent MissingName, |name| {
        if name.contains('\n') {
            let message = format!("the name {} has a line feed in it", quoted(name));
            return Err(Problem::new(DocumentErrorKind::Syntax, message).hint("write it on one line"));
        }
        match name.contains('/') {
            true => Err(Problem::invalid(format!("the name {} has a '/' in it", quoted(name))).hint("leave the '/' out")),
            false => Ok(()),
        }
    }
}

text_type! {
    /// Which kind of hypervisor a domain is for, such as `kvm`. Which there are, the drivers say.
    DomainType, absent Malformed, |_| Ok(())
}

/// The number that tells a guest that it was copied or reverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GenerationId {
    /// One is to be made.
    Generate,
    /// This one.
    Fixed(Uuid),
}

impl TextValue for GenerationId {
    fn from_text(text: &str) -> Result<Self, Problem> {
        if text.is_empty() { Ok(Self::Generate) } else { Uuid::from_text(text).map(Self::Fixed) }
    }

    fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Generate => Cow::Borrowed(""),
            Self::Fixed(uuid) => Cow::Owned(uuid.hyphenated().to_string()),
        }
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for GenerationId {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        let fixed: bool = source.arbitrary()?;
        if fixed { crate::document::Generate::generate(source).map(Self::Fixed) } else { Ok(Self::Generate) }
    }
}
