//! `info`.

use super::{DomainArgument, if_supported};
use crate::session::Session;
use clap::Args;
use omnivirt::{Autostart, DomainInfo, DomainRef, DomainStateReason, DomainStatus, Result};
use serde::Serialize;

/// Show what a domain is and uses
#[derive(Debug, Args)]
#[command(alias = "dominfo")]
pub(crate) struct Info {
    #[command(flatten)]
    domain: DomainArgument,
}

/// All about a domain. What the driver does not tell is left out.
#[derive(Debug, Serialize)]
struct AllInfo {
    #[serde(flatten)]
    domain: DomainRef,
    #[serde(flatten)]
    info: DomainInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<DomainStateReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_type: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    status: Option<DomainStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    autostart: Option<Autostart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_save: Option<bool>,
}

impl Info {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let info = AllInfo {
            info: domain.info().await?,
            reason: if_supported(domain.state().await)?.map(|state| state.reason),
            os_type: if_supported(domain.os_type().await)?,
            status: if_supported(domain.status().await)?,
            autostart: if_supported(domain.autostart().await)?,
            managed_save: if_supported(domain.has_managed_save().await)?,
            domain: domain.reference().clone(),
        };
        session.output.record(&info)
    }
}
