//! One simulated domain: what is kept of it, and what can be asked of that.

use super::extras::{Extras, RunExtras};
use super::jobs::Jobs;
use super::saved::SavedImage;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::Element;
use omnivirt_core::*;
use std::sync::Arc;

/// A simulated domain, as it is behind its lock. One that is defined and idle is small: what runs and what is rare
/// is boxed.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub(crate) name: Arc<str>,
    pub(crate) uuid: Uuid,
    pub(crate) state: DomainState,
    pub(crate) reason: DomainStateReason,
    pub(crate) autostart: Autostart,
    /// What outlives a run; none of a transient domain.
    pub(crate) definition: Option<Configuration>,
    /// What there is while it has a number: running, paused, asleep or crashed.
    pub(crate) run: Option<Box<Run>>,
    pub(crate) managed_save: Option<Arc<SavedImage>>,
    /// The job that runs, and how the last one went; none before the first.
    pub(crate) jobs: Option<Box<Jobs>>,
    pub(crate) extras: Option<Box<Extras>>,
    /// Whether it is out of the table: nothing can be done with it any more.
    pub(super) gone: bool,
}

/// A domain's document and its sizes.
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
    pub(crate) max_vcpus: u32,
    pub(crate) vcpus: u32,
}

/// A run of a domain.
#[derive(Debug)]
pub(crate) struct Run {
    /// The number, which no other run of the host has.
    pub(crate) id: u32,
    pub(crate) configuration: Configuration,
    /// CPU time used until `running_since`, in nanoseconds.
    pub(crate) cpu_time_ns: u64,
    /// Since when the virtual CPUs have not stood still.
    pub(crate) running_since: Option<Timestamp>,
    /// The connection whose end ends the run too.
    pub(crate) auto_destroy: Option<u64>,
    /// Whether the definition was changed since the start.
    pub(crate) updated: bool,
    /// The virtual CPUs that the guest's kernel was asked not to use.
    pub(crate) guest_offline: CpuMap,
    pub(crate) extras: RunExtras,
}

/// Which sides of a domain a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affected {
    pub(crate) live: bool,
    pub(crate) config: bool,
}

/// A side of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The run.
    Live,
    /// The definition.
    Config,
}

impl Simulated {
    /// A domain that is in no table, does not run and has no definition yet.
    pub(crate) fn new(name: Arc<str>, uuid: Uuid) -> Self {
        Self {
            name,
            uuid,
            state: DomainState::Shutoff,
            reason: DomainStateReason::ShutoffUnknown,
            autostart: Autostart::default(),
            definition: None,
            run: None,
            managed_save: None,
            jobs: None,
            extras: None,
            gone: false,
        }
    }

    /// What names the domain now.
    pub(crate) fn reference(&self) -> DomainRef {
        DomainRef::new(self.name.clone(), self.uuid, self.run.as_ref().map(|run| run.id))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.run.is_some()
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
        self.run.as_deref_mut().ok_or_else(not_running)
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
    pub(crate) fn current(&self) -> &Configuration {
        match (&self.run, &self.definition) {
            (Some(run), _) => &run.configuration,
            (None, Some(definition)) => definition,
            (None, None) => unreachable!("a domain that neither runs nor is defined is gone"),
        }
    }

    /// Which sides the options mean.
    ///
    /// # Errors
    ///
    /// `InvalidState` if they name the run of a domain that does not run, or the definition of a transient one.
    pub(crate) fn affected(&self, affect: &AffectOptions) -> Result<Affected> {
        let neither = !affect.live && !affect.config;
        let live = affect.live || neither && self.is_active();
        let config = affect.config || neither && !self.is_active();
        if live && !self.is_active() {
            return Err(not_running());
        }
        if config && !self.is_persistent() {
            return Err(transient());
        }
        Ok(Affected { live, config })
    }

    /// The one side that a call which reads means: the definition only if it is asked for alone.
    ///
    /// # Errors
    ///
    /// As [`Simulated::affected`].
    pub(crate) fn side(&self, affect: &AffectOptions) -> Result<&Configuration> {
        let affected = self.affected(affect)?;
        match &self.definition {
            Some(definition) if affected.config && !affected.live => Ok(definition),
            _ => Ok(self.current()),
        }
    }

    /// Changes the document of each side that the options mean: of all of them, or of none if one refuses.
    ///
    /// # Errors
    ///
    /// As [`Simulated::affected`], and what the change says.
    pub(crate) fn change(
        &mut self,
        affect: &AffectOptions,
        change: impl Fn(&DomainConfig) -> Result<DomainConfig>,
    ) -> Result<Affected> {
        self.change_each(affect, |_, config| change(config))
    }

    /// [`Simulated::change`] that tells the sides apart; the running one comes first.
    ///
    /// # Errors
    ///
    /// The same.
    pub(crate) fn change_each(
        &mut self,
        affect: &AffectOptions,
        mut change: impl FnMut(Side, &DomainConfig) -> Result<DomainConfig>,
    ) -> Result<Affected> {
        let affected = self.affected(affect)?;
        let live = self
            .run
            .as_ref()
            .filter(|_| affected.live)
            .map(|run| change(Side::Live, &run.configuration.config));
        let live = live.transpose()?;
        let config = self.definition.as_ref().filter(|_| affected.config);
        let config = config.map(|definition| change(Side::Config, &definition.config)).transpose()?;
        if let (Some(run), Some(live)) = (&mut self.run, live) {
            run.configuration.set(live);
        }
        if let (Some(definition), Some(config)) = (&mut self.definition, config) {
            definition.set(config);
            if let Some(run) = &mut self.run {
                run.updated |= !affected.live;
            }
        }
        Ok(affected)
    }

    /// What is rarely there, made if it is not.
    pub(crate) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}

impl Configuration {
    /// A configuration with its sizes read.
    pub(crate) fn new(config: DomainConfig) -> Self {
        let sizes = Sizes::of(&config);
        Self { config, sizes }
    }

