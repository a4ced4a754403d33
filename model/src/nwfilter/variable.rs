//! Values of rules, for which variables can stand.

use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;

/// A variable of a filter, which gets its values where the filter is used: `$NAME`, `$NAME[2]` or `$NAME[@1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, of letters, digits and `_`.
    pub name: String,
    /// Which of its values are meant.
    pub access: VariableAccess,
}

/// Which values of a variable are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VariableAccess {
    /// All, one after the other.
    #[default]
    Each,
    /// The one of that number.
    Element(u32),
    /// All, together with the others that go through their values in step by that number.
    Iterator(u32),
}

/// A variable or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrVariable<T> {
    /// A variable.
    Variable(Variable),
    /// A value.
    Value(T),
}

impl Variable {
    /// Reads `$NAME` and what can follow; `None` where it is no variable.
    fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('$')?;
        let end = text.find(|letter: char| !is_name_letter(letter)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let access = match rest.strip_prefix('[') {
            None if rest.is_empty() => VariableAccess::Each,
            None => return None,
            Some(rest) => {
                let inner = rest.split_once(']')?.0.trim_start_matches(' ');
                match inner.strip_prefix('@') {
                    Some(number) => match read_index(number)? {
                        0 => VariableAccess::Each,
                        number => VariableAccess::Iterator(number),
                    },
                    None => VariableAccess::Element(read_index(inner)?),
                }
            }
        };
        Some(Self { name: name.to_owned(), access })
    }

    fn text(&self) -> String {
        let name = &self.name;
        match self.access {
            VariableAccess::Each => format!("${name}"),
            VariableAccess::Element(number) => format!("${name}[{number}]"),
            VariableAccess::Iterator(number) => format!("${name}[@{number}]"),
        }
    }
}

pub(super) fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn read_index(text: &str) -> Option<u32> {
    let number = text.trim_matches(' ');
    match number.strip_prefix('-') {
        Some(negative) => u32::from_text(negative).ok().map(u32::wrapping_neg),
        None => u32::from_text(number).ok(),
    }
}

impl<T: TextValue> TextValue for OrVariable<T> {
    fn from_text(text: &str) -> Result<Self, Problem> {
        if !text.starts_with('$') {
            return T::from_text(text).map(Self::Value);
        }
        let variable = Variable::read(text).map(Self::Variable);
        variable.ok_or_else(|| {
            Problem::invalid(format!("{} is no variable", quoted(text)))
                .hint("write $NAME, $NAME[2] or $NAME[@1]")
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Variable(variable) => Cow::Owned(variable.text()),
            Self::Value(value) => value.to_text(),
        }
    }
}

impl<T: TextValue> serde::Serialize for OrVariable<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de, T: TextValue> serde::Deserialize<'de> for OrVariable<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::from_text(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "json")]
impl<T> schemars::JsonSchema for OrVariable<T> {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(feature = "arbitrary")]
impl<T: crate::document::Generate> crate::document::Generate for OrVariable<T> {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        if source.arbitrary()? {
            return T::generate(source).map(Self::Value);
        }
        let access = match source.int_in_range(0..=2)? {
            0 => VariableAccess::Each,
            1 => VariableAccess::Element(source.arbitrary()?),
            _ => VariableAccess::Iterator(source.int_in_range(1..=u32::MAX)?),
        };
        let name = source.choose(&["MAC", "IP", "A_1"])?;
        Ok(Self::Variable(Variable { name: (*name).to_owned(), access }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_and_written() {
        let text = |text: &str| Variable::read(text).map(|variable| variable.text());
        for (given, written) in [
            ("$X", "$X"),
            ("$", "$"),
            ("$X[1]", "$X[1]"),
            ("$X[ @1 ]", "$X[@1]"),
            ("$X[@ 1]x", "$X[@1]"),
            ("$X[@0]", "$X"),
            ("$X[-1]", "$X[4294967295]"),
        ] {
            assert_eq!(text(given).as_deref(), Some(written), "{given}");
        }
        for given in ["X", "$a-b", "$X ", "$X[", "$X[1", "$X[]", "$X[@]", "$X[99999999999]", "$$"] {
            assert_eq!(text(given), None, "{given}");
        }
    }
}
