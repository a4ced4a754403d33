//! Which MAC addresses the network interfaces of a running guest have: it may choose others than its document gives it.

use super::run::Run;
use super::state::DomainEntry;
use super::threads::answer;
use crate::host::Host;
use crate::qmp::Monitor;
use omnivirt_core::Result;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::event::{Cause, NicMacChange};
use serde::Deserialize;
use std::sync::Arc;

/// An interface in the answer of `query-rx-filter`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Filter {
    name: String,
    main_mac: String,
}

/// Asks QEMU which addresses the interfaces have, and tells of those that are new. QEMU says that something has changed just
/// once until it is asked.
///
/// # Errors
///
/// `HypervisorError`.
pub(super) async fn learn(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    run: u32,
    monitor: &Monitor,
) -> Result<()> {
    let filters: Vec<Filter> = answer(monitor, "query-rx-filter").await?;
    let mut domain = entry.lock()?;
    let Some(known) = domain.run.as_deref_mut().filter(|known| known.id == run) else { return Ok(()) };
    let changes: Vec<NicMacChange> =
        filters.into_iter().filter_map(|filter| known.takes_mac(filter.name, filter.main_mac)).collect();
    if changes.is_empty() {
        return Ok(());
    }
    known.note_devices();
    for change in changes {
        domain.emit_body(host, &Cause::guest(), change);
    }
    Ok(())
}

impl Run {
    /// An interface has this address now. Returns what that changes.
    fn takes_mac(&mut self, alias: String, mac: String) -> Option<NicMacChange> {
        let macs = &mut self.devices.macs;
        let old = macs.get(&alias).cloned().or_else(|| mac_of(&self.configuration.config, &alias))?;
        if old.eq_ignore_ascii_case(&mac) {
            return None;
        }
        macs.insert(alias.clone(), mac.clone());
        Some(NicMacChange::new(alias, old, mac))
    }
}

/// The address that a document gives an interface.
fn mac_of(config: &DomainConfig, alias: &str) -> Option<String> {
    let is_it =
        |device: &Device<'_>| device.kind() == "interface" && device.alias().as_deref() == Some(alias);
    config.devices().find(is_it)?.mac().map(Into::into)
}

/// Whether a document has interfaces whose guests can choose an address.
pub(super) fn may_change(config: &DomainConfig) -> bool {
    config.devices().any(|device| device.kind() == "interface")
}
