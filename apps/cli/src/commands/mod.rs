//! The commands, a file for each group.

pub(crate) mod console;
pub(crate) mod definition;
pub(crate) mod devices;
pub(crate) mod doctor;
pub(crate) mod drivers;
pub(crate) mod edit;
pub(crate) mod events;
pub(crate) mod host;
pub(crate) mod info;
pub(crate) mod inject;
pub(crate) mod jobs;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod manual;
pub(crate) mod metadata;
pub(crate) mod qemu;
pub(crate) mod resources;
pub(crate) mod save;
pub(crate) mod screenshot;
pub(crate) mod script;
pub(crate) mod snapshot;
pub(crate) mod stats;
pub(crate) mod wait;
pub(crate) mod xml;

use crate::completion;
use crate::error::Context;
use crate::session::Session;
use crate::target;
use clap::Args;
use clap_complete::ArgValueCompleter;
use omnivirt::check::MAX_TEXT_BYTES;
use omnivirt::xml::{Document, Limits};
use omnivirt::{AffectOptions, Domain, Error, ErrorKind, Result};
use std::io::Read;
use std::path::Path;

/// The domain that a command is about.
#[derive(Debug, Clone, Args)]
pub(crate) struct DomainArgument {
    /// Name, UUID or id of the domain
    #[arg(value_name = "DOMAIN", add = ArgValueCompleter::new(completion::domains))]
    pub(crate) domain: String,
}

impl DomainArgument {
    /// Finds the domain.
    pub(crate) async fn find(&self, session: &mut Session) -> Result<Domain> {
        let connection = session.connection().await?;
        target::domain(&connection, &self.domain).await
    }
}

/// Which side of a domain a command reads or changes.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Affect {
    /// The running domain; with neither, what the domain is now
    #[arg(long)]
    pub(crate) live: bool,
    /// The definition, which the next start uses
    #[arg(long)]
    pub(crate) config: bool,
}

impl From<Affect> for AffectOptions {
    fn from(affect: Affect) -> Self {
        Self::default().live(affect.live).config(affect.config)
    }
}

/// Reads a document from a file, or from standard input where the path is `-`.
pub(crate) fn read_document(path: &Path) -> Result<String> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".into() } else { path.display().to_string() };
    // Beyond this no call takes it: the rest is not even read.
    let limit = MAX_TEXT_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    match is_stdin {
        true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    }
    .context(|| format!("cannot read {name}"))?;
    if bytes.len() > MAX_TEXT_BYTES {
        let told = format!("{name} is larger than a document may be, {MAX_TEXT_BYTES} bytes");
        return Err(Error::new(ErrorKind::LimitExceeded, told));
    }
    String::from_utf8(bytes).map_err(|error| {
        let told = Error::new(ErrorKind::XmlSyntax, format!("{name} is not a document"));
        // The document's reader says where, and knows UTF-16 when it sees it.
        match Document::parse_bytes(error.as_bytes(), &Limits::DOCUMENT) {
            Err(problem) => told.with_source(problem),
            Ok(_) => told.with_source(error.utf8_error()),
        }
    })
}

/// The answer, or nothing where the driver does not have the call.
pub(crate) fn if_supported<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}
