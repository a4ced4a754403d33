//! How domains come into the table and leave it.

use super::queue::in_turn;
use super::start::{Origin, Start};
use super::state::{Configuration, DomainEntry, Managed};
use crate::host::{Host, failed, remove, write};
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::domain::devices::tpm::TpmBackend;
use omnivirt_core::domain::rules::QemuHypervisor;
use omnivirt_core::event::{Cause, DefinedDetail, LifecycleChange};
use omnivirt_core::*;
use omnivirt_host::KeptDomain as _;
use std::path::Path;
use std::sync::Arc;

/// A configuration that names a domain: completed, and with a UUID.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    configuration: Configuration,
    name: Arc<str>,
    uuid: Uuid,
}

impl Named {
    /// Completes a document.
    ///
    /// # Errors
    ///
    /// What is wrong with the document, and where.
    pub(crate) fn complete(config: &DomainConfig, rules: &QemuHypervisor) -> Result<Self> {
        let mut domain = config.completed(rules)?;
        domain.id = None;
        let uuid = *domain.uuid.get_or_insert_with(Uuid::new_v4);
        check_file_name(&domain.name)?;
        let name = (*domain.name).into();
        Ok(Self { configuration: Configuration::new(&domain)?, name, uuid })
    }

    /// A document that was completed before.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` if it has no UUID.
    pub(crate) fn of(config: DomainConfig) -> Result<Self> {
        let uuid =
            config.uuid().ok_or_else(|| Error::new(ErrorKind::XmlInvalid, "the document has no UUID"))?;
        Ok(Self { name: config.name().as_ref().into(), configuration: Configuration::of(config), uuid })
    }
}

/// The domain's name is that of files.
fn check_file_name(name: &str) -> Result<()> {
    /// `NAME.xml` fits where file names have 255 bytes, and so does what is beside it while it is written.
    const LONGEST: usize = 247;
    if name.len() <= LONGEST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::XmlInvalid,
        format!("the domain's name has {} bytes, and a file of that name has at most {LONGEST}", name.len()),
    )
    .with_hint("choose a shorter name"))
}

impl Host {
    /// Gives the domain of that name and UUID a definition, new or instead of the one that it has.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if another domain has its name or its UUID, `System` if it cannot be written down.
    pub(crate) async fn define(self: &Arc<Self>, cause: Cause, named: Named) -> Result<DomainRef> {
        let Named { configuration, name, uuid } = named;
        let entry = self.entry(&name, uuid)?;
        let host = self.clone();
        in_turn(&entry.clone(), async move {
            let (paths, text) = (host.clone(), configuration.config.as_str().to_owned());
            let file = name.to_string();
            let written = crate::blocking(move || write(&paths.paths, &file, &text)).await;
            let mut domain = entry.lock()?;
            if let Err(error) = written {
                domain.leave_if_nothing(&host);
                return Err(error);
            }
            let detail = if domain.is_persistent() { DefinedDetail::Updated } else { DefinedDetail::Added };
            domain.definition = Some(configuration);
            if let Some(run) = &mut domain.run {
                run.updated = true;
            }
            domain.emit(&host, &cause, LifecycleChange::Defined(detail));
            Ok(domain.reference())
        })
        .await
    }

    /// Starts a run from a configuration: of the domain of that name and UUID if there is one, else of a transient one.
    ///
    /// # Errors
    ///
    /// As [`Host::define`]; `InvalidState` if it runs; what starting it says.
    pub(crate) async fn create(self: &Arc<Self>, named: Named, start: Start) -> Result<DomainRef> {
        let Named { configuration, name, uuid } = named;
        let entry = self.entry(&name, uuid)?;
        let host = self.clone();
        in_turn(&entry.clone(), async move {
            let started = host.start(&entry, configuration, start).await;
            if started.is_err()
                && let Ok(mut domain) = entry.lock()
            {
                domain.leave_if_nothing(&host);
            }
            started
        })
        .await
    }

    /// The domain of that name and UUID, put into the table if there is none.
    fn entry(&self, name: &Arc<str>, uuid: Uuid) -> Result<Arc<DomainEntry>> {
        let new = || Managed::new(name.clone(), uuid);
        self.domains.with_named(name, uuid, new, |entry, _, _| Ok(entry.clone()))
    }

