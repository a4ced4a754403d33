//! One domain: what is kept of it, and what can be asked of that.

use super::run::Run;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::{Domain, DomainConfig};
use omnivirt_core::event::{Cause, EventBody, Lifecycle, LifecycleChange};
use omnivirt_core::*;
use omnivirt_host::{Facts, KeptDomain};
use std::sync::Arc;
use std::time::Duration;

/// One domain of the table.
pub(crate) type DomainEntry = omnivirt_host::DomainEntry<Managed>;

/// A domain, as it is behind its lock.
#[derive(Debug)]
pub(crate) struct Managed {
    pub(crate) name: Arc<str>,
    pub(crate) uuid: Uuid,
    pub(crate) state: DomainState,
    pub(crate) reason: DomainStateReason,
    pub(crate) autostart: bool,
    /// What outlives a run; none of a transient domain.
    pub(crate) definition: Option<Configuration>,
    /// What there is while it has a number.
    pub(crate) run: Option<Box<Run>>,
    pub(crate) has_managed_save: bool,
    /// Changes of the domain wait here for those that were asked for before.
    pub(crate) queue: Arc<tokio::sync::Mutex<()>>,
    pub(crate) jobs: super::jobs::Jobs,
    /// How long the guest's agent is waited for.
    pub(crate) agent_patience: Duration,
    /// Whether it is out of the table.
    pub(crate) gone: bool,
}

/// A domain's document, completed, and its sizes.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) config: DomainConfig,
    pub(crate) sizes: Sizes,
}

/// What is asked for so often that it is kept at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) max_memory_kib: u64,
    pub(crate) memory_kib: u64,
    pub(crate) vcpus: u32,
    pub(crate) max_vcpus: u32,
}

impl Sizes {
    pub(crate) fn of(domain: &Domain) -> Self {
        let kib = |size: MemorySize| size.kib();
        let max_memory_kib = domain.memory_size().map_or(0, kib);
        let memory_kib = domain.current_memory.map_or(max_memory_kib, kib);
        let max_vcpus = domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max);
        let vcpus = domain.vcpu.as_ref().and_then(|vcpu| vcpu.current).unwrap_or(max_vcpus);
        Self { max_memory_kib, memory_kib, vcpus, max_vcpus }
    }
}

impl Configuration {
    /// A completed domain.
    ///
    /// # Errors
    ///
    /// The document would be too large.
    pub(crate) fn new(domain: &Domain) -> Result<Self> {
        Ok(Self { config: DomainConfig::new(domain)?, sizes: Sizes::of(domain) })
    }

    /// The document, with the memory that the guest has now.
    ///
    /// # Errors
    ///
    /// The document would be too large.
    fn with_memory_now(&self) -> Result<DomainConfig> {
        let written = Sizes::of(&self.config.domain()).memory_kib;
        if written == self.sizes.memory_kib {
            return Ok(self.config.clone());
        }
        let now = MemorySize::from_kib(self.sizes.memory_kib);
        Ok(self.config.with(|domain| domain.current_memory = Some(now))?)
    }

    /// A document that was completed before.
    pub(crate) fn of(config: DomainConfig) -> Self {
        Self { sizes: Sizes::of(&config.domain()), config }
    }
}

impl KeptDomain for Managed {
    fn reference(&self) -> DomainRef {
        DomainRef::new(self.name.clone(), self.uuid, self.begun().map(|run| run.id))
    }

    fn is_gone(&self) -> bool {
        self.gone
    }

    fn is_there(&self) -> bool {
        self.is_active() || self.is_persistent()
    }

    fn now(&self) -> DomainNow {
        let state = DomainStateInfo::default().state(self.state).reason(self.reason);
        DomainNow::new(self.reference(), state, self.is_persistent())
    }
}

