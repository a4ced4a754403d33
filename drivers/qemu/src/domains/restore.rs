//! Opening a root: its definitions, the guests that run, and those that ended while nobody looked after them.

use super::found::Found;
use super::guest_devices::Noting;
use super::monitor;
use super::record::{self, Noted, Record};
use super::run::{Asked, Ending, Known, Run};
use super::start::{Origin, Start};
use super::state::{Configuration, DomainEntry, Managed};
use crate::host::{Host, Stored, failed, replace};
use crate::process::{GuestLog, boot_id};
use omnivirt_core::domain::{DomainConfig, DomainName};
use omnivirt_core::event::{Cause, LifecycleChange, StartedDetail, StoppedDetail};
use omnivirt_core::{DomainState, DomainStateReason, Error, ErrorKind, Result};
use omnivirt_host::Sessions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long opening a root waits for guests to say what they are doing; one that hangs says so later.
const PATIENCE: Duration = Duration::from_secs(2);

impl Host {
    /// Takes up everything that a root has.
    ///
    /// # Errors
    ///
    /// `System` if the root cannot be read.
    pub(crate) async fn restore(self: &Arc<Self>, stored: Vec<Stored>) -> Result<()> {
        for Stored { config, autostart } in stored {
            let Some(uuid) = config.uuid() else { continue };
            let name: Arc<str> = config.name().as_ref().into();
            let has_managed_save = self.paths.managed_save(&name).exists();
            let taken = self.domains.with_named(
                &name,
                uuid,
                || Managed::new(name.clone(), uuid),
                |_, domain, _| {
                    domain.definition = Some(Configuration::of(config));
                    domain.autostart = autostart;
                    domain.has_managed_save = has_managed_save;
                    Ok(())
                },
            );
            if let Err(error) = taken {
                tracing::warn!(domain = %name, %error, "a definition is left out");
            }
        }
        let folders = self.folders().await?;
        for (id, folder) in &folders {
            // All of them first: what one does not use any more another may.
            self.learn_files(*id, folder);
        }
        let mut attaching = Vec::new();
        for (id, folder) in folders {
            self.domains.number_from(id);
            match self.take_up(id, &folder).await {
                Ok(Some(found)) => {
                    attaching.push(tokio::spawn(attach(Arc::downgrade(self), found, id)));
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "a run cannot be taken up");
                }
            }
        }
        let all = async {
            for attached in attaching {
                // One that broke off has said so.
                let _ = attached.await;
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("some guests do not say what they are doing; they are asked on");
        }
        Ok(())
    }

    /// The folders of runs, and the numbers that they have.
    async fn folders(&self) -> Result<Vec<(u32, PathBuf)>> {
        let runs = self.paths.runs();
        crate::blocking(move || {
            let entries =
                std::fs::read_dir(&runs).map_err(|error| failed("read the folder", &runs, error))?;
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let run = |name: String| {
                let number = name.strip_suffix(record::KEPT)?.strip_suffix('.')?;
                Some((number.parse::<u32>().ok()?, runs.join(number)))
            };
            let mut folders: Vec<_> = names.filter_map(run).collect();
            folders.sort();
            Ok(folders)
        })
        .await
    }

    /// Takes up one run. Returns it if its QEMU is there to be asked.
    async fn take_up(self: &Arc<Self>, id: u32, folder: &Path) -> Result<Option<Arc<DomainEntry>>> {
        let (run, paths) = (folder.to_owned(), folder.to_owned());
        let Some(found) = crate::blocking(move || Found::in_folder(id, &run)).await? else {
            self.set_free(id, &format!("number {id}"), folder).await;
            crate::blocking(move || record::remove(&paths)).await?;
            return Ok(None);
        };
        let name: Arc<str> = found.record.name.as_str().into();
        let new = || Managed::new(name.clone(), found.record.uuid);
        let entry =
            self.domains.with_named(&name, found.record.uuid, new, |entry, _, _| Ok(entry.clone()))?;
        if found.process.is_none() {
            self.set_free(id, &found.record.name, folder).await;
            self.has_ended(&entry, found.noted);
            crate::blocking(move || record::remove(&paths)).await?;
            return Ok(None);
        }
        self.goes_on(&entry, found, folder)?;
        Ok(Some(entry))
    }

