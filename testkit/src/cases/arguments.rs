//! Arguments that no driver has to see: the front door refuses them.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, refused};
use crate::life::Life;
use crate::rig::Rig;
use omnivirt_core::check::MAX_TEXT_BYTES;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["arguments":
        in_define [CONNECTION_DEFINE] "define refuses XML with a NUL byte, or over libvirt's limit",
        in_create [CONNECTION_CREATE] "create refuses XML with a NUL byte, or over libvirt's limit",
        in_domain_by_name [CONNECTION_DOMAIN_BY_NAME] "domain_by_name refuses a name with a NUL byte, or over the limit",
        in_rename [CONNECTION_DEFINE, DOMAIN_RENAME] "rename refuses a name with a NUL byte, or over the limit",
        in_options [CONNECTION_DEFINE, DOMAIN_SET_METADATA] "a text inside an option is looked at too",
        the_argument_is_named [CONNECTION_DOMAIN_BY_NAME] "the error says which argument of which call is wrong",
    ]
}

const NUL: &str = "a\0b";

fn oversize() -> String {
    "a".repeat(MAX_TEXT_BYTES + 1)
}

async fn in_define(rig: Arc<Rig>) -> Outcome {
    for text in [NUL, &oversize()] {
        let answer = rig.connection().define(text, DefineOptions::default()).await;
        refused(answer, ErrorKind::InvalidArgument, "the XML")?;
    }
    Ok(())
}

async fn in_create(rig: Arc<Rig>) -> Outcome {
    for text in [NUL, &oversize()] {
        let answer = rig.connection().create(text, CreateOptions::default()).await;
        refused(answer, ErrorKind::InvalidArgument, "the XML")?;
    }
    Ok(())
}

async fn in_domain_by_name(rig: Arc<Rig>) -> Outcome {
    for text in [NUL, &oversize()] {
        refused(rig.connection().domain_by_name(text).await, ErrorKind::InvalidArgument, "the name")?;
    }
    Ok(())
}

async fn in_rename(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    for text in [NUL, &oversize()] {
        refused(domain.rename(text).await, ErrorKind::InvalidArgument, "the name")?;
    }
    Ok(())
}

async fn in_options(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let namespace = MetadataNamespace::default().uri(NUL.to_owned()).prefix("p".to_owned());
    let answer =
        domain.set_metadata(MetadataKind::Element, Some("<a/>"), namespace, AffectOptions::default()).await;
    refused(answer, ErrorKind::InvalidArgument, "the namespace")
}

async fn the_argument_is_named(rig: Arc<Rig>) -> Outcome {
    let Err(error) = rig.connection().domain_by_name(NUL).await else {
        return Err(crate::failure::Failure::new("a name with a NUL byte is looked for"));
    };
    ensure!(error.message().contains("name"), "the message does not name the argument: {error}");
    ensure!(
        error.context("call") == Some("Connection::domain_by_name"),
        "the error does not name the call: {error}"
    );
    Ok(())
}
