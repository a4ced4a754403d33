//! The model of a guest's CPUs.

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::cpu::{Cpu, CpuFallback, CpuFeaturePolicy, CpuMatch, CpuMode};
use std::collections::BTreeSet;

/// Fills in what the description of the CPUs leaves open, and drops what says nothing.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let Some(cpu) = &mut domain.cpu else { return Ok(()) };
    complete_model(cpu)?;
    check_features(cpu)?;
    if cpu.migratable.is_some() && !matches!(cpu.mode, Some(CpuMode::HostPassthrough | CpuMode::Maximum)) {
        let message = "only the modes host-passthrough and maximum can be migratable or not";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "cpu/@migratable", message));
    }
    if let Some(topology) = &mut cpu.topology {
        let dies = *topology.dies.get_or_insert(1);
        if [topology.sockets, dies, topology.cores, topology.threads].contains(&0) {
            let message = "a level of the topology has nothing in it";
            return Err(Fault::new(DocumentErrorKind::Invalid, "cpu/topology", message));
        }
    }
    if cpu.cache.as_ref().and_then(|cache| cache.level).is_some_and(|level| !(1..=3).contains(&level)) {
        let message = "levels of caches are from 1 to 3";
        return Err(Fault::new(DocumentErrorKind::Invalid, "cpu/cache/@level", message));
    }
    domain.cpu = domain.cpu.take().filter(|cpu| *cpu != Cpu::default());
    Ok(())
}

fn complete_model(cpu: &mut Cpu) -> Result<(), Fault> {
    let explicit = cpu.mode;
    let mode = cpu.mode.unwrap_or(CpuMode::Custom);
    let vendor_id = cpu.model.as_ref().and_then(|model| model.vendor_id.as_ref());
    if vendor_id.is_some_and(|vendor| vendor.len() != 12) {
        let message = "the vendor's name is not 12 characters long";
        return Err(Fault::new(DocumentErrorKind::Invalid, "cpu/model/@vendor_id", message));
    }
    if cpu.vendor.is_some() && cpu.model.as_ref().is_none_or(|model| model.name.is_empty()) {
        let message = "there is a vendor of CPUs and no model";
        return Err(Fault::new(DocumentErrorKind::Invalid, "cpu/vendor", message));
    }
    match mode {
        CpuMode::Custom | CpuMode::HostModel => {
            cpu.model = cpu.model.take().filter(|model| !model.name.is_empty())
        }
        CpuMode::HostPassthrough | CpuMode::Maximum => cpu.model = None,
    }
    if let Some(model) = &mut cpu.model {
        model.fallback.get_or_insert(CpuFallback::Allow);
    }
    if mode == CpuMode::Custom {
        let has_model = cpu.model.is_some();
        cpu.mode = explicit.or(Some(mode)).filter(|_| has_model);
        cpu.matching = has_model.then_some(cpu.matching.unwrap_or(CpuMatch::Exact));
        if !has_model && !cpu.features.is_empty() {
            let message = "there are features of CPUs and no model";
            return Err(Fault::new(DocumentErrorKind::Invalid, "cpu/feature", message)
                .hint("name a <model>, or choose a mode such as host-model"));
        }
        if !has_model {
            cpu.check = None;
        }
    } else {
        cpu.matching = None;
    }
    Ok(())
}

fn check_features(cpu: &mut Cpu) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (index, feature) in cpu.features.iter_mut().enumerate() {
        if !seen.insert(feature.name.clone()) {
            let message = format!("feature '{}' is there twice", feature.name);
            let path = format!("cpu/feature[{}]/@name", index + 1);
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
        feature.policy.get_or_insert(CpuFeaturePolicy::Require);
    }
    Ok(())
}
