//! Everything of a domain that is no device: what holds for every hypervisor.

use super::{Fault, clock, cpu, cpu_tune, features, memory, numa, os, resources, security, sysinfo, vcpus};
use crate::document::{DocumentErrorKind, Verbatim};
use crate::domain::power::{LockFailureAction, PowerManagement};
use crate::domain::{CrashAction, Domain, GenerationId, LifecycleAction};
use crate::xml::Document;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Fills in and checks all elements of a domain but its devices.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    domain.id = None;
    domain.metadata = domain.metadata.take().map(|metadata| kept(&metadata));
    vcpus::complete(domain)?;
    numa::complete(domain)?;
    memory::complete(domain)?;
    cpu_tune::complete(domain)?;
    resources::complete(domain)?;
    sysinfo::complete(domain)?;
    os::complete(domain)?;
    features::complete(domain)?;
    cpu::complete(domain)?;
    clock::complete(domain)?;
    complete_actions(domain)?;
    security::complete(domain)?;
    domain.uuid.get_or_insert_with(Uuid::new_v4);
    if domain.generation_id == Some(GenerationId::Generate) {
        domain.generation_id = Some(GenerationId::Fixed(Uuid::new_v4()));
    }
    Ok(())
}

fn complete_actions(domain: &mut Domain) -> Result<(), Fault> {
    domain.on_poweroff.get_or_insert(LifecycleAction::Destroy);
    domain.on_reboot.get_or_insert(LifecycleAction::Restart);
    domain.on_crash.get_or_insert(CrashAction::Destroy);
    domain.on_lock_failure = domain.on_lock_failure.filter(|action| *action != LockFailureAction::Default);
    domain.power_management = domain.power_management.take().filter(|pm| *pm != PowerManagement::default());
    let Some(performance) = &mut domain.performance else { return Ok(()) };
    let mut seen = BTreeSet::new();
    if let Some(twice) = performance.events.iter().find(|event| !seen.insert(event.name.as_str())) {
        let message = format!("the event {} is there twice", twice.name);
        return Err(Fault::new(DocumentErrorKind::Invalid, "perf", message));
    }
    performance.events.sort_by_key(|event| event.name as u8);
    Ok(())
}

/// What programs keep: the first element of each namespace; an element without one is nobody's.
fn kept(metadata: &Verbatim) -> Verbatim {
    let Ok(document) = Document::parse(metadata.as_str()) else { return metadata.clone() };
    let mut namespaces = BTreeSet::new();
    let mut edit = document.edit();
    for element in document.root().children() {
        let namespace = element.namespace().map(std::borrow::Cow::into_owned);
        if namespace.is_none_or(|namespace| !namespaces.insert(namespace)) {
            edit.remove(element);
        }
    }
    let edited = edit.finish().ok().and_then(|document| Verbatim::new(document.into_string()).ok());
    edited.unwrap_or_else(|| metadata.clone())
}
