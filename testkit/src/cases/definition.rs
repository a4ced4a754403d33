//! Definitions: what is kept, what is refused, and what outlives what.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::*;
use omnivirt_core::xml::Document;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["definition":
        define_makes_a_domain [CONNECTION_DEFINE, DOMAIN_STATUS]
            "a defined domain is there, is persistent, and does not run",
        what_is_defined_comes_back [CONNECTION_DEFINE, DOMAIN_DUMPXML]
            "the XML of a domain says what it was defined with",
        a_uuid_is_made_up_once [CONNECTION_DEFINE, DOMAIN_DUMPXML]
            "a domain that is defined without a UUID has one from then on",
        define_again_updates [CONNECTION_DEFINE, CONNECTION_LIST_DOMAINS, DOMAIN_DUMPXML]
            "defining the same name and UUID again changes the definition, and adds no domain",
        a_name_is_taken_once [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_UUID]
            "a name that another domain has is refused as already_exists",
        a_uuid_is_taken_once [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_NAME]
            "a UUID that another domain has is refused as already_exists",
        bad_xml_defines_nothing [CONNECTION_DEFINE, CONNECTION_LIST_DOMAINS]
            "what is not XML is refused as xml_syntax, what is no domain as xml_invalid, and nothing is defined",
        bad_xml_starts_nothing [CONNECTION_CREATE, CONNECTION_LIST_DOMAINS]
            "what is not XML is refused as xml_syntax, what is no domain as xml_invalid, and nothing is started",
        a_running_domain_keeps_what_it_runs_with [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DUMPXML, DOMAIN_STATUS]
            "defining a running domain anew changes its next start, not its run",
        create_starts_a_transient_domain [CONNECTION_CREATE, DOMAIN_STATUS]
            "a created domain runs, has an id, and has no definition",
        create_of_a_defined_domain_starts_it [CONNECTION_CREATE, CONNECTION_DEFINE, DOMAIN_STATUS]
            "creating a domain that is defined starts it, and it stays defined",
        create_of_a_running_domain_is_refused [CONNECTION_CREATE]
            "creating a domain that runs is refused as invalid_state",
        create_with_a_taken_name_is_refused [CONNECTION_CREATE, CONNECTION_DEFINE]
            "creating a domain with a name that another has is refused as already_exists",
        create_paused [CONNECTION_CREATE]
            "a domain that is created paused does not run its virtual CPUs",
        start_paused [CONNECTION_DEFINE, DOMAIN_START]
            "a domain that is started paused does not run its virtual CPUs",
        a_transient_domain_can_be_made_persistent [CONNECTION_CREATE, CONNECTION_DEFINE, DOMAIN_DESTROY, DOMAIN_STATUS]
            "defining a transient domain makes it outlive its run",
        an_undefined_running_domain_ends_with_its_run [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_UNDEFINE, DOMAIN_DESTROY]
            "a domain that was undefined while it ran is gone when it ends",
        autostart_is_kept [CONNECTION_DEFINE, DOMAIN_AUTOSTART, DOMAIN_SET_AUTOSTART]
            "a domain does not start with the host until it is told to",
        a_transient_domain_has_no_autostart [CONNECTION_CREATE, DOMAIN_SET_AUTOSTART]
            "autostart of a transient domain is refused as invalid_state",
        rename_keeps_the_domain [CONNECTION_DEFINE, DOMAIN_RENAME, CONNECTION_DOMAIN_BY_NAME]
            "a renamed domain is found by its new name only, with its UUID",
        rename_of_a_running_domain_is_refused [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_RENAME]
            "renaming a running domain is refused as invalid_state",
        rename_to_a_taken_name_is_refused [CONNECTION_DEFINE, DOMAIN_RENAME]
            "renaming to a name that another domain has is refused as already_exists",
        os_type_is_what_was_defined [CONNECTION_DEFINE, DOMAIN_OS_TYPE]
            "the kind of guest is that of the definition",
    ]
}

/// The told change of a definition.
fn defined(detail: DefinedDetail) -> EventBody {
    Lifecycle::new(LifecycleChange::Defined(detail)).into()
}

