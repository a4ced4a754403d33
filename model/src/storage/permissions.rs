//! Who may do what with a file.

use crate::document::{Problem, TextValue, mapped};
use crate::xml::quoted;
use std::borrow::Cow;

/// Who may do what with a file.
#[mapped(omit_empty)]
pub struct Permissions {
    /// What its owner, its group and others may do; absent for the usual.
    #[element("mode")]
    pub mode: Option<FileMode>,
    /// Its owner; absent for whoever makes it.
    #[element("owner")]
    pub owner: Option<OwnerId>,
    /// Its group; absent for that of whoever makes it.
    #[element("group")]
    pub group: Option<OwnerId>,
    /// What the host's security module calls it.
    #[element("label")]
    pub label: Option<String>,
}

impl Permissions {
    /// Leaves out an owner or a group that stands for the usual one.
    pub(crate) fn complete(&mut self) {
        self.owner = self.owner.filter(|owner| *owner != OwnerId::UNCHANGED);
        self.group = self.group.filter(|group| *group != OwnerId::UNCHANGED);
    }
}

/// What a file's owner, its group and others may do, in octal up to 0777.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FileMode(pub u16);

/// Blanks and a `+` may stand before the digits.
fn trimmed(text: &str) -> &str {
    let number = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    number.strip_prefix('+').unwrap_or(number)
}

impl TextValue for FileMode {
    const EMPTY_IS_ABSENT: bool = true;

    fn from_text(text: &str) -> Result<Self, Problem> {
        let digits = trimmed(text);
        let mode = u16::from_str_radix(digits, 8).ok();
        mode.filter(|mode| *mode <= 0o777 && !digits.starts_with(['+', '-']))
            .map(Self)
            .ok_or_else(|| Problem::invalid(format!("{} is no octal number up to 0777", quoted(text))))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("0{:o}", self.0))
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for FileMode {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.int_in_range(0..=0o777).map(Self)
    }
}

/// The number of a user or of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct OwnerId(pub u32);

impl OwnerId {
    /// Whoever it is without saying so, written -1.
    pub const UNCHANGED: Self = Self(u32::MAX);
}

impl TextValue for OwnerId {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let problem = || {
            Problem::invalid(format!("{} is no number of a user or a group", quoted(text)))
                .hint("write a whole number up to 4294967295, or -1")
        };
        match i64::from_text(text).map_err(|_| problem())? {
            -1 => Ok(Self::UNCHANGED),
            number => u32::try_from(number).map(Self).map_err(|_| problem()),
        }
    }

    fn to_text(&self) -> Cow<'_, str> {
        if *self == Self::UNCHANGED { Cow::Borrowed("-1") } else { Cow::Owned(self.0.to_string()) }
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for OwnerId {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
