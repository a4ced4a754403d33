//! Between the text of a document and the values in it.

use super::definitions::Definitions;
use std::borrow::Cow;

/// The value that stands as `raw` in a text.
pub(super) fn text_value<'a>(raw: &'a str, definitions: Option<&Definitions>) -> Cow<'a, str> {
    if raw.bytes().any(|byte| matches!(byte, b'&' | b'\r')) {
        let mut value = String::with_capacity(raw.len());
        text_into(raw, definitions, &mut value);
        Cow::Owned(value)
    } else {
        Cow::Borrowed(raw)
    }
}

/// The value that stands as `raw` between an attribute's quotes.
pub(super) fn attribute_value<'a>(raw: &'a str, definitions: Option<&Definitions>) -> Cow<'a, str> {
    if raw.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')) {
        let mut value = String::with_capacity(raw.len());
        attribute_into(raw, definitions, &mut value);
        Cow::Owned(value)
    } else {
        Cow::Borrowed(raw)
    }
}

/// A value that is a list of words: one space between two of them, and none elsewhere.
pub(super) fn words(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Adds the value of a text: line ends as XML has them; references as what they stand for.
pub(super) fn text_into(raw: &str, definitions: Option<&Definitions>, value: &mut String) {
    let entity = |name: &str, value: &mut String| {
        if let Some(definitions) = definitions {
            definitions.text_of(name, value);
        }
    };
    resolve(raw, false, entity, value);
}

/// Adds the value of an attribute.
pub(super) fn attribute_into(raw: &str, definitions: Option<&Definitions>, value: &mut String) {
    let entity = |name: &str, value: &mut String| {
        if let Some(definitions) = definitions {
            definitions.attribute_of(name, value);
        }
    };
    resolve(raw, true, entity, value);
}

fn resolve(raw: &str, blanks_are_spaces: bool, entity: impl Fn(&str, &mut String), value: &mut String) {
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r', '\n', '\t']) {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((name, after)) = rest.strip_prefix('&').and_then(|rest| rest.split_once(';')) {
            match referenced(name) {
                Some(character) => value.push(character),
                None => entity(name, value),
            }
            rest = after;
            continue;
        }
        let (blank, after) = rest.split_at(1);
        match blank {
            // Before a line feed it is only left out.
            "\r" if after.starts_with('\n') => {}
            "&" => value.push('&'),
            _ if blanks_are_spaces => value.push(' '),
            "\t" => value.push('\t'),
            _ => value.push('\n'),
        }
        rest = after;
    }
    value.push_str(rest);
}

/// Whether it is one of the entities that XML itself has.
pub(super) fn is_predefined(name: &str) -> bool {
    matches!(name, "lt" | "gt" | "amp" | "quot" | "apos")
}

/// The character that a reference stands for, if it stands for one that XML itself knows.
pub(super) fn referenced(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
            if digits.starts_with('+') {
                return None;
            }
            u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
        }
    }
}

/// Writes a value as text.
pub(crate) fn push_text(out: &mut String, value: &str) {
    push_escaped(out, value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    });
}

/// Writes a value for between the quotes of an attribute.
pub(crate) fn push_attribute(out: &mut String, value: &str, quote: char) {
    push_escaped(out, value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\'' if quote == '\'' => Some("&apos;"),
        '"' if quote == '"' => Some("&quot;"),
        '\r' => Some("&#13;"),
        '\n' => Some("&#10;"),
        '\t' => Some("&#9;"),
        _ => None,
    });
}

fn push_escaped(out: &mut String, value: &str, escape: impl Fn(char) -> Option<&'static str>) {
    let mut plain = 0;
    for (at, character) in value.char_indices() {
        if let Some(escaped) = escape(character) {
            out.push_str(&value[plain..at]);
            out.push_str(escaped);
            plain = at + character.len_utf8();
        }
    }
    out.push_str(&value[plain..]);
}
