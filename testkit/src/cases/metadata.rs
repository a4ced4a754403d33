//! Titles, descriptions and metadata elements, and which side of a domain a call changes.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::{MetadataChange, MetadataType};
use omnivirt_core::xml::Document;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["metadata":
        a_title_is_kept_told_and_removed [CONNECTION_DEFINE, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "a title is shown once it is set, told, and is no_metadata before it is set and after it is removed",
        a_description_is_kept_told_and_removed [CONNECTION_DEFINE, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "a description is shown once it is set, told, and is no_metadata before it is set and after it is removed",
        an_element_is_kept_told_and_removed [CONNECTION_DEFINE, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "an element of a namespace is shown once it is set, told, and is no_metadata before and after",
        elements_of_two_namespaces_stand_side_by_side [CONNECTION_DEFINE, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "an element of one namespace does not touch that of another",
        a_bad_element_is_refused [CONNECTION_DEFINE, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "an element that is not XML is refused as xml_syntax, and changes nothing",
        metadata_is_part_of_the_xml [CONNECTION_DEFINE, DOMAIN_DUMPXML, DOMAIN_SET_METADATA]
            "what is set is shown in the domain's XML",
        live_changes_only_the_run [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "with live, the running domain changes and its definition does not",
        config_changes_only_the_definition [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "with config, the definition changes and the running domain does not",
        both_change_both [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_METADATA, DOMAIN_SET_METADATA]
            "with live and config, both change",
        live_needs_a_run [CONNECTION_DEFINE, DOMAIN_SET_METADATA]
            "live is refused as invalid_state for a domain that does not run",
        config_needs_a_definition [CONNECTION_CREATE, DOMAIN_SET_METADATA]
            "config is refused as invalid_state for a domain that is transient",
    ]
}

const NAMESPACE: &str = "http://example.org/conformance";

fn here() -> AffectOptions {
    AffectOptions::default()
}

async fn set(domain: &Domain, kind: MetadataKind, value: Option<&str>, affect: AffectOptions) -> Result<()> {
    let namespace = match kind {
        MetadataKind::Element => MetadataNamespace::default().uri(NAMESPACE).prefix("c"),
        _ => MetadataNamespace::default(),
    };
    domain.set_metadata(kind, value, namespace, affect).await
}

async fn get(domain: &Domain, kind: MetadataKind, affect: AffectOptions) -> Result<String> {
    domain.metadata(kind, (kind == MetadataKind::Element).then_some(NAMESPACE), affect).await
}

async fn check(rig: &Rig, kind: MetadataKind, value: &str, event: MetadataChange) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    refused(get(&domain, kind, here()).await, ErrorKind::NoMetadata, "asking before it is set")?;
    let mut watch = Watch::all(rig.connection()).await?;
    set(&domain, kind, Some(value), here()).await?;
    let shown = get(&domain, kind, here()).await?;
    // An element may come back with its namespace written on it.
    let same = if kind == MetadataKind::Element { shown.contains("kept") } else { shown == value };
    ensure!(same, "what was set as {value} is shown as {shown}");
    set(&domain, kind, None, here()).await?;
    refused(get(&domain, kind, here()).await, ErrorKind::NoMetadata, "asking after it is removed")?;
    watch.told(rig, &domain, &[event.clone().into(), event.into()]).await
}

async fn a_title_is_kept_told_and_removed(rig: Arc<Rig>) -> Outcome {
    check(&rig, MetadataKind::Title, "a <title> & more", MetadataChange::new(MetadataType::Title, None)).await
}

async fn a_description_is_kept_told_and_removed(rig: Arc<Rig>) -> Outcome {
    let event = MetadataChange::new(MetadataType::Description, None);
    check(&rig, MetadataKind::Description, "two\nlines, ümlaut", event).await
}

async fn an_element_is_kept_told_and_removed(rig: Arc<Rig>) -> Outcome {
    let event = MetadataChange::new(MetadataType::Element, Some(NAMESPACE.into()));
    check(&rig, MetadataKind::Element, "<a><b>kept</b></a>", event).await
}

async fn elements_of_two_namespaces_stand_side_by_side(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    set(&domain, MetadataKind::Element, Some("<a>mine</a>"), here()).await?;
    let other = MetadataNamespace::default().uri("http://example.org/other").prefix("o");
    domain.set_metadata(MetadataKind::Element, Some("<a>theirs</a>"), other.clone(), here()).await?;
    ensure!(
        get(&domain, MetadataKind::Element, here()).await?.contains("mine"),
        "the first element was touched"
    );
    domain.set_metadata(MetadataKind::Element, None, other, here()).await?;
    ensure!(
        get(&domain, MetadataKind::Element, here()).await?.contains("mine"),
        "the first element went with the other"
    );
    Ok(())
}

async fn a_bad_element_is_refused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let answer = set(&domain, MetadataKind::Element, Some("<a><b></a>"), here()).await;
    refused(answer, ErrorKind::XmlSyntax, "an element that is not XML")?;
    refused(get(&domain, MetadataKind::Element, here()).await, ErrorKind::NoMetadata, "asking for it")
}

async fn metadata_is_part_of_the_xml(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    set(&domain, MetadataKind::Title, Some("shown"), here()).await?;
    let xml = domain.dumpxml(DumpxmlOptions::default()).await?;
    let document =
        Document::parse(&*xml).map_err(|error| crate::failure::Failure::new(format!("{error} in {xml}")))?;
    let title = document.root().child("title").map(|title| title.text().into_owned());
    ensure_eq!(title.as_deref(), Some("shown"), "the title in the XML");
    Ok(())
}

/// Sets a title with these options on a running domain and says whether the run and the definition have it.
async fn titled(rig: &Rig, affect: AffectOptions) -> Outcome<(bool, bool)> {
    let domain = rig.domain(Life::Running).await?;
    set(&domain, MetadataKind::Title, Some("set"), affect).await?;
    let has = |answer: Result<String>| match answer {
        Ok(title) => Ok(title == "set"),
        Err(error) if error.kind() == ErrorKind::NoMetadata => Ok(false),
        Err(error) => Err(error),
    };
    let live = has(get(&domain, MetadataKind::Title, here().live(true)).await)?;
    let config = has(get(&domain, MetadataKind::Title, here().config(true)).await)?;
    Ok((live, config))
}

async fn live_changes_only_the_run(rig: Arc<Rig>) -> Outcome {
    ensure_eq!(
        titled(&rig, here().live(true)).await?,
        (true, false),
        "whether the run and the definition have it"
    );
    ensure_eq!(titled(&rig, here()).await?, (true, false), "whether they have it when no side is named");
    Ok(())
}

async fn config_changes_only_the_definition(rig: Arc<Rig>) -> Outcome {
    ensure_eq!(
        titled(&rig, here().config(true)).await?,
        (false, true),
        "whether the run and the definition have it"
    );
    Ok(())
}

async fn both_change_both(rig: Arc<Rig>) -> Outcome {
    let both = here().live(true).config(true);
    ensure_eq!(titled(&rig, both).await?, (true, true), "whether the run and the definition have it");
    Ok(())
}

async fn live_needs_a_run(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let answer = set(&domain, MetadataKind::Title, Some("set"), here().live(true)).await;
    refused(answer, ErrorKind::InvalidState, "live on a domain that is off")
}

async fn config_needs_a_definition(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::TransientRunning).await?;
    let answer = set(&domain, MetadataKind::Title, Some("set"), here().config(true)).await;
    refused(answer, ErrorKind::InvalidState, "config on a transient domain")
}