    /// Takes a definition away, with what belongs to it, as the options say.
    ///
    /// # Errors
    ///
    /// `InvalidState` if something is left behind about which the options say nothing.
    pub(crate) async fn undefine(
        self: &Arc<Self>,
        cause: Cause,
        entry: Arc<DomainEntry>,
        options: UndefineOptions,
    ) -> Result<()> {
        let host = self.clone();
        in_turn(&entry.clone(), async move {
            let (name, nvram, tpm, has_managed_save) = {
                let mut domain = entry.lock()?;
                let config = &domain.definition()?.config;
                let (nvram, keeps_tpm) = (nvram_of(config), keeps_tpm(config));
                domain.check_left_behind(nvram.is_some(), &options)?;
                // That of a guest that runs is in use.
                let deletes_tpm = options.tpm || !options.keep_tpm && !keeps_tpm;
                let tpm = (deletes_tpm && !domain.is_active()).then(|| host.paths.tpm(domain.uuid));
                (domain.name.to_string(), nvram, tpm, domain.has_managed_save)
            };
            let paths = host.clone();
            crate::blocking(move || {
                if has_managed_save {
                    crate::host::remove_if_there(&paths.paths.managed_save(&name))?;
                }
                if let Some(nvram) = nvram.filter(|_| options.nvram) {
                    crate::host::remove_if_there(nvram.as_ref())?;
                }
                if let Some(tpm) = tpm {
                    remove_folder(&tpm)?;
                }
                remove(&paths.paths, &name)
            })
            .await?;
            let mut domain = entry.lock()?;
            domain.has_managed_save = false;
            domain.definition = None;
            domain.autostart = false;
            domain.emit(&host, &cause, LifecycleChange::Undefined(event::UndefinedDetail::Removed));
            domain.leave_if_nothing(&host);
            Ok(())
        })
        .await
    }
}

/// Whether what an emulated TPM knows is to outlive the domain.
fn keeps_tpm(config: &DomainConfig) -> bool {
    config.domain().devices.tpms.iter().any(|tpm| match &tpm.backend {
        TpmBackend::Emulator(emulator) => emulator.persistent_state == Some(YesNo::Yes),
        _ => false,
    })
}

fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("remove the folder", folder, error))
        }
        _ => Ok(()),
    }
}

/// The file of a domain's firmware variables, if it is there.
fn nvram_of(config: &DomainConfig) -> Option<String> {
    let element = config.root().descendant(&["os", "nvram"])?;
    let path = element.text().trim().to_owned();
    std::path::Path::new(&path).exists().then_some(path)
}

impl Managed {
    /// Takes a domain out of the table that neither runs nor has a definition.
    fn leave_if_nothing(&mut self, host: &Host) {
        if !self.is_active() && !self.is_persistent() {
            self.leave(host);
        }
    }

    fn check_left_behind(&self, has_nvram: bool, options: &UndefineOptions) -> Result<()> {
        if options.nvram && options.keep_nvram || options.tpm && options.keep_tpm {
            return Err(Error::new(ErrorKind::InvalidArgument, "something is to be both deleted and kept"));
        }
        if options.tpm && self.is_active() {
            return Err(Error::new(ErrorKind::InvalidState, "the domain runs, and its TPM is in use")
                .with_hint("stop it first"));
        }
        let left = [
            (
                self.has_managed_save && !options.managed_save,
                "a managed save image",
                "say managed_save to delete it",
            ),
            (
                has_nvram && !options.nvram && !options.keep_nvram,
                "firmware variables",
                "say nvram to delete them or keep_nvram",
            ),
        ];
        match left.iter().find(|(there, ..)| *there) {
            Some((_, what, hint)) => {
                Err(Error::new(ErrorKind::InvalidState, format!("the domain has {what}")).with_hint(*hint))
            }
            None => Ok(()),
        }
    }
}

/// How a transient domain is started.
pub(crate) fn start_of(cause: Cause, options: &CreateOptions, connection: u64) -> Start {
    Start {
        cause,
        origin: Origin::Booted,
        paused: options.paused,
        auto_destroy: options.auto_destroy.then_some(connection),
    }
}
