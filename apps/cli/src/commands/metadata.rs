//! `metadata`.

use super::{Affect, DomainArgument};
use crate::session::Session;
use clap::Args;
use omnivirt::{Domain, ErrorKind, MetadataKind, MetadataNamespace, Result};
use serde::Serialize;

/// Show or set a domain's title, description, or a metadata element of your own
///
/// Without --title, --description or --uri, the title and the description are shown.
#[derive(Debug, Args)]
pub(crate) struct Metadata {
    #[command(flatten)]
    domain: DomainArgument,
    /// The title: one short line
    #[arg(long, conflicts_with_all = ["description", "uri"])]
    title: bool,
    /// The description: text of any length
    #[arg(long, conflicts_with = "uri")]
    description: bool,
    /// The element of this namespace
    #[arg(long, value_name = "NAMESPACE")]
    uri: Option<String>,
    /// The prefix under which the element is written
    #[arg(long, value_name = "PREFIX", requires = "uri")]
    key: Option<String>,
    /// What it shall be
    #[arg(long, value_name = "TEXT", conflicts_with = "remove")]
    set: Option<String>,
    /// Remove it
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    affect: Affect,
}

/// What describes a domain to people.
#[derive(Debug, Serialize)]
struct Description {
    title: Option<String>,
    description: Option<String>,
}

impl Metadata {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let kind = match (self.title, self.description, &self.uri) {
            (true, ..) => MetadataKind::Title,
            (_, true, _) => MetadataKind::Description,
            (.., Some(_)) => MetadataKind::Element,
            _ if self.set.is_some() || self.remove => {
                return Err(crate::error::usage(
                    "say which metadata is meant: --title, --description or --uri",
                ));
            }
            _ => {
                let both = Description {
                    title: self.read(&domain, MetadataKind::Title).await?,
                    description: self.read(&domain, MetadataKind::Description).await?,
                };
                return session.output.record(&both);
            }
        };
        if self.set.is_none() && !self.remove {
            let text = domain.metadata(kind, self.uri.as_deref(), self.affect.into()).await?;
            return session.output.text(kind.as_str(), &text);
        }
        let mut namespace = MetadataNamespace::default();
        namespace.uri = self.uri;
        namespace.prefix = self.key;
        domain.set_metadata(kind, self.set.as_deref(), namespace, self.affect.into()).await?;
        let done = if self.remove { "removed" } else { "set" };
        session.output.done(domain.reference(), "metadata", &format!("has its {} {done}", kind.as_str()))
    }

    async fn read(&self, domain: &Domain, kind: MetadataKind) -> Result<Option<String>> {
        match domain.metadata(kind, None, self.affect.into()).await {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NoMetadata => Ok(None),
            Err(error) => Err(error),
        }
    }
}
