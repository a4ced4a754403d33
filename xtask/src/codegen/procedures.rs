//! Whether every libvirt procedure in scope is served by a call, or excused with a reason.

use super::description::Description;
use super::wire::protocol::{Body, Protocol};
use crate::{TaskResult, repository};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// `api/procedures.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Procedures {
    /// Procedures that no call serves, name to reason.
    not_served: BTreeMap<String, String>,
}

pub(crate) fn check_complete(description: &Description, protocol: &Protocol) -> TaskResult {
    let path = Path::new("api/procedures.toml");
    let procedures: Procedures =
        toml::from_str(&repository::read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
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
            problems.push(format!("no call serves {name}, and {} gives no reason", path.display()));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
