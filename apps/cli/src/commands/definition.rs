//! What a domain is made of: `define`, `create`, `undefine`, `rename`, `dumpxml`, `set-autostart`.

use super::{DomainArgument, read_document};
use crate::session::Session;
use clap::{Args, Subcommand, ValueHint};
use omnivirt::{AutostartOptions, CreateOptions, DefineOptions, DumpxmlOptions, Result, UndefineOptions};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Define a domain from XML, or change its definition; it is not started
    Define {
        #[command(flatten)]
        document: DocumentArgument,
        /// Refuse what the schema does not know
        #[arg(long)]
        validate: bool,
    },
    /// Start a domain from XML; unless it is defined, it is gone when it ends
    Create {
        #[command(flatten)]
        document: DocumentArgument,
        /// Leave its virtual CPUs stopped
        #[arg(long)]
        paused: bool,
        /// Destroy it when this connection closes
        #[arg(long)]
        autodestroy: bool,
        /// Refuse what the schema does not know
        #[arg(long)]
        validate: bool,
        /// Make its firmware variables anew from their template
        #[arg(long)]
        reset_nvram: bool,
    },
    /// Delete the definition of a domain
    ///
    /// A running domain runs on, and is gone when it ends. What is kept beside the definition must be named, to be
    /// deleted or to be left.
    Undefine(Undefine),
    /// Give a domain that does not run another name
    Rename {
        #[command(flatten)]
        domain: DomainArgument,
        /// The new name
        new_name: String,
    },
    /// Show the XML of a domain: as it runs if it does, else as defined
    Dumpxml(Dumpxml),
    /// Have a domain start with the host, or not
    #[command(alias = "autostart")]
    SetAutostart {
        #[command(flatten)]
        domain: DomainArgument,
        /// It shall not
        #[arg(long)]
        disable: bool,
        /// Only the next time
        #[arg(long)]
        once: bool,
    },
}

/// A document.
#[derive(Debug, Args)]
pub(crate) struct DocumentArgument {
    /// The file with the XML; - for standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// What is deleted with a definition.
#[derive(Debug, Args)]
pub(crate) struct Undefine {
    #[command(flatten)]
    domain: DomainArgument,
    /// Delete a managed save image
    #[arg(long)]
    managed_save: bool,
    /// Forget its snapshots; what they hold in disk images stays
    #[arg(long)]
    snapshots_metadata: bool,
    /// Forget its checkpoints; their bitmaps in disk images stay
    #[arg(long)]
    checkpoints_metadata: bool,
    /// Delete its firmware variables
    #[arg(long, conflicts_with = "keep_nvram")]
    nvram: bool,
    /// Keep its firmware variables
    #[arg(long)]
    keep_nvram: bool,
    /// Delete the state of its emulated TPM
    #[arg(long, conflicts_with = "keep_tpm")]
    tpm: bool,
    /// Keep the state of its emulated TPM
    #[arg(long)]
    keep_tpm: bool,
}

/// What is shown of a domain's XML.
#[derive(Debug, Args)]
pub(crate) struct Dumpxml {
    #[command(flatten)]
    domain: DomainArgument,
    /// The definition, even if the domain runs
    #[arg(long)]
    inactive: bool,
    /// With secrets, such as passwords of graphical consoles
    #[arg(long, alias = "security-info")]
    secure: bool,
    /// With the CPU as this host would make it
    #[arg(long)]
    update_cpu: bool,
    /// In a form that an older peer takes in a migration
    #[arg(long)]
    migratable: bool,
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Define { document, validate } => {
                let xml = read_document(&document.file)?;
                let domain = session
                    .connection()
                    .await?
                    .define(&xml, DefineOptions::default().validate(validate))
                    .await?;
                session.output.done(domain.reference(), "define", "defined")
            }
            Self::Create { document, paused, autodestroy, validate, reset_nvram } => {
                let xml = read_document(&document.file)?;
                let options = CreateOptions::default()
                    .paused(paused)
                    .auto_destroy(autodestroy)
                    .validate(validate)
                    .reset_nvram(reset_nvram);
                let domain = session.connection().await?.create(&xml, options).await?;
                session.output.done(domain.reference(), "create", "created")
            }
            Self::Undefine(undefine) => undefine.run(session).await,
            Self::Rename { domain, new_name } => {
                let domain = domain.find(session).await?;
                domain.rename(&new_name).await?;
                session.output.done(domain.reference(), "rename", &format!("renamed to '{new_name}'"))
            }
            Self::Dumpxml(dumpxml) => dumpxml.run(session).await,
            Self::SetAutostart { domain, disable, once } => {
                let domain = domain.find(session).await?;
                let options = match once {
                    true => AutostartOptions::default().once(!disable),
                    false => AutostartOptions::default().enabled(!disable),
                };
                domain.set_autostart(options).await?;
                let phrase = match (disable, once) {
                    (false, false) => "starts with the host",
                    (false, true) => "starts with the host the next time",
                    (true, false) => "does not start with the host",
                    (true, true) => "does not start with the host the next time only",
                };
                session.output.done(domain.reference(), "set-autostart", phrase)
            }
        }
    }
}

impl Undefine {
    async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let options = UndefineOptions::default()
            .managed_save(self.managed_save)
            .snapshots_metadata(self.snapshots_metadata)
            .checkpoints_metadata(self.checkpoints_metadata)
            .nvram(self.nvram)
            .keep_nvram(self.keep_nvram)
            .tpm(self.tpm)
            .keep_tpm(self.keep_tpm);
        domain.undefine(options).await?;
        session.output.done(domain.reference(), "undefine", "undefined")
    }
}

impl Dumpxml {
    async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let options = DumpxmlOptions::default()
            .inactive(self.inactive)
            .secure(self.secure)
            .update_cpu(self.update_cpu)
            .migratable(self.migratable);
        let xml = domain.dumpxml(options).await?;
        session.output.text("xml", &xml)
    }
}
