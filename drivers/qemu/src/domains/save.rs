//! Putting a run into a file, and going on from there.

use super::definition::Named;
use super::image::{Image, Unfinished};
use super::jobs::{self, moved};
use super::run::Ending;
use super::start::{Origin, Start};
use super::state::{Configuration, DomainEntry, Managed};
use super::{configuration, monitor};
use crate::connection::QemuDriver;
use crate::host::{Host, remove_if_there};
use crate::qmp::Monitor;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::{Cause, ResumedDetail, StoppedDetail, SuspendedDetail};
use omnivirt_core::jobs::Job;
use omnivirt_core::*;
use omnivirt_host::{is_to_be_paused, with_other_xml, without_secrets};
use serde_json::json;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[driver_ops]
impl DomainSaveOps for QemuDriver {
    async fn save(&self, cx: &CallCx, domain: &DomainRef, path: &str, options: &SaveOptions) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        refuse_cache(options.bypass_cache)?;
        refuse_form(options)?;
        let entry = self.host.domain(domain)?;
        let xml = options.xml.clone();
        self.save_run(cx, entry, PathBuf::from(path), paused, xml, |_| {}).await
    }

    async fn restore(&self, cx: &CallCx, path: &str, options: &RestoreOptions) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        refuse_cache(options.bypass_cache)?;
        let (image, file) = read(path.into()).await?;
        let config = match &options.xml {
            Some(xml) => with_other_xml(&image.config, xml)?,
            None => image.config,
        };
        let start = Start {
            cause: cx.cause(),
            origin: Origin::Restored(file),
            paused: paused.unwrap_or(image.paused),
            auto_destroy: None,
        };
        self.host.create(Named::of(config)?, start).await.map(drop)
    }

    async fn managed_save(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        options: &ManagedSaveOptions,
    ) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        refuse_cache(options.bypass_cache)?;
        let entry = self.host.domain(domain)?;
        let path = {
            let mut domain = entry.lock()?;
            domain.definition()?;
            self.host.paths.managed_save(&domain.name)
        };
        self.save_run(cx, entry, path, paused, None, |domain| domain.has_managed_save = true).await
    }

    async fn has_managed_save(&self, _: &CallCx, domain: &DomainRef) -> Result<bool> {
        Ok(self.host.domain(domain)?.lock()?.has_managed_save)
    }

    async fn managed_save_remove(&self, _: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let host = self.host.clone();
        super::queue::in_turn(&entry.clone(), async move { host.forget_image(&entry).await }).await
    }

    async fn managed_save_dumpxml(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        options: &SavedXmlOptions,
    ) -> Result<String> {
        let (image, _) = read(self.managed_image(domain)?).await?;
        image.show(options)
    }

    async fn managed_save_define(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        xml: &str,
        options: &SavedStateOptions,
    ) -> Result<()> {
        redefine(self.managed_image(domain)?, xml, options).await
    }

    async fn save_image_dumpxml(&self, _: &CallCx, path: &str, options: &SavedXmlOptions) -> Result<String> {
        let (image, _) = read(path.into()).await?;
        image.show(options)
    }

    async fn save_image_define(
        &self,
        _: &CallCx,
        path: &str,
        xml: &str,
        options: &SavedStateOptions,
    ) -> Result<()> {
        redefine(path.into(), xml, options).await
    }
}

impl QemuDriver {
    /// Puts a run into a file and ends it; `keep` notes that in the same moment.
    async fn save_run(
        &self,
        cx: &CallCx,
        entry: Arc<DomainEntry>,
        path: PathBuf,
        paused: Option<bool>,
        xml: Option<String>,
        keep: impl FnOnce(&mut Managed) + Send + 'static,
    ) -> Result<()> {
        let cause = cx.cause();
        let saved = entry.clone();
        let ended = jobs::run(&self.host, &entry, cx, JobOperation::Save, move |job| async move {
            let (monitor, was_running, config, run) = saved.lock()?.is_to_be_saved(xml.as_deref())?;
            let paused = paused.unwrap_or(!was_running);
            let image = crate::blocking(move || Unfinished::begin(&path, &config, paused)).await?;
            if was_running {
                stand(&saved, &monitor, &cause).await?;
            }
            let written = write(&monitor, image, &job).await;
            let mut domain = saved.lock()?;
            match written {
                Ok(()) => {
                    keep(&mut domain);
                    domain.run()?.ending = Some(Ending::saved(cause));
                    Ok(run)
                }
                Err(error) => {
                    drop(domain);
                    if was_running {
                        go_on(&saved, &monitor, &cause).await?;
                    }
                    Err(error)
                }
            }
        })
        .await?;
        // It has told all it knows: nothing is lost with it.
        let work = tokio::spawn(async move { monitor::end_process(&entry, ended).await });
        work.await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "ending the saved domain broke off").with_source(error))
        })
    }

    fn managed_image(&self, domain: &DomainRef) -> Result<PathBuf> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        if !domain.has_managed_save {
            return Err(Error::new(ErrorKind::InvalidState, "the domain has no managed save image"));
        }
        Ok(self.host.paths.managed_save(&domain.name))
    }
}

impl Host {
    /// Throws a domain's managed save image away.
    pub(crate) async fn forget_image(self: &Arc<Self>, entry: &Arc<DomainEntry>) -> Result<()> {
        let path = self.paths.managed_save(&entry.lock()?.name);
        crate::blocking(move || remove_if_there(&path)).await?;
        entry.lock()?.has_managed_save = false;
        Ok(())
    }
}

