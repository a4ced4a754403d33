//! Finding domains.

use super::state::Simulated;
use super::table::{DomainEntry, no_domain};
use crate::connection::TestDriver;
use omnivirt_core::*;
use std::sync::Arc;

#[driver_ops]
impl DomainLookupOps for TestDriver {
    async fn list_domains(&self, _: &CallCx, filter: &DomainFilter) -> Result<Vec<DomainRef>> {
        let entries = self.host.domains.all();
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            // One that has gone meanwhile is not there any more.
            let Ok(domain) = entry.lock() else { continue };
            if domain.passes(filter) {
                found.push(domain.reference());
            }
        }
        Ok(found)
    }

    async fn domain_by_name(&self, _: &CallCx, name: &str) -> Result<DomainRef> {
        found(self.host.domains.by_name(name), "the name", format_args!("'{name}'"))
    }

    async fn domain_by_uuid(&self, _: &CallCx, uuid: Uuid) -> Result<DomainRef> {
        found(self.host.domains.by_uuid(uuid), "UUID", uuid)
    }

    async fn domain_by_id(&self, _: &CallCx, id: u32) -> Result<DomainRef> {
        found(self.host.domains.by_id(id), "id", id)
    }
}

fn found(entry: Option<Arc<DomainEntry>>, by: &str, value: impl std::fmt::Display) -> Result<DomainRef> {
    let entry = entry.ok_or_else(|| no_domain(by, value))?;
    Ok(entry.lock()?.reference())
}

impl Simulated {
    /// Whether the filter lets it through: each group of properties of which one is asked for.
    pub(crate) fn passes(&self, filter: &DomainFilter) -> bool {
        let other = !matches!(self.state, DomainState::Running | DomainState::Paused | DomainState::Shutoff);
        let autostart = self.autostart.enabled;
        group(&[(filter.active, self.is_active()), (filter.inactive, !self.is_active())])
            && group(&[(filter.persistent, self.is_persistent()), (filter.transient, !self.is_persistent())])
            && group(&[
                (filter.running, self.state == DomainState::Running),
                (filter.paused, self.state == DomainState::Paused),
                (filter.shutoff, self.state == DomainState::Shutoff),
                (filter.other, other),
            ])
            && group(&[
                (filter.managed_save, self.managed_save.is_some()),
                (filter.no_managed_save, self.managed_save.is_none()),
            ])
            && group(&[(filter.autostart, autostart), (filter.no_autostart, !autostart)])
            && group(&[
                (filter.has_snapshot, self.has_snapshots()),
                (filter.no_snapshot, !self.has_snapshots()),
            ])
            && group(&[
                (filter.has_checkpoint, self.has_checkpoints()),
                (filter.no_checkpoint, !self.has_checkpoints()),
            ])
    }
}

/// Properties, as (asked for, had): one that is asked for is had, or none is asked for.
pub(crate) fn group(properties: &[(bool, bool)]) -> bool {
    properties.iter().any(|(wanted, had)| *wanted && *had) || !properties.iter().any(|(wanted, _)| *wanted)
}
