//! Finding domains.

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
