//! Where results go: tables for people, JSON for programs, both on standard output; notes on standard error.

pub(crate) mod event;
mod record;
pub(crate) mod style;
mod table;

pub(crate) use table::{Cell, Table};

use crate::error::Context;
use omnivirt::{ObjectRef, Result};
use serde::Serialize;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use style::Palette;

/// The form of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences for people
    #[default]
    Table,
    /// JSON, one document a line; errors and notes too
    Json,
}

/// Writes results.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    palette: Palette,
    stdout: BufWriter<Stdout>,
    is_terminal: bool,
}

/// What a command that changes something has done, and to what.
#[derive(Debug, Serialize)]
struct Done<'a> {
    done: &'a str,
    object: ObjectRef,
}

impl Output {
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        Self {
            format,
            quiet,
            palette: style::stdout(),
            stdout: BufWriter::with_capacity(1 << 16, stdout),
            is_terminal,
        }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub(crate) fn palette(&self) -> Palette {
        self.palette
    }

    /// Says what a command has done to an object: in JSON the command, for people `phrase`, as in `domain 'web' started`.
    pub(crate) fn done(
        &mut self,
        object: &(impl Clone + Into<ObjectRef>),
        command: &str,
        phrase: &str,
    ) -> Result<()> {
        let mut object = object.clone().into();
        if let ObjectRef::Domain(domain) = &mut object {
            // It is as the command found it, and may be another by now.
            domain.id = None;
        }
        match self.format {
            Format::Json => self.json(&Done { done: command, object }),
            Format::Table if self.quiet => Ok(()),
            Format::Table => {
                let name = self.palette.paint(style::NAME, &format!("'{}'", style::printable(object.name())));
                self.line(&format!("{} {name} {phrase}", object.kind().noun()))
            }
        }
    }

    /// Shows a value with named fields.
    pub(crate) fn record(&mut self, value: &impl Serialize) -> Result<()> {
        match self.format {
            Format::Json => self.json(value),
            Format::Table => {
                let text = record::render(value, self.palette);
                self.write(&text)
            }
        }
    }

    /// Shows a list: as a table, or as an array of what is in it.
    pub(crate) fn list<'a, T: Serialize, const COLUMNS: usize>(
        &mut self,
        items: &'a [T],
        headings: [&'static str; COLUMNS],
        row: impl Fn(&'a T) -> [Cell<'a>; COLUMNS],
    ) -> Result<()> {
        match self.format {
            Format::Json => self.json(items),
            Format::Table => {
                let mut table = Table::new(headings);
                items.iter().for_each(|item| table.push(row(item)));
                let text = table.render(self.palette);
                self.write(&text)
            }
        }
    }

    /// Shows a document or another text as it is; in JSON under `key`.
    pub(crate) fn text(&mut self, key: &str, text: &str) -> Result<()> {
        match self.format {
            Format::Json => self.json(&serde_json::Map::from_iter([(key.to_owned(), text.into())])),
            Format::Table => self.line(text.trim_end_matches('\n')),
        }
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        self.write(text)?;
        self.write("\n")
    }

    /// Writes one JSON document: on one line, unless a person looks at it.
    pub(crate) fn json(&mut self, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let written = match self.is_terminal {
            true => serde_json::to_writer_pretty(&mut self.stdout, value),
            false => serde_json::to_writer(&mut self.stdout, value),
        };
        written.map_err(io::Error::from).context(cannot_write)?;
        self.write("\n")
    }

    /// Says something beside the results, on standard error, unless `--quiet` is given.
    pub(crate) fn note(&mut self, text: &str) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        let line = match self.format {
            Format::Json => serde_json::json!({ "note": text }).to_string(),
            Format::Table => format!("{} {text}", style::stderr().paint(style::NOTE, "note:")),
        };
        self.flush()?;
        writeln!(io::stderr().lock(), "{line}").context(|| "cannot write to standard error".into())
    }

    pub(crate) fn write(&mut self, text: &str) -> Result<()> {
        self.stdout.write_all(text.as_bytes()).context(cannot_write)
    }

    /// Sends on what is written, for whoever waits for it.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.stdout.flush().context(cannot_write)
    }
}

fn cannot_write() -> String {
    "cannot write to standard output".into()
}