    /// Puts another document in the place of this one.
    pub(crate) fn set(&mut self, config: DomainConfig) {
        *self = Self::new(config);
    }
}

impl Sizes {
    fn of(config: &DomainConfig) -> Self {
        let kib = |element: Element<'_>| {
            let unit = element.attribute_value("unit").unwrap_or_default();
            MemorySize::parse(&element.text(), &unit).map_or(0, MemorySize::kib)
        };
        let number = |text: &str| text.trim().trim_start_matches('+').parse().ok();
        let mut sizes = Self { max_vcpus: 1, vcpus: 1, ..Self::default() };
        for element in config.root().children() {
            match element.name() {
                "memory" if sizes.max_memory_kib == 0 => sizes.max_memory_kib = kib(element),
                "currentMemory" if sizes.memory_kib == 0 => sizes.memory_kib = kib(element),
                "vcpu" => {
                    sizes.max_vcpus = number(&element.text()).unwrap_or(1);
                    let current = element.attribute_value("current").and_then(|current| number(&current));
                    sizes.vcpus = current.unwrap_or(sizes.max_vcpus);
                }
                _ => {}
            }
        }
        if sizes.max_memory_kib == 0 {
            let cells = config.root().descendant(&["cpu", "numa"]).into_iter().flat_map(Element::children);
            sizes.max_memory_kib = cells
                .map(|cell| {
                    let unit = cell.attribute_value("unit").unwrap_or_default();
                    let memory = cell.attribute_value("memory").unwrap_or_default();
                    MemorySize::parse(&memory, &unit).map_or(0, MemorySize::kib)
                })
                .sum();
        }
        if sizes.memory_kib == 0 || sizes.memory_kib > sizes.max_memory_kib {
            sizes.memory_kib = sizes.max_memory_kib;
        }
        sizes
    }
}

impl Run {
    /// CPU time used so far, in nanoseconds: each virtual CPU that does not stand still uses all of its time.
    pub(crate) fn cpu_time_ns(&self, now: Timestamp) -> u64 {
        let running = self
            .running_since
            .map_or(0, |since| u64::try_from(now.since(since).as_nanos()).unwrap_or(u64::MAX));
        self.cpu_time_ns.saturating_add(running.saturating_mul(u64::from(self.configuration.sizes.vcpus)))
    }
}

/// A call needs a run and there is none.
pub(crate) fn not_running() -> Error {
    Error::new(ErrorKind::InvalidState, "the domain is not running").with_hint("start it first")
}

/// A call needs a definition and there is none.
pub(crate) fn transient() -> Error {
    Error::new(ErrorKind::InvalidState, "the domain is transient and has no definition")
        .with_hint("define it first")
}