impl Managed {
    /// A domain that is in no table, does not run and has no definition yet.
    pub(crate) fn new(name: Arc<str>, uuid: Uuid) -> Self {
        Self {
            name,
            uuid,
            state: DomainState::Shutoff,
            reason: DomainStateReason::ShutoffUnknown,
            autostart: false,
            definition: None,
            run: None,
            has_managed_save: false,
            queue: Arc::default(),
            jobs: super::jobs::Jobs::default(),
            agent_patience: super::agent::PATIENCE,
            gone: false,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.begun().is_some()
    }

    /// The run, once it is told that it has begun.
    fn begun(&self) -> Option<&Run> {
        self.run.as_deref().filter(|run| run.asked.start.is_none())
    }

    pub(crate) fn is_persistent(&self) -> bool {
        self.definition.is_some()
    }

    /// The run.
    ///
    /// # Errors
    ///
    /// `InvalidState` if it does not run.
    pub(crate) fn run(&mut self) -> Result<&mut Run> {
        self.run.as_deref_mut().filter(|run| run.asked.start.is_none()).ok_or_else(not_running)
    }

    /// The definition.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the domain is transient.
    pub(crate) fn definition(&mut self) -> Result<&mut Configuration> {
        self.definition.as_mut().ok_or_else(transient)
    }

    /// What it is now: the run's configuration if it runs, else the definition.
    ///
    /// # Errors
    ///
    /// `NotFound` for a transient domain that has not started yet.
    pub(crate) fn current(&self) -> Result<&Configuration> {
        let run = self.begun().map(|run| &run.configuration);
        run.or(self.definition.as_ref()).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the domain '{}' is only about to start", self.name))
        })
    }

    /// The document of the run as it is now; without a run that of the definition.
    ///
    /// # Errors
    ///
    /// As [`Managed::current`]; the document would be too large.
    pub(crate) fn as_it_is(&self) -> Result<DomainConfig> {
        let config = self.current()?.with_memory_now()?;
        match self.begun() {
            Some(run) => run.devices.shown_in(&config),
            None => Ok(config),
        }
    }

    /// Which sides the options mean, as (live, config).
    ///
    /// # Errors
    ///
    /// `InvalidState` if they name the run of a domain that does not run, or the definition of a transient one.
    pub(crate) fn affected(&self, affect: &AffectOptions) -> Result<(bool, bool)> {
        let neither = !affect.live && !affect.config;
        let live = affect.live || neither && self.is_active();
        let config = affect.config || neither && !self.is_active();
        if live && !self.is_active() {
            return Err(not_running());
        }
        if config && !self.is_persistent() {
            return Err(transient());
        }
        Ok((live, config))
    }

    /// Whether the filter lets it through.
    pub(crate) fn passes(&self, filter: &DomainFilter) -> bool {
        let facts = Facts {
            state: self.state,
            is_active: self.is_active(),
            is_persistent: self.is_persistent(),
            has_autostart: self.autostart,
            has_managed_save: self.has_managed_save,
            has_snapshots: false,
            has_checkpoints: false,
        };
        omnivirt_host::passes(facts, filter)
    }

    /// Emits a change of the domain's life.
    pub(crate) fn emit(&self, host: &crate::host::Host, cause: &Cause, change: LifecycleChange) {
        self.emit_body(host, cause, Lifecycle::new(change));
    }

    /// Emits any event of the domain.
    pub(crate) fn emit_body(&self, host: &crate::host::Host, cause: &Cause, body: impl Into<EventBody>) {
        host.emit(cause, self.reference(), body);
    }

    /// Takes a domain that does not run out of the table, when its last event has been emitted.
    pub(crate) fn leave(&mut self, host: &crate::host::Host) {
        self.gone = true;
        host.domains.remove(self.uuid, &self.name);
        host.connections.forget(self.reference().into(), |gone| {
            gone.uuid().is_some_and(|uuid| host.domains.by_uuid(uuid).is_some())
        });
    }
}

pub(crate) fn not_running() -> Error {
    Error::new(ErrorKind::InvalidState, "the domain does not run").with_hint("start it first")
}

pub(crate) fn transient() -> Error {
    Error::new(ErrorKind::InvalidState, "the domain is transient: it has no definition")
        .with_hint("define it first")
}
