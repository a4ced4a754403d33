//! Documents in other forms: `xml fmt`, `xml to-json`, `xml from-json`, `xml schema`.

use super::{Input, name, named, read};
use crate::error::{Context, usage};
use crate::session::Session;
use clap::{Args, ValueHint};
use omnivirt::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// How a document is laid out.
#[derive(Debug, Args)]
pub(crate) struct Fmt {
    #[command(flatten)]
    input: Input,
    /// Print nothing; the exit code is 1 if the document is laid out otherwise
    #[arg(long, conflicts_with = "in_place")]
    check: bool,
    /// Change the file itself
    #[arg(short, long)]
    in_place: bool,
}

impl Fmt {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let document = self.input.document()?;
        let text = self.input.kind_of(&document)?.lay_out(&document);
        let is_same = text == document.as_str();
        if self.check {
            session.exit_code = u8::from(!is_same);
            let name = name(&self.input.file);
            return if is_same {
                Ok(())
            } else {
                session.output.note(&format!("{name} would be laid out otherwise"))
            };
        }
        if !self.in_place {
            return session.output.text("xml", &text);
        }
        if self.input.file == Path::new("-") {
            return Err(usage("standard input cannot be changed in place"));
        }
        if is_same {
            return Ok(());
        }
        replace(&self.input.file, &text)
    }
}

/// Puts another file in the place of this one, so that there is no moment at which it is half written.
fn replace(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.as_file().set_permissions(std::fs::metadata(path)?.permissions())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).context(|| format!("cannot change {}", path.display()))
}

/// What becomes JSON.
#[derive(Debug, Args)]
pub(crate) struct ToJson {
    #[command(flatten)]
    input: Input,
}

impl ToJson {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let document = self.input.document()?;
        let json = self.input.kind_of(&document)?.to_json(&document)?;
        session.output.json(&json)
    }
}

/// What becomes a document.
#[derive(Debug, Args)]
pub(crate) struct FromJson {
    /// The file with the JSON; - for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// What the JSON describes, such as domain or network
    #[arg(long, value_name = "KIND")]
    kind: String,
}

impl FromJson {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let kind = named(&self.kind)?;
        let refused = |error: &dyn std::fmt::Display| {
            let message = format!("{} is no {} in JSON: {error}", name(&self.file), kind.name);
            Error::new(ErrorKind::XmlInvalid, message)
                .with_hint(format!("'omnivirt xml schema --kind {}' prints the schema", kind.name))
        };
        let json = serde_json::from_slice(&read(&self.file)?).map_err(|error| refused(&error))?;
        let xml = kind.from_json(json).map_err(|error| refused(&error))?;
        session.output.text("xml", &xml)
    }
}

/// Whose schema.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// What the JSON describes, such as domain or network
    #[arg(long, value_name = "KIND")]
    kind: String,
}

impl Schema {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        session.output.json(&named(&self.kind)?.json_schema())
    }
}
