//! Between the text of a document and the values in it.

use std::borrow::Cow;

/// The value that stands as `raw` in a text.
pub(super) fn text_value(raw: &str) -> Cow<'_, str> {
    if raw.bytes().any(|byte| matches!(byte, b'&' | b'\r')) {
        Cow::Owned(resolved(raw, false))
    } else {
        Cow::Borrowed(raw)
    }
}

/// The value that stands as `raw` between an attribute's quotes.
pub(super) fn attribute_value(raw: &str) -> Cow<'_, str> {
    if raw.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t')) {
        Cow::Owned(resolved(raw, true))
    } else {
        Cow::Borrowed(raw)
    }
}

/// Line ends as XML has them; references as what they stand for.
fn resolved(raw: &str, blanks_are_spaces: bool) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\r', '\n', '\t']) {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((name, after)) = rest.strip_prefix('&').and_then(|rest| rest.split_once(';')) {
            value.push(referenced(name));
            rest = after;
            continue;
        }
        let (blank, after) = rest.split_at(1);
        match blank {
            // Before a line feed it is only left out.
            "\r" if after.starts_with('\n') => {}
            _ if blanks_are_spaces => value.push(' '),
            "\t" => value.push('\t'),
            _ => value.push('\n'),
        }
        rest = after;
    }
    value.push_str(rest);
    value
}

/// What a reference stands for; the document was read, so that it is a good one.
fn referenced(name: &str) -> char {
    match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = &name[1..];
            let code = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            code.ok().and_then(char::from_u32).expect("references are checked when a document is read")
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
