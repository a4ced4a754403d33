//! What depends on what runs guests' CPUs: the models of CPU, what they consist of, and a few more.

use super::answers::{Abilities, Accelerated, CpuContents, CpuModel};
use super::ask::{Accelerator, Asked};
use omnivirt_core::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Definition {
    name: String,
    #[serde(default)]
    unavailable_features: Option<Vec<String>>,
    #[serde(default)]
    deprecated: bool,
}

#[derive(Deserialize)]
struct Gic {
    version: u32,
    /// Whether the kernel has it.
    #[serde(default)]
    kernel: bool,
}

#[derive(Deserialize)]
struct Expansion {
    model: Expanded,
}

#[derive(Deserialize)]
struct Expanded {
    #[serde(default)]
    props: Map<String, Value>,
}

/// The models under the accelerator that the program was started with.
pub(super) async fn accelerated(
    asked: &Asked,
    abilities: &Abilities,
    target: &str,
    accelerator: Accelerator,
) -> Result<Accelerated> {
    if !abilities.commands.contains("query-cpu-definitions") {
        return Ok(Accelerated::default());
    }
    let definitions: Vec<Definition> = asked.monitor.ask_for("query-cpu-definitions", json!({})).await?;
    let mut models: Vec<CpuModel> = definitions.into_iter().map(model).collect();
    // Only x86's models are chosen by what they consist of.
    let can_expand = matches!(target, "x86_64" | "i386") && abilities.commands.contains(EXPANSION);
    for model in models.iter_mut().filter(|model| can_expand && !model.is_version()) {
        // Without KVM there is no model like the host.
        if model.name != "host" || accelerator == Accelerator::Kvm {
            model.contents = contents(asked, &model.name).await?;
        }
    }
    let is_kvm = accelerator == Accelerator::Kvm;
    let mut all = Accelerated { models, ..Accelerated::default() };
    if is_kvm && can_expand {
        all.hyperv = hyperv(asked).await?;
    }
    if is_kvm && abilities.commands.contains("query-sev-capabilities") {
        all.sev = if_any(asked, "query-sev-capabilities").await?;
    }
    if is_kvm && abilities.commands.contains("query-gic-capabilities") {
        let versions: Vec<Gic> = if_any(asked, "query-gic-capabilities").await?.unwrap_or_default();
        all.gic_versions = versions.into_iter().filter(|gic| gic.kernel).map(|gic| gic.version).collect();
    }
    Ok(all)
}

/// An answer, or none if there is nothing of the kind on this host.
async fn if_any<T: DeserializeOwned>(asked: &Asked, command: &str) -> Result<Option<T>> {
    match asked.monitor.ask_for(command, json!({})).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if asked.monitor.is_closed() => Err(error),
        Err(_) => Ok(None),
    }
}

/// What Windows guests can be told by the host's kernel.
async fn hyperv(asked: &Asked) -> Result<BTreeSet<String>> {
    let question = json!({"type": "full", "model": {"name": "host", "props": {"hv-passthrough": true}}});
    let expansion: Expansion = match asked.monitor.ask_for(EXPANSION, question).await {
        Ok(expansion) => expansion,
        Err(error) if asked.monitor.is_closed() => return Err(error),
        Err(_) => return Ok(BTreeSet::new()),
    };
    let has = expansion.model.props.iter().filter(|(_, value)| **value == Value::Bool(true));
    let names = has.filter_map(|(name, _)| name.strip_prefix("hv-"));
    Ok(names.filter(|name| *name != "passthrough").map(str::to_owned).collect())
}

const EXPANSION: &str = "query-cpu-model-expansion";

fn model(definition: Definition) -> CpuModel {
    CpuModel {
        name: definition.name,
        is_usable: definition.unavailable_features.map(|features| features.is_empty()),
        deprecated: definition.deprecated,
        contents: None,
    }
}

/// What a model consists of; none if QEMU cannot say it of that one.
async fn contents(asked: &Asked, name: &str) -> Result<Option<CpuContents>> {
    let question = json!({"type": "full", "model": {"name": name}});
    let expansion: Expansion = match asked.monitor.ask_for(EXPANSION, question).await {
        Ok(expansion) => expansion,
        Err(error) if asked.monitor.is_closed() => return Err(error),
        Err(error) => {
            tracing::debug!(name, %error, "QEMU does not say what a model of CPU consists of");
            return Ok(None);
        }
    };
    let properties = expansion.model.props;
    let vendor = properties.get("vendor").and_then(Value::as_str).map(str::to_owned);
    let of = |whether: bool| {
        let named = properties.iter().filter(move |(_, value)| **value == Value::Bool(whether));
        named.filter_map(|(name, _)| feature(name)).collect::<BTreeSet<String>>()
    };
    Ok(Some(CpuContents {
        vendor,
        features: of(true),
        absent: if name == "host" { of(false) } else { BTreeSet::new() },
    }))
}

/// QEMU's names of features that libvirt spells otherwise.
const SPELLINGS: [(&str, &str); 9] = [
    ("cmp-legacy", "cmp_legacy"),
    ("ds-cpl", "ds_cpl"),
    ("fxsr-opt", "fxsr_opt"),
    ("lahf-lm", "lahf_lm"),
    ("nodeid-msr", "nodeid_msr"),
    ("perfctr-core", "perfctr_core"),
    ("pclmulqdq", "pclmuldq"),
    ("perfctr-nb", "perfctr_nb"),
    ("tsc-adjust", "tsc_adjust"),
];

/// Second names of features.
const SECOND_NAMES: [&str; 5] = ["ffxsr", "i64", "pclmuldq", "sse3", "xd"];

/// What is no feature of a CPU but a setting of QEMU's.
const SETTINGS: [&str; 24] = [
    "check",
    "cpuid-0xb",
    "enforce",
    "fill-mtrr-mask",
    "full-cpuid-auto-level",
    "host-cache-info",
    "host-phys-bits",
    "hotpluggable",
    "hotplugged",
    "kvm",
    "kvm-asyncpf",
    "kvm-hint-dedicated",
    "l3-cache",
    "legacy-cache",
    "legacy-instance-id",
    "legacy-multi-node",
    "lmce",
    "migratable",
    "pmu",
    "realized",
    "start-powered-off",
    "tcg-cpuid",
    "vmware-cpuid-freq",
    "xen-vapic",
];

/// The name that documents have for a property; none if it is no feature or another name for one.
fn feature(name: &str) -> Option<String> {
    let is_setting = SETTINGS.contains(&name)
        || name.starts_with("x-")
        || name.starts_with("hv-")
        || name.starts_with("kvm-")
        || name.contains('_');
    if is_setting || SECOND_NAMES.contains(&name) {
        return None;
    }
    let spelling = SPELLINGS.iter().find(|(theirs, _)| *theirs == name);
    Some(spelling.map_or(name, |(_, ours)| ours).to_owned())
}
