//! Documents themselves, without any host: `xml`.

mod convert;
mod diff;
mod judge;
mod normalise;

use crate::error::{Context, usage};
use crate::session::Session;
use clap::{Args, Subcommand, ValueHint};
use omnivirt::kinds::DocumentKind;
use omnivirt::xml::{Document, Element, Limits};
use omnivirt::{Error, ErrorKind, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Read, check, complete and compare documents; no host is asked
///
/// What is known of libvirt's documents by type decides; what no type knows is kept wherever a document comes out
/// again, and told by 'xml validate' and 'xml explain'.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a document as a driver prints it after defining it
    ///
    /// That is what 'virsh define' and then 'virsh dumpxml --inactive --security-info' give: defaults written out,
    /// devices and addresses added, what the driver does not know left out. A refusal is one line of JSON on standard
    /// error, with libvirt's numbers: {"code": 27, "domain": 20, "message": "…"}.
    Normalise(normalise::Normalise),
    /// Lay a document out as libvirt does: its order, two spaces a level, values in '
    ///
    /// Nothing is added, and nothing is lost: what is not known stays, and so do comments.
    Fmt(convert::Fmt),
    /// Tell everything that is wrong with a document, each with its line, path and a hint
    ///
    /// What no type knows is a warning: libvirt would leave it out without a word. The exit code is 1 if something is wrong.
    Validate(judge::Validate),
    /// Tell what of a document a driver would leave out or change, and why
    Explain(judge::Explain),
    /// Tell what differs between two documents by meaning; the exit code is 1 if something does
    ///
    /// The order of different elements, blanks, comments and units of memory do not count.
    Diff(diff::Diff),
    /// Print what is known of a document by type as JSON
    ToJson(convert::ToJson),
    /// Print the document that JSON describes
    FromJson(convert::FromJson),
    /// Print the JSON Schema of the JSON that 'xml to-json' prints and 'xml from-json' reads
    Schema(convert::Schema),
}

impl Command {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Normalise(command) => command.run(session),
            Self::Fmt(command) => command.run(session),
            Self::Validate(command) => command.run(session),
            Self::Explain(command) => command.run(session),
            Self::Diff(command) => command.run(session),
            Self::ToJson(command) => command.run(session),
            Self::FromJson(command) => command.run(session),
            Self::Schema(command) => command.run(session),
        }
    }
}

/// A document, and what it describes.
#[derive(Debug, Args)]
struct Input {
    /// The file with the XML; - for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// What the document describes, such as domain or network; else its first element tells
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

impl Input {
    /// Reads the document.
    fn document(&self) -> Result<Document> {
        let bytes = read(&self.file)?;
        let name = name(&self.file);
        Document::parse_bytes(&bytes, &Limits::DOCUMENT)
            .map_err(|error| Error::new(ErrorKind::XmlSyntax, format!("{name}: {error}")))
    }

    /// What the document is.
    fn kind_of(&self, document: &Document) -> Result<&'static DocumentKind> {
        match &self.kind {
            Some(kind) => named(kind),
            None => DocumentKind::of(document.root()).ok_or_else(|| unknown_root(document.root())),
        }
    }
}

fn named(kind: &str) -> Result<&'static DocumentKind> {
    let known = || DocumentKind::ALL.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    DocumentKind::named(kind).ok_or_else(|| {
        usage(format!("'{kind}' is no kind of document")).with_hint(format!("it is one of {}", known()))
    })
}

fn unknown_root(root: Element<'_>) -> Error {
    let known =
        DocumentKind::ALL.iter().map(|kind| format!("<{}>", kind.root)).collect::<Vec<_>>().join(", ");
    Error::new(ErrorKind::XmlInvalid, format!("no document of libvirt's starts with <{}>", root.name()))
        .with_hint(format!("known are {known}"))
}

/// The bytes of a file, or of standard input. More than a document may have is not read.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = Limits::DOCUMENT.bytes as u64 + 1;
    match path == Path::new("-") {
        true => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    }
    .context(|| format!("cannot read {}", name(path)))?;
    Ok(bytes)
}

fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}