    /// A run whose process is there.
    fn goes_on(self: &Arc<Self>, entry: &Arc<DomainEntry>, found: Found, folder: &Path) -> Result<()> {
        let Found { record, process: Some(process), config, noted } = found else { return Ok(()) };
        let process = Arc::new(process);
        let log = GuestLog::join(&folder.join("log"), self.paths.log(&record.name))?;
        self.domains.keep_number(record.uuid, record.id);
        let ending = found_ending(&record, noted);
        let must_end = ending.is_some();
        {
            let mut domain = entry.lock()?;
            let configuration = match (config, &domain.definition) {
                (Ok(config), _) => Configuration::of(config),
                (Err(error), Some(definition)) => {
                    tracing::warn!(domain = %record.name, %error, "what a domain runs with cannot be read; its definition is taken");
                    definition.clone()
                }
                (Err(error), None) => {
                    tracing::warn!(domain = %record.name, %error, "what a domain runs with cannot be read; no more than its name is known");
                    Configuration::of(least(&record)?)
                }
            };
            let asked = match noted {
                Noted::Nothing => {
                    let reason = DomainStateReason::RunningBooted;
                    Asked { start: Some((Cause::host(), StartedDetail::Booted, reason)), ..Asked::default() }
                }
                _ => Asked::default(),
            };
            // Its monitor is not open yet: nothing has to be waited for but its end.
            let closed = CancellationToken::new();
            closed.cancel();
            domain.run = Some(Box::new(Run {
                id: record.id,
                configuration,
                process: process.clone(),
                monitor: None,
                folder: folder.to_owned(),
                _log: log,
                auto_destroy: None,
                updated: false,
                asked,
                about_to_stand: None,
                is_shut_down: false,
                ending,
                ended: CancellationToken::new(),
                sessions: Sessions::default(),
                agent: None,
                pictures: 0,
                closed,
                heard: 0,
                was_reset: Arc::default(),
                devices: record::noted_devices(folder),
                noting: Noting::default(),
                known: Known::default(),
            }));
            (domain.state, domain.reason) = match noted {
                Noted::Nothing => (domain.state, domain.reason),
                Noted::Damaged => (DomainState::NoState, DomainStateReason::NoState),
                Noted::Known(state, reason) => (state, reason),
            };
        }
        monitor::watch(self, entry, record.id, process);
        if must_end {
            let entry = entry.clone();
            tokio::spawn(async move {
                if let Err(error) = monitor::end_process(&entry, record.id).await {
                    tracing::warn!(domain = %record.name, %error, "a domain that was to end runs on");
                }
            });
        }
        Ok(())
    }

    /// A run whose process has ended while nobody looked.
    fn has_ended(&self, entry: &Arc<DomainEntry>, noted: Noted) {
        let Ok(mut domain) = entry.lock() else { return };
        domain.state = DomainState::Shutoff;
        // It may have been switched off or have crashed: nobody has seen it.
        domain.reason = DomainStateReason::ShutoffUnknown;
        if noted != Noted::Nothing {
            let ending = ending_of(noted);
            let detail = ending.as_ref().map_or(StoppedDetail::Failed, |ending| ending.detail);
            let cause = ending.as_ref().map_or_else(Cause::host, |ending| ending.cause.clone());
            if let Some(ending) = ending {
                domain.reason = ending.reason;
            }
            domain.emit(self, &cause, LifecycleChange::Stopped(detail));
        }
        if !domain.is_persistent() {
            domain.leave(self);
        }
    }

