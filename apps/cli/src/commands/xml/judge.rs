//! What is wrong with a document, or would be lost of it: `xml validate`, `xml explain`.

use super::{Input, name, read};
use crate::output::{Cell, style};
use crate::session::Session;
use clap::Args;
use omnivirt::difference::differences;
use omnivirt::document::{DocumentError, Unknown};
use omnivirt::kinds::DocumentKind;
use omnivirt::normalise::{Refusal, Request, normalise};
use omnivirt::xml::{Document, Limits, Position};
use omnivirt::{Error, ErrorKind, Result};
use serde::Serialize;

/// What is checked, and by whose rules.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    input: Input,
    /// Check the rules of this driver too: test, qemu, lxc …
    #[arg(long = "as", value_name = "DRIVER")]
    driver: Option<String>,
    /// What no type knows is wrong too, as for 'virsh define --validate'
    #[arg(long)]
    strict: bool,
}

/// Something that is wrong with a document.
#[derive(Debug, Serialize)]
struct Finding {
    severity: Severity,
    line: u32,
    column: u32,
    /// Empty where the document is not well-formed.
    path: String,
    message: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    libvirt_code: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Severity {
    Error,
    Warning,
}

/// The code with which libvirt refuses what its schema does not know.
const SCHEMA: u32 = 92;

impl Finding {
    fn of(error: DocumentError) -> Self {
        let libvirt_code = Some(error.kind.libvirt_code());
        let DocumentError { line, column, path, message, hint, .. } = error;
        Self { severity: Severity::Error, line, column, path, message, hint, libvirt_code }
    }

    fn of_unknown(unknown: Unknown<'_>, is_strict: bool) -> Self {
        let (path, Position { line, column }, what) = place(unknown);
        Self {
            severity: if is_strict { Severity::Error } else { Severity::Warning },
            line,
            column,
            path,
            message: format!("libvirt knows no such {what} here, and would leave it out"),
            hint: "",
            libvirt_code: is_strict.then_some(SCHEMA),
        }
    }
}

/// Where it is, and whether it is an element or an attribute.
fn place(unknown: Unknown<'_>) -> (String, Position, &'static str) {
    match unknown {
        Unknown::Element(element) => (element.path(), element.position(), "element"),
        Unknown::Attribute(element, attribute) => {
            (format!("{}/@{}", element.path(), attribute.name()), attribute.position(), "attribute")
        }
    }
}

impl Validate {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let bytes = read(&self.input.file)?;
        let findings = match Document::parse_bytes(&bytes, &Limits::DOCUMENT) {
            Err(error) => vec![Finding::of(error.into())],
            Ok(document) => self.findings(&document, self.input.kind_of(&document)?, &bytes)?,
        };
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            session.exit_code = 1;
        }
        if findings.is_empty() && !session.output.is_json() {
            return session.output.note(&format!("nothing is wrong with {}", name(&self.input.file)));
        }
        session.output.list(&findings, ["Line", "", "Where", "What"], |finding| {
            let (word, colour) = match finding.severity {
                Severity::Error => ("error", style::ERROR),
                Severity::Warning => ("warning", style::WARNING),
            };
            let what = match finding.hint {
                "" => finding.message.clone(),
                hint => format!("{}; {hint}", finding.message),
            };
            [
                Cell::new(format!("{}:{}", finding.line, finding.column)),
                Cell::new(word).style(colour),
                Cell::new(if finding.path.is_empty() { "-" } else { &finding.path }),
                Cell::new(what),
            ]
        })
    }

    fn findings(&self, document: &Document, kind: &DocumentKind, bytes: &[u8]) -> Result<Vec<Finding>> {
        let mut findings: Vec<Finding> = kind.problems(document).into_iter().map(Finding::of).collect();
        if let (Some(driver), true) = (&self.driver, findings.is_empty())
            && let Err(refusal) = normalise(&Request::new(kind.name, driver), bytes)
        {
            findings.push(Finding::of(located(refusal)?));
        }
        findings.extend(
            kind.unknown(document).into_iter().map(|unknown| Finding::of_unknown(unknown, self.strict)),
        );
        findings.sort_by_key(|finding| (finding.line, finding.column));
        Ok(findings)
    }
}

