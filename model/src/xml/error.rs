//! Where something stands in a document, and why a document was refused.

use std::fmt;

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: u32,
    /// The character in the line, counted from 1.
    pub column: u32,
}

impl Position {
    /// The place of the byte at `offset`.
    pub(super) fn of(bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let before = before.strip_prefix("\u{feff}".as_bytes()).unwrap_or(before);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        // Each character of UTF-8 has one byte that does not continue another; what is no UTF-8 has a place too.
        let characters = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Self { line: number(lines), column: number(characters) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Why a document was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct XmlError {
    /// The line, counted from 1.
    pub line: u32,
    /// The character in the line, counted from 1.
    pub column: u32,
    /// What is wrong and how it has to be, in one sentence without the place.
    pub message: String,
}

impl XmlError {
    pub(super) fn new(bytes: &[u8], offset: usize, message: impl Into<String>) -> Self {
        let Position { line, column } = Position::of(bytes, offset);
        Self { line, column, message: message.into() }
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for XmlError {}

/// Names and values in messages are cut to this: what a hostile peer sent is quoted in part only.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}
