//! `api/procedures.toml`: how libvirt's procedures map to calls, where that does not follow from both alone.

use super::description::Description;
use super::wire::protocol::{Body, Protocol};
use crate::{TaskResult, repository};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) const PATH: &str = "api/procedures.toml";

/// `api/procedures.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Procedures {
    /// By procedure: arguments that are not found by order.
    pub(crate) arguments: BTreeMap<String, BTreeMap<String, String>>,
    /// By procedure: which field of the call's result each of its results is, where they are not the same.
    pub(crate) results: BTreeMap<String, BTreeMap<String, String>>,
    /// By procedure: which options it stands for.
    pub(crate) options: BTreeMap<String, Vec<String>>,
    /// By call, such as `Domain::start`: the procedure that the remote driver uses, where it is not the one with the most arguments.
    pub(crate) preferred: BTreeMap<String, String>,
    /// Procedures that the daemon serves by hand-written code.
    pub(crate) by_hand_in_daemon: BTreeSet<String>,
    /// Calls that the remote driver makes by hand-written code.
    pub(crate) by_hand_in_remote: BTreeSet<String>,
    /// Procedures that answer typed parameters without a flag for texts among them.
    pub(crate) without_text_flag: BTreeSet<String>,
    /// Procedures that no call serves, name to reason.
    pub(crate) not_served: BTreeMap<String, String>,
}

impl Procedures {
    pub(crate) fn read() -> TaskResult<Self> {
        toml::from_str(&repository::read(Path::new(PATH))?).map_err(|error| format!("{PATH}: {error}"))
    }
}

/// Whether every procedure is served by a call, or excused with a reason.
pub(crate) fn check_complete(
    description: &Description,
    protocol: &Protocol,
    procedures: &Procedures,
) -> TaskResult {
    let all = protocol.programs.values().flat_map(|program| &program.procedures);
    let known: BTreeSet<&str> = all
        .filter(|(_, procedure)| matches!(procedure.body, Body::Call { .. }))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut served: BTreeMap<&str, String> = BTreeMap::new();
    let mut problems = Vec::new();
    for (family, call) in description.calls() {
        let place = format!("{}: {}", family.file.path.display(), call.name);
        for procedure in &call.procedures {
            if !known.contains(procedure.as_str()) {
                problems.push(format!("{place} serves {procedure}, which api/protocol.toml does not have"));
            }
            if let Some(other) = served.insert(procedure, place.clone()) {
                problems.push(format!("{place} and {other} both serve {procedure}"));
            }
        }
    }
    for (name, reason) in &procedures.not_served {
        if served.contains_key(name.as_str()) {
            problems.push(format!("{name} is served, yet listed as not served"));
        }
        if reason.is_empty() || !known.contains(name.as_str()) {
            problems.push(format!("not_served.{name}: an unknown procedure, or no reason"));
        }
    }
    for name in &known {
        if !served.contains_key(name) && !procedures.not_served.contains_key(*name) {
            problems.push(format!("no call serves {name}, and {PATH} gives no reason"));
        }
    }
    let named = procedures.arguments.keys().chain(procedures.results.keys()).chain(procedures.options.keys());
    for name in named.chain(&procedures.by_hand_in_daemon).chain(procedures.preferred.values()) {
        if !served.contains_key(name.as_str()) {
            problems.push(format!("{PATH} names {name}, which no call serves"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
