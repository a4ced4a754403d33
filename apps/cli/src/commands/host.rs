//! The host and its hypervisor: `nodeinfo`, `version`, `capabilities`, `domcapabilities`.

use crate::session::Session;
use clap::Subcommand;
use omnivirt::{DomainCapabilitiesOptions, EmulatorChoice, NodeInfo, Result, VersionInfo};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show in numbers what the host has
    Nodeinfo,
    /// Show which hypervisor and driver this is
    Version,
    /// Show as XML what the host has and which guests it can run
    Capabilities,
    /// Show as XML what domains can have
    Domcapabilities {
        /// The path of the emulator
        #[arg(long)]
        emulator: Option<String>,
        /// The CPU architecture, such as x86_64
        #[arg(long)]
        arch: Option<String>,
        /// The machine type, such as q35
        #[arg(long)]
        machine: Option<String>,
        /// The domain type, such as kvm
        #[arg(long, value_name = "TYPE")]
        virttype: Option<String>,
        /// Leave out CPU features that the hypervisor calls deprecated
        #[arg(long)]
        disable_deprecated_features: bool,
    },
}

/// The host by name and in numbers.
#[derive(Debug, Serialize)]
struct Host {
    hostname: String,
    #[serde(flatten)]
    info: NodeInfo,
}

/// What drives the host.
#[derive(Debug, Serialize)]
struct Versions {
    driver: &'static str,
    uri: String,
    #[serde(flatten)]
    info: VersionInfo,
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let connection = session.connection().await?;
        match self {
            Self::Nodeinfo => {
                let host =
                    Host { hostname: connection.hostname().await?, info: connection.node_info().await? };
                session.output.record(&host)
            }
            Self::Version => {
                let info = connection.version().await?;
                session.output.record(&Versions {
                    driver: connection.driver_name(),
                    uri: connection.uri().into(),
                    info,
                })
            }
            Self::Capabilities => {
                let xml = connection.capabilities().await?;
                session.output.text("xml", &xml)
            }
            Self::Domcapabilities { emulator, arch, machine, virttype, disable_deprecated_features } => {
                let mut choice = EmulatorChoice::default();
                choice.emulator = emulator;
                choice.arch = arch;
                choice.machine = machine;
                choice.domain_type = virttype;
                let options = DomainCapabilitiesOptions::default()
                    .disable_deprecated_features(disable_deprecated_features);
                let xml = connection.domain_capabilities(choice, options).await?;
                session.output.text("xml", &xml)
            }
        }
    }
}
