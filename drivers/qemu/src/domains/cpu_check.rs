//! Whether the guest's CPUs have what their document asks for, where it wants that to be checked.

use super::threads::answer;
use crate::qmp::Monitor;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::cpu::CpuCheck;
use omnivirt_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vcpu {
    qom_path: String,
    target: String,
}

/// Refuses a guest of which `check='full'` is asked and whose CPUs lack features: QEMU leaves out what its host or its
/// emulation does not have, and says so only when asked.
///
/// # Errors
///
/// `ConfigUnsupported` names the features; `HypervisorError`.
pub(super) async fn check(monitor: &Monitor, domain: &Domain) -> Result<()> {
    if domain.cpu.as_ref().is_none_or(|cpu| cpu.check != Some(CpuCheck::Full)) {
        return Ok(());
    }
    // All are alike.
    let vcpus: Vec<Vcpu> = answer(monitor, "query-cpus-fast").await?;
    // Only its x86 CPUs leave anything out.
    let Some(vcpu) = vcpus.into_iter().find(|vcpu| matches!(vcpu.target.as_str(), "i386" | "x86_64")) else {
        return Ok(());
    };
    let question = json!({"path": vcpu.qom_path, "property": "unavailable-features"});
    let missing = monitor.execute("qom-get", question).await?;
    let missing: Vec<&str> =
        missing.as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("cpu: QEMU cannot give the guest's CPU '{}'", missing.join("', '"));
    Err(Error::new(ErrorKind::ConfigUnsupported, message)
        .with_context("element", "cpu")
        .with_hint("disable these features, or do not have them checked: check='none'"))
}