    /// Starts the domains that start with the host, once for each time that it boots.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) async fn start_with_host(self: &Arc<Self>) -> Result<()> {
        let path = self.paths.runs().join("autostarted");
        let is_first = crate::blocking(move || {
            let boot = boot_id()?;
            let before = std::fs::read_to_string(&path).unwrap_or_default();
            if before == boot {
                return Ok(false);
            }
            replace(&path, boot.as_bytes(), true)?;
            Ok(true)
        });
        if !is_first.await? {
            return Ok(());
        }
        for entry in self.domains.all() {
            let configuration = {
                let Ok(domain) = entry.lock() else { continue };
                match &domain.definition {
                    Some(definition) if domain.autostart && !domain.is_active() => definition.clone(),
                    _ => continue,
                }
            };
            let name = configuration.config.name().into_owned();
            let start =
                Start { cause: Cause::host(), origin: Origin::Booted, paused: false, auto_destroy: None };
            if let Err(error) = self.start(&entry, configuration, start).await {
                tracing::warn!(domain = %name, %error, "a domain that starts with the host does not start");
            }
        }
        Ok(())
    }
}

/// Finds out what a run is doing that was taken up.
async fn attach(host: Weak<Host>, entry: Arc<DomainEntry>, run: u32) {
    let ended = match entry.lock() {
        Ok(domain) => domain.run.as_ref().map(|run| run.ended.clone()),
        Err(_) => return,
    };
    let Some(ended) = ended else { return };
    tokio::select! {
        () = ended.cancelled() => return,
        () = monitor::attach(host.clone(), entry.clone(), run) => {}
    }
    let (begun, ends, restored) = match entry.lock() {
        Ok(domain) => (
            domain.is_active(),
            !domain.is_active() || domain.run.as_ref().is_some_and(|run| run.ending.is_some()),
            domain.has_managed_save,
        ),
        Err(_) => return,
    };
    if ends {
        // Whoever opens the root finds it ended.
        ended.cancelled().await;
        return;
    }
    let Some(host) = host.upgrade().filter(|_| begun && restored) else { return };
    // The run goes on from the image, or has gone on since it was made.
    if let Err(error) = host.forget_image(&entry).await {
        tracing::warn!(run, %error, "the image from which a domain was restored cannot be removed");
    }
}

/// What the end of a run means that was about to come when the process ended that looked after it.
fn ending_of(noted: Noted) -> Option<Ending> {
    match noted {
        Noted::Known(DomainState::Shutdown, DomainStateReason::ShutdownUser) => {
            Some(Ending::destroyed(Cause::host()))
        }
        Noted::Known(DomainState::Shutdown, _) => Some(Ending::shut_down(Cause::guest())),
        Noted::Known(DomainState::Crashed, _) => Some(Ending::crashed(Cause::guest())),
        _ => None,
    }
}

/// The same of a run whose QEMU is there, and is to end now.
fn found_ending(record: &Record, noted: Noted) -> Option<Ending> {
    match ending_of(noted) {
        // A guest that has crashed may be kept.
        Some(_) if matches!(noted, Noted::Known(DomainState::Crashed, _)) => None,
        None if record.auto_destroy => Some(Ending::destroyed(Cause::host())),
        ending => ending,
    }
}

/// The document of a domain of which only the name is known.
fn least(record: &Record) -> Result<DomainConfig> {
    const LEAST: &str =
        "<domain type='qemu'><name>-</name><memory>1</memory><os><type>hvm</type></os></domain>";
    let mut domain = DomainConfig::parse(LEAST)?.domain();
    (domain.id, domain.uuid) = (Some(record.id), Some(record.uuid));
    domain.name = DomainName::new(record.name.as_str())
        .map_err(|error| Error::new(ErrorKind::ConfigSyntax, error.to_string()))?;
    Ok(DomainConfig::new(&domain)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_core::Uuid;

    #[test]
    fn a_domain_of_which_only_the_name_is_known_has_a_document() {
        let config = least(&Record::new(Uuid::nil(), "a <b>", 7, false)).unwrap();
        assert_eq!(config.name(), "a <b>");
        assert_eq!(config.domain().id, Some(7));
    }
}
