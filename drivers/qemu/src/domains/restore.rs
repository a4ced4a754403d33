//! Opening a root: its definitions, the guests that run, and those that ended while nobody looked after them.

use super::monitor;
use super::record::{self, Record};
use super::run::{Asked, Run};
use super::start::{Origin, Start};
use super::state::{Configuration, DomainEntry, Managed};
use crate::host::{Host, Stored, failed, replace};
use crate::process::{GuestLog, Process, boot_id};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::{Cause, LifecycleChange, StoppedDetail};
use omnivirt_core::{DomainState, DomainStateReason, Error, ErrorKind, Result};
use omnivirt_host::Sessions;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
        for folder in &folders {
            // All of them first: what one does not use any more another may.
            if let Some(run) = number_of(folder) {
                self.learn_files(run, folder);
            }
        }
        let mut attaching = Vec::new();
        for folder in folders {
            match self.take_up(&folder).await {
                Ok(Some((entry, run))) => {
                    let attach = monitor::attach(Arc::downgrade(self), entry, run);
                    attaching.push(tokio::spawn(attach));
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

    /// The folders of runs.
    async fn folders(&self) -> Result<Vec<PathBuf>> {
        let runs = self.paths.runs();
        crate::blocking(move || {
            let entries =
                std::fs::read_dir(&runs).map_err(|error| failed("read the folder", &runs, error))?;
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let kept =
                names.filter_map(|name| Some(runs.join(name.strip_suffix(record::KEPT)?.strip_suffix('.')?)));
            Ok(kept.filter(|path| number_of(path).is_some()).collect())
        })
        .await
    }

    /// Takes up one run. Returns it if its QEMU is there to be asked.
    async fn take_up(self: &Arc<Self>, folder: &Path) -> Result<Option<(Arc<DomainEntry>, u32)>> {
        let (owned, paths) = (folder.to_owned(), folder.to_owned());
        let (record, xml, state) = match crate::blocking(move || record::read(&owned)).await {
            Ok(read) => read,
            Err(error) => {
                // A start that had come no further: nothing runs there, or it cannot be told what.
                end_strays(folder).await?;
                if let Some(run) = number_of(folder) {
                    self.set_free(run, &format!("number {run}"), folder).await;
                }
                crate::blocking(move || record::remove(&paths)).await?;
                return Err(error);
            }
        };
        let process = match &record.process {
            Some(identity) => Process::find(identity)?,
            None => {
                end_strays(folder).await?;
                None
            }
        };
        let name: Arc<str> = record.name.as_str().into();
        let new = || Managed::new(name.clone(), record.uuid);
        let entry = self.domains.with_named(&name, record.uuid, new, |entry, _, _| Ok(entry.clone()))?;
        let Some(process) = process else {
            self.set_free(record.id, &record.name, folder).await;
            self.has_ended(&entry, &record);
            crate::blocking(move || record::remove(&paths)).await?;
            return Ok(None);
        };
        self.runs_on(&entry, &record, process, &xml, folder, state)?;
        Ok(Some((entry, record.id)))
    }

    /// A run whose process is there.
    fn runs_on(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        record: &Record,
        process: Process,
        xml: &str,
        folder: &Path,
        (state, reason): (DomainState, DomainStateReason),
    ) -> Result<()> {
        let process = Arc::new(process);
        let log = GuestLog::join(&folder.join("log"), self.paths.log(&record.name))?;
        let config = DomainConfig::parse(xml)?;
        self.domains.keep_number(record.uuid, record.id);
        {
            let mut domain = entry.lock()?;
            domain.run = Some(Box::new(Run {
                id: record.id,
                configuration: Configuration::of(config),
                process: process.clone(),
                monitor: None,
                folder: folder.to_owned(),
                _log: log,
                auto_destroy: None,
                updated: false,
                asked: Asked::default(),
                about_to_stand: None,
                is_shut_down: false,
                ending: None,
                ended: CancellationToken::new(),
                sessions: Sessions::default(),
                pictures: 0,
                was_reset: Arc::default(),
            }));
            domain.state = state;
            domain.reason = reason;
        }
        // Its monitor is not open yet: nothing has to be waited for but its end.
        let closed = CancellationToken::new();
        closed.cancel();
        monitor::watch(self, entry, record.id, process, closed);
        Ok(())
    }

    /// A run whose process has ended while nobody looked.
    fn has_ended(&self, entry: &Arc<DomainEntry>, record: &Record) {
        self.domains.number_from(record.id);
        let Ok(mut domain) = entry.lock() else { return };
        domain.state = DomainState::Shutoff;
        // It may have been switched off or have crashed: nobody has seen it.
        domain.reason = DomainStateReason::ShutoffUnknown;
        domain.emit(self, &Cause::host(), LifecycleChange::Stopped(StoppedDetail::Failed));
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

/// The number of a run, by the name of its folder.
fn number_of(folder: &Path) -> Option<u32> {
    folder.file_name()?.to_str()?.parse().ok()
}

/// Ends QEMU processes that run in a folder and are in nobody's care.
async fn end_strays(folder: &Path) -> Result<()> {
    let folder = folder.to_owned();
    crate::blocking(move || {
        let entries = std::fs::read_dir("/proc")
            .map_err(|error| Error::new(ErrorKind::System, format!("cannot list processes: {error}")))?;
        let found: HashMap<i32, PathBuf> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let pid = path.file_name()?.to_str()?.parse().ok()?;
                Some((pid, std::fs::read_link(path.join("cwd")).ok()?))
            })
            .collect();
        for pid in found.into_iter().filter(|(_, cwd)| *cwd == folder).map(|(pid, _)| pid) {
            tracing::warn!(pid, folder = %folder.display(), "a QEMU whose start was broken off is ended");
            Process::of_child(pid)?.signal(rustix::process::Signal::KILL)?;
        }
        Ok(())
    })
    .await
}