fn started() -> EventBody {
    Lifecycle::new(LifecycleChange::Started(StartedDetail::Booted)).into()
}

async fn define(rig: &Rig, xml: &str) -> Result<Domain> {
    rig.connection().define(xml, DefineOptions::default()).await
}

async fn create(rig: &Rig, xml: &str) -> Result<Domain> {
    rig.connection().create(xml, CreateOptions::default()).await
}

async fn define_makes_a_domain(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    let wanted = rig.fresh();
    let domain = define(&rig, &rig.xml(&wanted)).await?;
    ensure_eq!(domain.uuid(), wanted.uuid, "the UUID of the new domain");
    ensure_eq!(domain.name(), &*wanted.name, "the name of the new domain");
    ensure_eq!(domain.id(), None, "the id of a domain that does not run");
    let status = domain.status().await?;
    ensure!(status.persistent && !status.active && !status.updated, "the new domain is {status:?}");
    watch.told(&rig, &domain, &[defined(DefinedDetail::Added)]).await
}

/// What the elements directly below the root say, as (name, text).
fn contents(xml: &str) -> Outcome<Vec<(String, String)>> {
    let document =
        Document::parse(xml).map_err(|error| crate::failure::Failure::new(format!("{error} in {xml}")))?;
    let children = document.root().children();
    Ok(children.map(|element| (element.name().to_owned(), element.text().trim().to_owned())).collect())
}

async fn what_is_defined_comes_back(rig: Arc<Rig>) -> Outcome {
    let xml = rig.xml(&rig.fresh());
    let shown = define(&rig, &xml).await?.dumpxml(DumpxmlOptions::default()).await?;
    let shown = contents(&shown)?;
    // Memory and the like may come back in another unit: the elements must be there, the texts that are words equal.
    for (name, text) in contents(&xml)? {
        let found = shown.iter().find(|(shown, _)| *shown == name);
        let Some((_, found)) = found else {
            return Err(crate::failure::Failure::new(format!("<{name}> of the definition is gone")));
        };
        if text.parse::<u64>().is_err() {
            ensure_eq!(*found, text, "the text of <{name}>");
        }
    }
    Ok(())
}

async fn a_uuid_is_made_up_once(rig: Arc<Rig>) -> Outcome {
    let wanted = rig.fresh();
    let xml = rig.xml(&wanted).replace(&format!("<uuid>{}</uuid>", wanted.uuid), "");
    let domain = define(&rig, &xml).await?;
    rig.remember(&domain);
    ensure!(!domain.uuid().is_nil(), "the domain has the UUID of no domain");
    let shown = domain.dumpxml(DumpxmlOptions::default()).await?;
    ensure!(
        shown.contains(&domain.uuid().to_string()),
        "the XML does not show the UUID {}: {shown}",
        domain.uuid()
    );
    refused(define(&rig, &xml).await, ErrorKind::AlreadyExists, "the same name without a UUID")
}

async fn define_again_updates(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let xml = with_title(&rig.xml(domain.reference()), "again");
    let again = define(&rig, &xml).await?;
    ensure_eq!(again.reference(), domain.reference(), "the domain that was defined again");
    let listed = rig.connection().list_domains(DomainFilter::default()).await?;
    ensure_eq!(
        listed.iter().filter(|listed| listed.uuid() == domain.uuid()).count(),
        1,
        "how often it is listed"
    );
    let shown = domain.dumpxml(DumpxmlOptions::default()).await?;
    ensure!(shown.contains("<title>again</title>"), "the new definition is not shown: {shown}");
    watch.told(&rig, &domain, &[defined(DefinedDetail::Updated)]).await
}

fn with_title(xml: &str, title: &str) -> String {
    xml.replacen("</uuid>", &format!("</uuid><title>{title}</title>"), 1)
}

