//! `xml diff`.

use super::{name, read};
use crate::output::{Cell, style};
use crate::session::Session;
use clap::{Args, ValueHint};
use omnivirt::difference::{Side, differences};
use omnivirt::xml::{Document, Limits};
use omnivirt::{Error, ErrorKind, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The file with one document; - for standard input
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    left: PathBuf,
    /// The file with the other
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    right: PathBuf,
}

/// What differs at a place. A side that has nothing there is left out.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Value {
    line: u32,
    value: String,
}

impl Value {
    fn of(side: Side) -> Self {
        Self { line: side.position.line, value: side.value }
    }

    /// For a table, in which no column should be wider than a line.
    fn cell(value: Option<&Self>) -> Cell<'static> {
        const MOST: usize = 60;
        let Some(Self { line, value }) = value else { return Cell::new("-") };
        let short: String = value.chars().take(MOST).collect();
        let more = if short.len() < value.len() { "…" } else { "" };
        Cell::new(format!("{line}: {short}{more}"))
    }
}

impl Diff {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let (left, right) = (document(&self.left)?, document(&self.right)?);
        let (left, right) = (left.root(), right.root());
        if left.name() != right.name() {
            let message = format!("<{}> and <{}> are documents of two kinds", left.name(), right.name());
            return Err(Error::new(ErrorKind::XmlInvalid, message));
        }
        let rows: Vec<Row> = differences(left, right)
            .into_iter()
            .map(|found| Row {
                path: found.path,
                a: found.left.map(Value::of),
                b: found.right.map(Value::of),
            })
            .collect();
        session.exit_code = u8::from(!rows.is_empty());
        if rows.is_empty() && !session.output.is_json() {
            return session.output.note("the documents mean the same");
        }
        session.output.list(&rows, ["Where", "A", "B"], |row| {
            [
                Cell::new(row.path.as_str()).style(style::NAME),
                Value::cell(row.a.as_ref()),
                Value::cell(row.b.as_ref()),
            ]
        })
    }
}

fn document(path: &Path) -> Result<Document> {
    Document::parse_bytes(&read(path)?, &Limits::DOCUMENT)
        .map_err(|error| Error::new(ErrorKind::XmlSyntax, format!("{}: {error}", name(path))))
}
