//! Whether every libvirt procedure in scope is served by a call, or excused with a reason.

use super::description::Description;
use crate::{TaskResult, repository};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// `api/procedures.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Procedures {
    /// All procedures, by program, name to number.
    programs: BTreeMap<String, BTreeMap<String, u32>>,
    /// Procedures that no call serves, name to reason.
    not_served: BTreeMap<String, String>,
}

pub(crate) fn check_complete(description: &Description) -> TaskResult {
    let path = Path::new("api/procedures.toml");
    let procedures: Procedures =
        toml::from_str(&repository::read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let known: BTreeMap<&str, u32> =
        procedures.programs.values().flatten().map(|(name, number)| (name.as_str(), *number)).collect();
    let mut served: BTreeMap<&str, String> = BTreeMap::new();
    let mut problems = Vec::new();
    for (family, call) in description.calls() {
        let place = format!("{}: {}", family.file.path.display(), call.name);
        for procedure in &call.procedures {
            if !known.contains_key(procedure.as_str()) {
                problems.push(format!("{place} serves {procedure}, which {} does not list", path.display()));
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
        if reason.is_empty() || !known.contains_key(name.as_str()) {
            problems.push(format!("not_served.{name}: an unknown procedure, or no reason"));
        }
    }
    for name in known.keys() {
        if !served.contains_key(name) && !procedures.not_served.contains_key(*name) {
            problems.push(format!("no call serves {name}, and {} gives no reason", path.display()));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