async fn a_name_is_taken_once(rig: Arc<Rig>) -> Outcome {
    let first = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let second = DomainRef::new(first.name(), rig.fresh().uuid, None);
    refused(define(&rig, &rig.xml(&second)).await, ErrorKind::AlreadyExists, "a name that is taken")?;
    watch.told(&rig, &first, &[]).await?;
    let found = rig.connection().domain_by_uuid(second.uuid).await;
    refused(found, ErrorKind::NotFound, "finding the domain that was refused")
}

async fn a_uuid_is_taken_once(rig: Arc<Rig>) -> Outcome {
    let first = rig.domain(Life::ShutOff).await?;
    let second = DomainRef::new(rig.fresh().name, first.uuid(), None);
    refused(define(&rig, &rig.xml(&second)).await, ErrorKind::AlreadyExists, "a UUID that is taken")?;
    let found = rig.connection().domain_by_name(&second.name).await;
    refused(found, ErrorKind::NotFound, "finding the domain that was refused")?;
    ensure_eq!(
        rig.connection().domain_by_name(first.name()).await?.uuid(),
        first.uuid(),
        "whose the name is"
    );
    Ok(())
}

/// Documents that are none, and those that describe no domain.
fn bad_documents(rig: &Rig) -> Vec<(String, ErrorKind, &'static str)> {
    let good = rig.fresh();
    let xml = rig.xml(&good);
    let without_name = xml.replace(&format!("<name>{}</name>", good.name), "");
    let cut_off = xml[..xml.len() / 2].to_owned();
    vec![
        (String::new(), ErrorKind::XmlSyntax, "an empty document"),
        ("not XML".into(), ErrorKind::XmlSyntax, "a sentence"),
        (cut_off, ErrorKind::XmlSyntax, "half a document"),
        ("<network><name>n</name></network>".into(), ErrorKind::XmlInvalid, "another kind of document"),
        (without_name, ErrorKind::XmlInvalid, "a domain without a name"),
    ]
}

async fn bad_xml_defines_nothing(rig: Arc<Rig>) -> Outcome {
    let before = rig.connection().list_domains(DomainFilter::default()).await?.len();
    for (xml, kind, what) in bad_documents(&rig) {
        refused(define(&rig, &xml).await, kind, what)?;
    }
    ensure_eq!(
        rig.connection().list_domains(DomainFilter::default()).await?.len(),
        before,
        "how many domains there are"
    );
    Ok(())
}

async fn bad_xml_starts_nothing(rig: Arc<Rig>) -> Outcome {
    let before = rig.connection().list_domains(DomainFilter::default()).await?.len();
    for (xml, kind, what) in bad_documents(&rig) {
        refused(create(&rig, &xml).await, kind, what)?;
    }
    ensure_eq!(
        rig.connection().list_domains(DomainFilter::default()).await?.len(),
        before,
        "how many domains there are"
    );
    Ok(())
}

async fn a_running_domain_keeps_what_it_runs_with(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    define(&rig, &with_title(&rig.xml(domain.reference()), "next")).await?;
    let status = domain.status().await?;
    ensure!(status.active && status.persistent && status.updated, "the domain is {status:?}");
    let live = domain.dumpxml(DumpxmlOptions::default()).await?;
    ensure!(!live.contains("<title>next</title>"), "the run has the new definition: {live}");
    let next = domain.dumpxml(DumpxmlOptions::default().inactive(true)).await?;
    ensure!(next.contains("<title>next</title>"), "the definition is not the new one: {next}");
    Ok(())
}

async fn create_starts_a_transient_domain(rig: Arc<Rig>) -> Outcome {
    let mut watch = Watch::all(rig.connection()).await?;
    let domain = rig.domain(Life::TransientRunning).await?;
    ensure!(domain.id().is_some(), "a running domain has no id");
    let status = domain.status().await?;
    ensure!(status.active && !status.persistent, "the created domain is {status:?}");
    watch.told(&rig, &domain, &[started()]).await
}

async fn create_of_a_defined_domain_starts_it(rig: Arc<Rig>) -> Outcome {
    let defined = rig.domain(Life::ShutOff).await?;
    let domain = create(&rig, &rig.xml(defined.reference())).await?;
    let status = domain.status().await?;
    ensure!(status.active && status.persistent, "the created domain is {status:?}");
    Ok(())
}

