//! What a program is asked, and its answers in the form in which they are kept.

use super::answers::{Abilities, Basics, Machine};
use super::ask::Asked;
use omnivirt_core::Result;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Target {
    arch: String,
}

#[derive(Deserialize)]
struct Kvm {
    present: bool,
}

#[derive(Deserialize)]
struct CommandOption {
    option: String,
    #[serde(default)]
    parameters: Vec<Named>,
}

#[derive(Deserialize)]
struct Display {
    #[serde(rename = "type")]
    name: String,
}

/// An entry of QEMU's description of its own protocol, of which the sets of words are looked at.
#[derive(Deserialize)]
struct SchemaEntry {
    #[serde(default)]
    name: String,
    #[serde(rename = "meta-type")]
    sort: String,
    #[serde(default)]
    values: Vec<String>,
}

fn none() -> Value {
    json!({})
}

pub(super) async fn basics(asked: &Asked) -> Result<Basics> {
    let monitor = &asked.monitor;
    // Asked all at once: QEMU answers one while it reads the next.
    let (target, kvm, machines) = tokio::try_join!(
        monitor.ask_for::<Target>("query-target", none()),
        monitor.ask_for::<Kvm>("query-kvm", none()),
        monitor.ask_for::<Vec<Machine>>("query-machines", none()),
    )?;
    let version = asked.greeting.qmp.version.qemu;
    Ok(Basics {
        version: (version.major, version.minor, version.micro),
        package: asked.greeting.qmp.version.package.clone(),
        target: target.arch,
        has_kvm: kvm.present,
        machines: machines.into_iter().filter(|machine| machine.name != "none").collect(),
    })
}

pub(super) async fn abilities(asked: &Asked) -> Result<Abilities> {
    let monitor = &asked.monitor;
    let (types, commands, options, display, schema) = tokio::try_join!(
        monitor.ask_for::<Vec<Named>>("qom-list-types", json!({"abstract": false})),
        monitor.ask_for::<Vec<Named>>("query-commands", none()),
        monitor.ask_for::<Vec<CommandOption>>("query-command-line-options", none()),
        monitor.ask_for::<Display>("query-display-options", none()),
        monitor.ask_for::<Vec<SchemaEntry>>("query-qmp-schema", none()),
    )?;
    let commands = names(commands);
    let tpm = async |command: &str| {
        if commands.contains(command) {
            return monitor.ask_for::<BTreeSet<String>>(command, none()).await;
        }
        Ok(BTreeSet::new())
    };
    let (tpm_models, tpm_backends) = tokio::try_join!(tpm("query-tpm-models"), tpm("query-tpm-types"))?;
    Ok(Abilities {
        types: names(types),
        options: parameters(options),
        displays: words_with(&schema, "egl-headless"),
        default_display: Some(display.name).filter(|name| name != "none"),
        character_devices: words_with(&schema, "ringbuf"),
        audio_drivers: words_with(&schema, "oss"),
        events: schema.into_iter().filter(|entry| entry.sort == "event").map(|entry| entry.name).collect(),
        commands,
        tpm_models,
        tpm_backends,
    })
}

fn names(all: Vec<Named>) -> BTreeSet<String> {
    all.into_iter().map(|one| one.name).collect()
}

/// An option that is told twice has the parameters of both.
fn parameters(all: Vec<CommandOption>) -> BTreeMap<String, BTreeSet<String>> {
    let mut options: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in all {
        options.entry(one.option).or_default().extend(names(one.parameters));
    }
    options
}

/// The set of words that one word belongs to: in the description they have numbers for names.
fn words_with(schema: &[SchemaEntry], word: &str) -> BTreeSet<String> {
    let set = schema.iter().find(|entry| entry.values.iter().any(|value| value == word));
    set.map(|entry| entry.values.iter().cloned().collect()).unwrap_or_default()
}
