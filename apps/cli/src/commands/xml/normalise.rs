//! `xml normalise`.

use super::{name, read};
use crate::error::Context;
use crate::session::Session;
use clap::{Args, ValueHint};
use omnivirt::kinds::DocumentKind;
use omnivirt::normalise::{Refusal, Request, normalise};
use omnivirt::xml::{Document, Limits};
use omnivirt::{Error, ErrorKind, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is normalised, and by whose rules.
#[derive(Debug, Args)]
pub(crate) struct Normalise {
    /// The file with the XML; - for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Whose rules: test, qemu, lxc, network, storage …
    #[arg(long = "as", value_name = "DRIVER")]
    driver: String,
    /// What the document describes: domain, network, pool, vol, secret, nwfilter, interface, nodedev, snapshot, checkpoint,
    /// device …; else its first element tells
    #[arg(long, value_name = "KIND", default_value = "", hide_default_value = true)]
    kind: String,
    /// The domain that a device, a snapshot or a checkpoint is for
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true, value_hint = ValueHint::FilePath)]
    base: String,
    /// What is done with a device: attach, detach or update
    #[arg(long, value_name = "OPERATION", default_value = "", hide_default_value = true)]
    op: String,
    /// The flags of the call, with libvirt's numbers
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true, value_parser = flags)]
    flags: u32,
    /// Documents that are defined before, with commas between them
    #[arg(long, value_name = "FILES", default_value = "", hide_default_value = true)]
    preload: String,
}

fn flags(text: &str) -> Result<u32, String> {
    match text {
        "" => Ok(0),
        _ => text.parse().map_err(|_| format!("'{text}' is no number of flags")),
    }
}

impl Normalise {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let input = read(&self.file)?;
        let kind = match self.kind.as_str() {
            "" if !self.base.is_empty() => kind_of(&input).unwrap_or("device").to_owned(),
            // One that cannot be read is refused as a domain.
            "" => kind_of(&input).unwrap_or("domain").to_owned(),
            kind => kind.to_owned(),
        };
        let mut request = Request::new(kind, self.driver);
        request.base = Some(self.base).filter(|base| !base.is_empty()).map(text).transpose()?;
        request.operation = Some(self.op).filter(|operation| !operation.is_empty());
        request.flags = self.flags;
        request.preload =
            self.preload.split(',').filter(|file| !file.is_empty()).map(text).collect::<Result<_>>()?;
        match normalise(&request, &input) {
            Ok(xml) => session.output.text("xml", &xml),
            Err(refusal) => {
                session.exit_code = 1;
                refuse(&refusal)
            }
        }
    }
}

/// What the document describes, by its first element.
fn kind_of(input: &[u8]) -> Option<&'static str> {
    let document = Document::parse_bytes(input, &Limits::DOCUMENT).ok()?;
    DocumentKind::of(document.root()).map(|kind| kind.name)
}

fn text(file: impl AsRef<Path>) -> Result<String> {
    let file = file.as_ref();
    String::from_utf8(read(file)?)
        .map_err(|error| Error::new(ErrorKind::XmlSyntax, format!("{} is no UTF-8: {error}", name(file))))
}

fn refuse(refusal: &Refusal) -> Result<()> {
    let line = serde_json::json!({
        "code": refusal.code,
        "domain": refusal.domain,
        "message": refusal.message,
    });
    writeln!(std::io::stderr().lock(), "{line}").context(|| "cannot write to standard error".into())
}