/// The place of a refusal; one without a place is about what was asked for.
fn located(refusal: Refusal) -> Result<DocumentError> {
    let Refusal { error, message, .. } = refusal;
    error.map(|error| *error).ok_or_else(|| Error::new(ErrorKind::InvalidArgument, message))
}

/// What is explained, and by whose rules.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    input: Input,
    /// Whose rules: test, qemu, lxc, network, storage …
    #[arg(long = "as", value_name = "DRIVER")]
    driver: String,
    /// Show what the driver adds too
    #[arg(long)]
    added: bool,
}

/// What becomes of something in a document.
#[derive(Debug, Serialize)]
struct Fate {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    path: String,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    becomes: Option<String>,
    reason: String,
}

impl Explain {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let document = self.input.document()?;
        let kind = self.input.kind_of(&document)?;
        let request = Request::new(kind.name, &self.driver);
        let normalised = match normalise(&request, document.as_str().as_bytes()) {
            Ok(normalised) => normalised,
            Err(refusal) => return Err(located(refusal)?.into()),
        };
        let fates = self.fates(&document, kind, &normalised)?;
        if fates.is_empty() && !session.output.is_json() {
            let note = format!("{} keeps all of {} as it is", self.driver, name(&self.input.file));
            return session.output.note(&note);
        }
        session.output.list(&fates, ["Line", "Where", "Fate", "Why"], |fate| {
            [
                Cell::optional(fate.line),
                Cell::new(fate.path.as_str()),
                Cell::new(fate.fate).style(if fate.fate == "added" { style::NOTE } else { style::BAD }),
                Cell::new(fate.reason.as_str()),
            ]
        })
    }

    fn fates(&self, document: &Document, kind: &DocumentKind, normalised: &str) -> Result<Vec<Fate>> {
        let unreadable = |error| Error::new(ErrorKind::Internal, format!("the normalised document: {error}"));
        let after = Document::parse(normalised).map_err(unreadable)?;
        let mut fates: Vec<Fate> = kind
            .unknown(document)
            .into_iter()
            .map(|unknown| {
                let (path, position, what) = place(unknown);
                let reason = format!("no type knows this {what}: every driver leaves it out");
                Fate { line: Some(position.line), path, fate: "unknown", value: None, becomes: None, reason }
            })
            .collect();
        let is_unknown = |fates: &[Fate], path: &str| fates.iter().any(|fate| fate.path == path);
        for found in differences(document.root(), after.root()) {
            let path = found.path;
            let driver = &self.driver;
            let fate = match (found.left, found.right) {
                (Some(left), right) if right.is_none() && !is_unknown(&fates, &path) => {
                    let reason = format!("the {driver} driver does not keep it");
                    Fate {
                        line: Some(left.position.line),
                        path,
                        fate: "dropped",
                        value: Some(left.value),
                        becomes: None,
                        reason,
                    }
                }
                (Some(left), Some(right)) => {
                    let reason =
                        format!("the {driver} driver makes it '{}' of '{}'", right.value, left.value);
                    let (value, becomes) = (Some(left.value), Some(right.value));
                    Fate { line: Some(left.position.line), path, fate: "changed", value, becomes, reason }
                }
                (None, Some(right)) if self.added => {
                    let reason = format!("the {driver} driver adds {}", right.value);
                    Fate { line: None, path, fate: "added", value: None, becomes: Some(right.value), reason }
                }
                _ => continue,
            };
            fates.push(fate);
        }
        fates.sort_by_key(|fate| fate.line.unwrap_or(u32::MAX));
        Ok(fates)
    }
}
