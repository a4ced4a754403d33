//! Changing what a domain's documents say: of its run, of its definition, or of both.

use super::queue::in_turn;
use super::record::note_document;
use super::state::{Configuration, DomainEntry};
use crate::host::{Host, write};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{AffectOptions, Result};
use std::sync::Arc;

/// Which documents were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changed {
    /// That of the run.
    pub(crate) live: bool,
    /// The definition.
    pub(crate) config: bool,
}

impl Host {
    /// Changes the document of each side that the options mean, on the disk first: of all of them, or of none if one refuses.
    /// `then` is called in the moment in which they are changed.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the options name a side that is not there, what the change says, `System`.
    pub(crate) async fn change(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        affect: &AffectOptions,
        change: impl Fn(&DomainConfig) -> Result<DomainConfig> + Send + 'static,
        then: impl FnOnce(&Host, &mut super::Managed) + Send + 'static,
    ) -> Result<Changed> {
        let (host, entry, affect) = (self.clone(), entry.clone(), affect.clone());
        in_turn(&entry.clone(), async move {
            let (live, config, name) = {
                let mut domain = entry.lock()?;
                let (is_live, is_config) = domain.affected(&affect)?;
                let name = domain.name.to_string();
                let live = match is_live {
                    true => {
                        let run = domain.run()?;
                        Some((run.id, run.folder.clone(), change(&run.configuration.config)?))
                    }
                    false => None,
                };
                let config = is_config.then(|| change(&domain.definition()?.config)).transpose()?;
                (live, config, name)
            };
            let changed = Changed { live: live.is_some(), config: config.is_some() };
            let (writer, new) = (host.clone(), (live.clone(), config.clone()));
            crate::blocking(move || {
                if let Some(config) = new.1 {
                    write(&writer.paths, &name, config.as_str())?;
                }
                match new.0 {
                    Some((_, folder, config)) => note_document(&folder, config.as_str()),
                    None => Ok(()),
                }
            })
            .await?;
            let mut domain = entry.lock()?;
            if let Some(config) = config {
                domain.definition = Some(Configuration::of(config));
                if let Some(run) = domain.run.as_deref_mut().filter(|_| !changed.live) {
                    run.updated = true;
                }
            }
            if let Some((id, _, config)) = live
                && let Some(run) = domain.run.as_deref_mut().filter(|run| run.id == id)
            {
                let memory_kib = run.configuration.sizes.memory_kib;
                run.configuration = Configuration::of(config);
                // The balloon says what it is, and not the document.
                run.configuration.sizes.memory_kib = memory_kib;
            }
            then(&host, &mut domain);
            Ok(changed)
        })
        .await
    }
}
