//! Finding domains.

use super::{Machine, not_found};
use crate::connection::ToyDriver;
use omnivirt_core::*;

#[driver_ops]
impl DomainLookupOps for ToyDriver {
    async fn list_domains(&self, _: &CallCx, filter: &DomainFilter) -> Result<Vec<DomainRef>> {
        Ok(self
            .machines()
            .values()
            .filter(|machine| passes(filter, machine))
            .map(Machine::reference)
            .collect())
    }

    async fn domain_by_name(&self, _: &CallCx, name: &str) -> Result<DomainRef> {
        let machines = self.machines();
        let found = machines.values().find(|machine| *machine.name == *name);
        found.map(Machine::reference).ok_or_else(|| not_found(format_args!("the name '{name}'")))
    }

    async fn domain_by_uuid(&self, _: &CallCx, uuid: Uuid) -> Result<DomainRef> {
        let machines = self.machines();
        machines.get(&uuid).map(Machine::reference).ok_or_else(|| not_found(format_args!("the UUID {uuid}")))
    }

    async fn domain_by_id(&self, _: &CallCx, id: u32) -> Result<DomainRef> {
        let machines = self.machines();
        let found = machines.values().find(|machine| machine.run.as_ref().is_some_and(|run| run.id == id));
        found.map(Machine::reference).ok_or_else(|| not_found(format_args!("the id {id}")))
    }
}

/// Whether a domain has one of the properties asked for in each group; a group in which none is asked for asks nothing.
fn passes(filter: &DomainFilter, machine: &Machine) -> bool {
    let group =
        |asked: &[(bool, bool)]| asked.iter().all(|(asked, _)| !asked) || asked.contains(&(true, true));
    let (runs, state) = (machine.run.is_some(), machine.state());
    group(&[(filter.active, runs), (filter.inactive, !runs)])
        && group(&[(filter.persistent, machine.is_persistent), (filter.transient, !machine.is_persistent)])
        && group(&[
            (filter.running, state == DomainState::Running),
            (filter.paused, state == DomainState::Paused),
            (filter.shutoff, state == DomainState::Shutoff),
            (filter.other, false),
        ])
}