/// Starts a domain: from its managed save image if it has one, else from its definition.
///
/// # Errors
///
/// What starting it says; an image that cannot be restored is kept.
pub(crate) async fn start_or_restore(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    cause: Cause,
    options: &StartOptions,
    auto_destroy: Option<u64>,
) -> Result<()> {
    let (definition, image) = {
        let mut domain = entry.lock()?;
        domain.check_can_start()?;
        let definition = domain.definition()?.clone();
        (definition, domain.has_managed_save.then(|| host.paths.managed_save(&domain.name)))
    };
    let boot = |paused| Start { cause, origin: Origin::Booted, paused, auto_destroy };
    let Some(image) = image else {
        return host.start(entry, definition, boot(options.paused)).await.map(drop);
    };
    if options.force_boot {
        host.forget_image(entry).await?;
        return host.start(entry, definition, boot(options.paused)).await.map(drop);
    }
    refuse_cache(options.bypass_cache)?;
    let (image, file) = read(image).await?;
    let start = Start { origin: Origin::Restored(file), ..boot(options.paused || image.paused) };
    host.start(entry, Configuration::of(image.config), start).await?;
    host.forget_image(entry).await
}

impl Managed {
    /// What is needed to save a run: its monitor, whether its virtual CPUs run, its document as it is to be restored, and
    /// its number.
    fn is_to_be_saved(&mut self, xml: Option<&str>) -> Result<(Monitor, bool, DomainConfig, u32)> {
        let was_running = self.state == DomainState::Running;
        if self.state == DomainState::Crashed {
            return Err(
                Error::new(ErrorKind::InvalidState, "the guest has crashed").with_hint("destroy the domain")
            );
        }
        let run = self.run()?;
        let config = configuration::inactive(&run.configuration.config)?;
        let config = match xml {
            Some(xml) => with_other_xml(&config, xml)?,
            None => config,
        };
        Ok((run.monitor()?, was_running, config, run.id))
    }
}

impl Ending {
    fn saved(cause: Cause) -> Self {
        Self { cause, reason: DomainStateReason::ShutoffSaved, detail: StoppedDetail::Saved }
    }
}

async fn stand(entry: &Arc<DomainEntry>, monitor: &Monitor, cause: &Cause) -> Result<()> {
    entry.lock()?.run()?.asked.pause =
        Some((cause.clone(), DomainStateReason::PausedSave, SuspendedDetail::Paused));
    monitor.execute("stop", json!({})).await.map(drop)
}

async fn go_on(entry: &Arc<DomainEntry>, monitor: &Monitor, cause: &Cause) -> Result<()> {
    entry.lock()?.run()?.asked.resume =
        Some((cause.clone(), DomainStateReason::RunningSaveCanceled, ResumedDetail::Unpaused));
    monitor.execute("cont", json!({})).await.map(drop)
}

/// Has QEMU write a guest's state into a file, as fast as it can.
async fn write(monitor: &Monitor, image: Unfinished, job: &Job) -> Result<()> {
    let file: OwnedFd = image.writer()?.into();
    let told = json!({"capabilities": [{"capability": "events", "state": true}]});
    monitor.execute("migrate-set-capabilities", told).await?;
    monitor.execute("migrate-set-parameters", json!({"max-bandwidth": i64::MAX})).await?;
    monitor.execute_with_files("getfd", json!({"fdname": "image"}), vec![file]).await?;
    monitor.execute("migrate", json!({"uri": "fd:image"})).await?;
    moved(monitor, Some(job)).await?;
    crate::blocking(move || image.complete()).await
}

/// Has a QEMU that waits for it read a guest from a file.
///
/// # Errors
///
/// `HypervisorError` with QEMU's own words.
pub(crate) async fn receive(monitor: &Monitor, image: OwnedFd) -> Result<()> {
    monitor.execute_with_files("getfd", json!({"fdname": "image"}), vec![image]).await?;
    monitor.execute("migrate-incoming", json!({"uri": "fd:image"})).await?;
    moved(monitor, None).await
}

async fn read(path: PathBuf) -> Result<(Image, OwnedFd)> {
    crate::blocking(move || Image::read(&path).map(|(image, file)| (image, file.into()))).await
}

async fn redefine(path: PathBuf, xml: &str, options: &SavedStateOptions) -> Result<()> {
    let paused = is_to_be_paused(options.running, options.paused)?;
    let (mut image, _) = read(path.clone()).await?;
    image.config = with_other_xml(&image.config, xml)?;
    image.paused = paused.unwrap_or(image.paused);
    crate::blocking(move || image.rewrite(Path::new(&path))).await
}

impl Image {
    fn show(self, options: &SavedXmlOptions) -> Result<String> {
        Ok(if options.secure { self.config } else { without_secrets(self.config)? }.into_string())
    }
}

/// QEMU writes by itself, through the cache.
fn refuse_cache(bypass: bool) -> Result<()> {
    if !bypass {
        return Ok(());
    }
    let message = "a guest's state goes through the host's page cache";
    Err(Error::new(ErrorKind::ArgumentUnsupported, message).with_hint("leave bypass_cache out"))
}

fn refuse_form(options: &SaveOptions) -> Result<()> {
    match (options.image_format.as_deref(), options.parallel_channels) {
        (None | Some("raw"), None | Some(1)) => Ok(()),
        (Some(form), _) if form != "raw" => {
            let message = format!("the image format '{form}' cannot be written");
            Err(Error::new(ErrorKind::ArgumentUnsupported, message).with_hint("it is raw"))
        }
        _ => Err(Error::new(ErrorKind::ArgumentUnsupported, "one thread writes a guest's state")
            .with_hint("leave parallel_channels out")),
    }
}