async fn create_of_a_running_domain_is_refused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::TransientRunning).await?;
    refused(create(&rig, &rig.xml(domain.reference())).await, ErrorKind::InvalidState, "creating it again")?;
    ensure_eq!(rig.life(&domain).await?, Life::TransientRunning, "the state of the domain that runs");
    Ok(())
}

async fn create_with_a_taken_name_is_refused(rig: Arc<Rig>) -> Outcome {
    let first = rig.domain(Life::ShutOff).await?;
    let second = DomainRef::new(first.name(), rig.fresh().uuid, None);
    refused(create(&rig, &rig.xml(&second)).await, ErrorKind::AlreadyExists, "a name that is taken")?;
    ensure_eq!(rig.life(&first).await?, Life::ShutOff, "the state of the domain that has the name");
    Ok(())
}

async fn create_paused(rig: Arc<Rig>) -> Outcome {
    let xml = rig.xml(&rig.fresh());
    let domain = rig.connection().create(&xml, CreateOptions::default().paused(true)).await?;
    ensure!(rig.life(&domain).await?.is_paused(), "the domain is {:?}", rig.life(&domain).await?);
    Ok(())
}

async fn start_paused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    rig.drive(domain.start(StartOptions::default().paused(true))).await?;
    ensure!(rig.life(&domain).await?.is_paused(), "the domain is {:?}", rig.life(&domain).await?);
    Ok(())
}

async fn a_transient_domain_can_be_made_persistent(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::TransientRunning).await?;
    define(&rig, &rig.xml(domain.reference())).await?;
    ensure!(domain.status().await?.persistent, "the domain is still transient");
    domain.destroy(DestroyOptions::default()).await?;
    ensure_eq!(rig.life(&domain).await?, Life::ShutOff, "the state after its run");
    Ok(())
}

async fn an_undefined_running_domain_ends_with_its_run(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    domain.undefine(UndefineOptions::default()).await?;
    domain.destroy(DestroyOptions::default()).await?;
    ensure_eq!(rig.life(&domain).await?, Life::Gone, "the state after its run");
    Ok(())
}

async fn autostart_is_kept(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    ensure!(!domain.autostart().await?.enabled, "a new domain starts with the host");
    for enabled in [true, false] {
        domain.set_autostart(AutostartOptions::default().enabled(enabled)).await?;
        ensure_eq!(domain.autostart().await?.enabled, enabled, "autostart after it was set");
    }
    Ok(())
}

async fn a_transient_domain_has_no_autostart(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::TransientRunning).await?;
    let answer = domain.set_autostart(AutostartOptions::default().enabled(true)).await;
    refused(answer, ErrorKind::InvalidState, "autostart of a transient domain")
}

async fn rename_keeps_the_domain(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let name = rig.fresh().name;
    domain.rename(&name).await?;
    ensure_eq!(rig.connection().domain_by_name(&name).await?.uuid(), domain.uuid(), "whose the new name is");
    let old = rig.connection().domain_by_name(domain.name()).await;
    refused(old, ErrorKind::NotFound, "finding the domain by its old name")?;
    let gone = Lifecycle::new(LifecycleChange::Undefined(UndefinedDetail::Renamed)).into();
    watch.told(&rig, &domain, &[gone, defined(DefinedDetail::Renamed)]).await
}

async fn rename_of_a_running_domain_is_refused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    refused(domain.rename(&rig.fresh().name).await, ErrorKind::InvalidState, "renaming a running domain")
}

async fn rename_to_a_taken_name_is_refused(rig: Arc<Rig>) -> Outcome {
    let (domain, other) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?);
    refused(domain.rename(other.name()).await, ErrorKind::AlreadyExists, "a name that is taken")
}

async fn os_type_is_what_was_defined(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let shown = domain.os_type().await?;
    let xml = rig.xml(domain.reference());
    ensure!(
        xml.contains(&format!(">{shown}</type>")),
        "the kind is {shown}, which the definition does not say: {xml}"
    );
    Ok(())
}
