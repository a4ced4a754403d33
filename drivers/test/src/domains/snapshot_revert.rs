//! Going back to a snapshot.

use super::state::{Configuration, Simulated, transient};
use super::transitions::Origin;
use crate::host::Host;
use omnivirt_core::domain::{DomainConfig, DomainName, SnapshotState};
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::Arc;

/// What going back comes to.
#[derive(Debug)]
pub(super) struct Revert {
    name: Arc<str>,
    /// How the domain is defined then.
    config: DomainConfig,
    /// Whether memory comes back too.
    has_memory: bool,
    /// Whether it runs then; if so, whether it is paused.
    paused: Option<bool>,
}

impl Simulated {
    /// Makes out what going back comes to.
    ///
    /// # Errors
    ///
    /// `NotFound`, `InvalidArgument` for options that contradict each other, `SnapshotRevertRisky` if the run would have
    /// to begin anew and force is not allowed, `InvalidState` if nothing would be left of a transient domain.
    pub(super) fn plan_revert(&self, name: &str, options: &SnapshotRevertOptions) -> Result<Revert> {
        let (_, snapshot) = self.snapshot(name)?;
        let was_paused = snapshot.state() == SnapshotState::Paused;
        let paused = match (options.running, options.paused) {
            (true, true) => {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    "the domain is to be both running and paused",
                ));
            }
            (true, false) => Some(false),
            (false, true) => Some(true),
            (false, false) => snapshot.has_memory().then_some(was_paused),
        };
        if self.is_active() && !snapshot.has_memory() && paused.is_some() && !options.force {
            let message = format!("the snapshot '{name}' has no memory: the guest would have to boot anew");
            return Err(Error::new(ErrorKind::SnapshotRevertRisky, message)
                .with_hint("say force, or stop the domain first"));
        }
        if !self.is_persistent() && paused.is_none() {
            return Err(transient());
        }
        // The domain may have another name by now.
        let own = DomainName::new(&*self.name)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        let config = snapshot.config.with(|domain| {
            domain.name = own;
            domain.uuid = Some(self.uuid);
        });
        let config = config?;
        Ok(Revert { name: name.into(), config, has_memory: snapshot.has_memory(), paused })
    }

    /// Goes back.
    ///
    /// # Errors
    ///
    /// The configuration with what a run adds to it would be too large; the domain is off then.
    pub(super) fn revert(&mut self, host: &Host, cause: &Cause, plan: Revert) -> Result<()> {
        let Revert { name, config, has_memory, paused } = plan;
        self.extras().snapshots.set_current(Some(name));
        let targets: Vec<String> =
            self.run.as_ref().map(|run| run.extras.block_jobs.keys().cloned().collect()).unwrap_or_default();
        for target in targets {
            self.cancel_block_job(host, cause, &target);
        }
        let configuration = Configuration::new(config);
        let is_persistent = self.is_persistent();
        if is_persistent {
            self.definition = Some(configuration.clone());
        }
        if has_memory && self.is_active() {
            // The run goes on with the memory, the devices and the state that it had.
            self.adopt(&configuration.config)?;
            self.pause(host, cause, DomainStateReason::PausedFromSnapshot, SuspendedDetail::FromSnapshot);
        } else {
            if self.is_active() {
                self.stop_for_snapshot(host, cause);
            }
            if let Some(paused) = paused {
                self.begin(host, cause, configuration, Origin::FromSnapshot, paused, None)?;
            }
        }
        if is_persistent {
            self.emit(host, cause, LifecycleChange::Defined(DefinedDetail::FromSnapshot));
        }
        if self.state == DomainState::Paused && paused == Some(false) {
            self.unpause(host, cause, DomainStateReason::RunningFromSnapshot, ResumedDetail::FromSnapshot);
        }
        Ok(())
    }

    /// Gives the run another configuration, but its own number.
    fn adopt(&mut self, config: &DomainConfig) -> Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.configuration = Configuration::new(super::transitions::live(config, run.id)?);
        run.updated = false;
        Ok(())
    }

    /// Ends the run; a transient domain stays, since another run begins at once.
    fn stop_for_snapshot(&mut self, host: &Host, cause: &Cause) {
        let reason = DomainStateReason::ShutoffFromSnapshot;
        if self.is_persistent() {
            return self.end(host, cause, reason, StoppedDetail::FromSnapshot);
        }
        // A definition for as long as it takes keeps the domain in the table.
        self.definition = self.run.as_ref().map(|run| run.configuration.clone());
        self.end(host, cause, reason, StoppedDetail::FromSnapshot);
        self.definition = None;
    }
}
