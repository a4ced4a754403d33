//! What virsh said to each command of a session, as text that can be read and compared.

use crate::Result;
use crate::normal::{normal, without_numbers};
use std::fmt::Write;

/// A command, and what virsh said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The command, as it is in the session.
    pub command: String,
    /// Its exit status; none if a signal ended it.
    pub code: Option<i32>,
    /// Its lines, with `|` before those of standard output and `!` before those of standard error.
    pub lines: Vec<String>,
}

impl Entry {
    pub(crate) fn new(command: &str, code: Option<i32>, output: &str, errors: &str) -> Self {
        let mut output = normal(output.trim_end());
        if command.trim_start_matches("-r ").starts_with("domstats") {
            output = sorted_paragraphs(&output);
        }
        let mut lines: Vec<String> = output.lines().map(|line| format!("| {line}")).collect();
        lines.extend(normal(errors.trim_end()).lines().map(|line| format!("! {line}")));
        for line in &mut lines {
            line.truncate(line.trim_end().len());
        }
        Self { command: command.to_owned(), code, lines }
    }

    /// With words for the paths of this run and the name of this machine.
    pub(crate) fn with_words_for(mut self, texts: &[(String, &str)]) -> Self {
        for line in &mut self.lines {
            for (text, word) in texts {
                // The name of a machine may be a word that occurs elsewhere: it is only replaced as a whole line.
                if line.trim_start_matches("| ") == text {
                    *line = format!("| {word}");
                } else if text.starts_with('/') {
                    *line = line.replace(text, word);
                }
            }
        }
        self
    }

    /// Whether virsh said the same.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.code == other.code && self.lines == other.lines
    }

    /// Whether it is the other, with any number for any number where those vary.
    #[must_use]
    pub fn is(&self, other: &Self, numbers_vary: bool) -> bool {
        let lines = |entry: &Self| entry.lines.iter().map(|line| without_numbers(line)).collect::<Vec<_>>();
        let same_lines = if numbers_vary { lines(self) == lines(other) } else { self.lines == other.lines };
        self.command == other.command && self.code == other.code && same_lines
    }

    fn write(&self, out: &mut String) {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let _ = writeln!(out, "$ {}\n[{code}]", self.command);
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
    }
}

/// The paragraphs in the order of their first lines: neither daemon has an order for the domains of statistics.
fn sorted_paragraphs(text: &str) -> String {
    let mut paragraphs: Vec<&str> = text.split("\n\n").collect();
    paragraphs.sort_unstable();
    paragraphs.join("\n\n")
}

/// The entries of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// The transcript as text.
#[must_use]
pub fn write(head: &str, parts: &[Part]) -> String {
    let mut out: String = head.lines().map(|line| format!("# {line}\n")).collect();
    for part in parts.iter().filter(|part| !part.entries.is_empty()) {
        let _ = writeln!(out, "\n== {}", part.name);
        for entry in &part.entries {
            entry.write(&mut out);
        }
    }
    out
}

/// The transcript that a text is.
///
/// # Errors
///
/// It is none.
pub fn read(text: &str) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let wrong = || format!("line {}: {line:?} has no place here", number + 1);
        if let Some(name) = line.strip_prefix("== ") {
            parts.push(Part { name: name.to_owned(), entries: Vec::new() });
            continue;
        }
        let Some(part) = parts.last_mut() else {
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            return Err(wrong());
        };
        if let Some(command) = line.strip_prefix("$ ") {
            part.entries.push(Entry { command: command.to_owned(), code: None, lines: Vec::new() });
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let entry = part.entries.last_mut().ok_or_else(wrong)?;
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(code) if entry.lines.is_empty() => entry.code = code.parse().ok(),
            _ => entry.lines.push(line.to_owned()),
        }
    }
    Ok(parts)
}
