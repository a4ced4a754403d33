//! Changes of what a domain is, of its run, its definition, or both: worked out first, then done, and kept last.

use super::record;
use super::state::{Configuration, DomainEntry, Managed, Sizes};
use crate::host::{Host, write};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{AffectOptions, Error, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// A side of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The run.
    Live,
    /// The definition.
    Config,
}

/// The documents that a change makes, before it counts.
#[derive(Debug)]
pub(crate) struct Planned {
    live: Option<Live>,
    config: Option<DomainConfig>,
    name: Arc<str>,
}

/// The document of a run.
#[derive(Debug)]
struct Live {
    run: u32,
    folder: PathBuf,
    config: DomainConfig,
}

impl Planned {
    /// Whether the run is changed too.
    pub(crate) fn is_live(&self) -> bool {
        self.live.is_some()
    }
}

impl Managed {
    /// The one side that a call which reads means: the definition only if it is asked for alone.
    ///
    /// # Errors
    ///
    /// As [`Managed::affected`].
    pub(crate) fn side(&self, affect: &AffectOptions) -> Result<&Configuration> {
        let (live, config) = self.affected(affect)?;
        match &self.definition {
            Some(definition) if config && !live => Ok(definition),
            _ => self.current(),
        }
    }

    /// Works out what a change makes of each side that the options mean. Nothing is changed yet.
    ///
    /// # Errors
    ///
    /// As [`Managed::affected`], and what the change says.
    pub(crate) fn plan(
        &self,
        affect: &AffectOptions,
        change: impl Fn(Side, &Configuration) -> Result<DomainConfig>,
    ) -> Result<Planned> {
        let (live, config) = self.affected(affect)?;
        let run = self.run.as_deref().filter(|_| live);
        let live = run.map(|run| {
            let config = change(Side::Live, &run.configuration)?;
            Ok::<_, Error>(Live { run: run.id, folder: run.folder.clone(), config })
        });
        let config = self.definition.as_ref().filter(|_| config);
        let config = config.map(|definition| change(Side::Config, definition));
        Ok(Planned { live: live.transpose()?, config: config.transpose()?, name: self.name.clone() })
    }
}

impl Host {
    /// Writes down what was planned; then it counts. Called in the domain's turn.
    ///
    /// # Errors
    ///
    /// `System`; then the definition is what it was.
    pub(crate) async fn keep(self: &Arc<Self>, entry: &Arc<DomainEntry>, planned: Planned) -> Result<()> {
        let Planned { live, config, name } = planned;
        let host = self.clone();
        let definition = config.as_ref().map(|config| config.as_str().to_owned());
        let run = live.as_ref().map(|live| (live.folder.clone(), live.config.as_str().to_owned()));
        crate::blocking(move || {
            if let Some(text) = definition {
                write(&host.paths, &name, &text)?;
            }
            match run {
                // A run that has ended has no folder any more, and nothing to note.
                Some((folder, text)) if folder.exists() => record::note_document(&folder, &text),
                _ => Ok(()),
            }
        })
        .await?;
        let mut domain = entry.lock()?;
        let is_live = live.is_some();
        if let Some(run) = domain.run.as_deref_mut() {
            run.updated |= config.is_some() && !is_live;
            if let Some(live) = live.filter(|live| live.run == run.id) {
                // The memory is what the balloon tells, whatever stands in the document.
                let memory_kib = run.configuration.sizes.memory_kib;
                run.configuration = Configuration::of(live.config);
                run.configuration.sizes = Sizes { memory_kib, ..run.configuration.sizes };
            }
        }
        if let Some(config) = config {
            domain.definition = Some(Configuration::of(config));
        }
        Ok(())
    }
}
