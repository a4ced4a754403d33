//! Saving a domain to a file and restoring it: `save`, `restore`, `managed-save`.

use super::{DomainArgument, read_document};
use crate::progress;
use crate::session::Session;
use clap::{Args, Subcommand, ValueHint};
use omnivirt::xml::Document;
use omnivirt::{
    Connection, Error, ErrorKind, ManagedSaveOptions, RestoreOptions, Result, SaveOptions, SavedXmlOptions,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a running domain's memory and state to a file, and end its run
    Save {
        #[command(flatten)]
        domain: DomainArgument,
        #[command(flatten)]
        file: FileArgument,
        #[command(flatten)]
        how: How,
        /// A file with XML to save in place of the domain's own
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        xml: Option<PathBuf>,
        /// The form of the file, such as raw, zstd or sparse
        #[arg(long, value_name = "FORMAT")]
        image_format: Option<String>,
    },
    /// Start the domain that a file holds, where it was saved
    Restore {
        #[command(flatten)]
        file: FileArgument,
        #[command(flatten)]
        how: How,
        /// A file with XML to use in place of what the saved file holds
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        xml: Option<PathBuf>,
        /// Make its firmware variables anew from their template
        #[arg(long)]
        reset_nvram: bool,
    },
    /// Save a running domain to a file of the driver's own, from which its next start restores it
    #[command(alias = "managedsave")]
    ManagedSave {
        #[command(flatten)]
        domain: DomainArgument,
        #[command(flatten)]
        how: How,
        /// Throw the image away, so that the next start boots afresh
        #[arg(long, conflicts_with_all = ["bypass_cache", "running", "paused"])]
        remove: bool,
    },
}

/// The saved file.
#[derive(Debug, Args)]
pub(crate) struct FileArgument {
    /// The file, as the host of the domain names it
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: String,
}

/// How a domain is saved and what it does once it is restored.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Write or read past the host's page cache
    #[arg(long)]
    bypass_cache: bool,
    /// Once restored it runs, whatever it did when it was saved
    #[arg(long, conflicts_with = "paused")]
    running: bool,
    /// Once restored it is paused, whatever it did when it was saved
    #[arg(long)]
    paused: bool,
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Save { domain, file: FileArgument { file }, how, xml, image_format } => {
                let mut options = SaveOptions::default()
                    .bypass_cache(how.bypass_cache)
                    .running(how.running)
                    .paused(how.paused);
                options.xml = xml.map(|path| read_document(&path)).transpose()?;
                options.image_format = image_format;
                let domain = domain.find(session).await?;
                progress::job(session, Some(&domain), "saving", domain.save(&file, options)).await?;
                session.output.done(domain.reference(), "save", &format!("saved to {file}"))
            }
            Self::Restore { file: FileArgument { file }, how, xml, reset_nvram } => {
                let mut options = RestoreOptions::default()
                    .bypass_cache(how.bypass_cache)
                    .running(how.running)
                    .paused(how.paused)
                    .reset_nvram(reset_nvram);
                options.xml = xml.map(|path| read_document(&path)).transpose()?;
                let connection = session.connection().await?;
                let name = saved_name(&connection, &file).await?;
                progress::job(session, None, "restoring", connection.restore(&file, options)).await?;
                let domain = connection.domain_by_name(&name).await?;
                session.output.done(domain.reference(), "restore", &format!("restored from {file}"))
            }
            Self::ManagedSave { domain, remove: true, .. } => {
                let domain = domain.find(session).await?;
                domain.managed_save_remove().await?;
                session.output.done(domain.reference(), "managed-save", "has no managed save image any more")
            }
            Self::ManagedSave { domain, how, remove: false } => {
                let options = ManagedSaveOptions::default()
                    .bypass_cache(how.bypass_cache)
                    .running(how.running)
                    .paused(how.paused);
                let domain = domain.find(session).await?;
                progress::job(session, Some(&domain), "saving", domain.managed_save(options)).await?;
                session.output.done(domain.reference(), "managed-save", "saved; its next start restores it")
            }
        }
    }
}

/// The name of the domain that a file holds.
async fn saved_name(connection: &Connection, file: &str) -> Result<String> {
    let xml = connection.save_image_dumpxml(file, SavedXmlOptions::default()).await?;
    let unreadable = || Error::new(ErrorKind::XmlInvalid, format!("what {file} holds names no domain"));
    let document = Document::parse(xml).map_err(|error| unreadable().with_source(error))?;
    Ok(document.root().child("name").ok_or_else(unreadable)?.text().trim().to_owned())
}
