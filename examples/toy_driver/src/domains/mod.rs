//! The domains: what is kept of one, and how one is found and changed.

mod configuration;
mod lifecycle;
mod lookup;

use crate::connection::ToyDriver;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::{Lifecycle, LifecycleChange};
use omnivirt_core::*;
use std::sync::Arc;

/// A domain.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) name: Arc<str>,
    pub(crate) uuid: Uuid,
    /// What it was defined with last.
    pub(crate) config: DomainConfig,
    /// Whether it outlives its run.
    pub(crate) is_persistent: bool,
    pub(crate) run: Option<Run>,
}

/// A run of a domain.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u32,
    /// What the domain was defined with when it started.
    pub(crate) config: DomainConfig,
    pub(crate) is_paused: bool,
}

impl Machine {
    pub(crate) fn reference(&self) -> DomainRef {
        DomainRef::new(self.name.clone(), self.uuid, self.run.as_ref().map(|run| run.id))
    }

    pub(crate) fn state(&self) -> DomainState {
        match &self.run {
            None => DomainState::Shutoff,
            Some(run) if run.is_paused => DomainState::Paused,
            Some(_) => DomainState::Running,
        }
    }

    /// The run, which has to be there.
    pub(crate) fn run(&mut self) -> Result<&mut Run> {
        let not_running =
            || Error::new(ErrorKind::InvalidState, "the domain is not running").with_hint("start it first");
        self.run.as_mut().ok_or_else(not_running)
    }
}

/// There is no such domain.
pub(crate) fn not_found(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("no domain has {what}"))
}

impl ToyDriver {
    /// Looks at one domain.
    pub(crate) fn look<T>(&self, domain: &DomainRef, look: impl FnOnce(&Machine) -> T) -> Result<T> {
        self.machines()
            .get(&domain.uuid)
            .map(look)
            .ok_or_else(|| not_found(format_args!("the UUID {}", domain.uuid)))
    }

    /// Changes one domain and tells of it, all at once. A domain that neither runs nor is defined any more is gone.
    pub(crate) fn change(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        change: impl FnOnce(&mut Machine) -> Result<Vec<LifecycleChange>>,
    ) -> Result<()> {
        let mut machines = self.machines();
        let machine = machines
            .get_mut(&domain.uuid)
            .ok_or_else(|| not_found(format_args!("the UUID {}", domain.uuid)))?;
        let told = change(machine)?;
        for change in told {
            self.emit(cx, machine, Lifecycle::new(change));
        }
        if machine.run.is_none() && !machine.is_persistent {
            machines.remove(&domain.uuid);
        }
        Ok(())
    }
}
