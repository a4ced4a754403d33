//! Devices: `attach-device`, `detach-device`, `update-device`.

use super::{Affect, DomainArgument, read_document};
use crate::session::Session;
use clap::{Subcommand, ValueHint};
use omnivirt::{Result, UpdateDeviceOptions};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Attach a device that is described in XML
    #[command(name = "attach-device")]
    Attach {
        #[command(flatten)]
        domain: DomainArgument,
        /// The file with the device's XML; - for standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        affect: Affect,
    },
    /// Detach a device; the guest has to let go of it
    #[command(name = "detach-device")]
    Detach {
        #[command(flatten)]
        domain: DomainArgument,
        /// The file with the device's XML; - for standard input
        #[arg(value_hint = ValueHint::FilePath, required_unless_present = "alias")]
        file: Option<PathBuf>,
        /// The device of this alias, in place of XML
        #[arg(long, conflicts_with = "file")]
        alias: Option<String>,
        #[command(flatten)]
        affect: Affect,
    },
    /// Change a device to what the XML says: another medium, another link state
    #[command(name = "update-device")]
    Update {
        #[command(flatten)]
        domain: DomainArgument,
        /// The file with the device's XML; - for standard input
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Open a tray that the guest has locked
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        affect: Affect,
    },
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Attach { domain, file, affect } => {
                let xml = read_document(&file)?;
                let domain = domain.find(session).await?;
                domain.attach_device(&xml, affect.into()).await?;
                session.output.done(domain.reference(), "attach-device", "has the device")
            }
            Self::Detach { domain, file, alias, affect } => {
                let xml = file.map(|path| read_document(&path)).transpose()?;
                let domain = domain.find(session).await?;
                match (xml, alias) {
                    (Some(xml), _) => domain.detach_device(&xml, affect.into()).await?,
                    (None, alias) => {
                        domain.detach_device_alias(&alias.unwrap_or_default(), affect.into()).await?
                    }
                }
                session.output.done(domain.reference(), "detach-device", "asked to let go of the device")
            }
            Self::Update { domain, file, force, affect } => {
                let xml = read_document(&file)?;
                let domain = domain.find(session).await?;
                domain
                    .update_device(&xml, affect.into(), UpdateDeviceOptions::default().force(force))
                    .await?;
                session.output.done(domain.reference(), "update-device", "has the changed device")
            }
        }
    }
}
