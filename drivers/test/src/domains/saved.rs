//! Domains in files: saving, restoring, and the images in between.

use super::definition::Named;
use super::state::Simulated;
use super::transitions::Origin;
use crate::connection::TestDriver;
use crate::host::SimulatedFile;
use omnivirt_core::Error;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::StoppedDetail;
use omnivirt_core::*;
use omnivirt_host::{is_to_be_paused, with_other_xml, without_secrets};
use std::sync::Arc;

/// A domain whose run was put into a file.
#[derive(Debug, Clone)]
pub(crate) struct SavedImage {
    /// How it ran.
    pub(crate) config: DomainConfig,
    /// Whether its virtual CPUs stand still after it is restored.
    pub(crate) paused: bool,
}

#[driver_ops]
impl DomainSaveOps for TestDriver {
    async fn save(&self, cx: &CallCx, domain: &DomainRef, path: &str, options: &SaveOptions) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        self.save_run(cx, domain, paused, options.xml.as_deref(), |_, image| {
            self.host.files.write(path, SimulatedFile::Saved(image));
        })
        .await
    }

    async fn restore(&self, cx: &CallCx, path: &str, options: &RestoreOptions) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        let image = self.image(path)?;
        let config = match &options.xml {
            Some(xml) => with_other_xml(&image.config, xml)?,
            None => image.config.clone(),
        };
        let paused = paused.unwrap_or(image.paused);
        self.host.create(&cx.cause(), Named::of(config)?, Origin::Restored, paused, None)?;
        Ok(())
    }

    async fn managed_save(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        options: &ManagedSaveOptions,
    ) -> Result<()> {
        let paused = is_to_be_paused(options.running, options.paused)?;
        self.host.domain(domain)?.lock()?.definition()?;
        self.save_run(cx, domain, paused, None, |domain, image| domain.managed_save = Some(image)).await
    }

    async fn has_managed_save(&self, _: &CallCx, domain: &DomainRef) -> Result<bool> {
        Ok(self.host.domain(domain)?.lock()?.managed_save.is_some())
    }

    async fn managed_save_remove(&self, _: &CallCx, domain: &DomainRef) -> Result<()> {
        self.host.domain(domain)?.lock()?.managed_save = None;
        Ok(())
    }

    async fn managed_save_dumpxml(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        options: &SavedXmlOptions,
    ) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let image = entry.lock()?.managed_image()?;
        image.show(options)
    }

    async fn managed_save_define(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        xml: &str,
        options: &SavedStateOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.managed_save = Some(domain.managed_image()?.redefined(xml, options)?);
        Ok(())
    }

    async fn save_image_dumpxml(&self, _: &CallCx, path: &str, options: &SavedXmlOptions) -> Result<String> {
        self.image(path)?.show(options)
    }

    async fn save_image_define(
        &self,
        _: &CallCx,
        path: &str,
        xml: &str,
        options: &SavedStateOptions,
    ) -> Result<()> {
        let image = self.image(path)?.redefined(xml, options)?;
        self.host.files.write(path, SimulatedFile::Saved(image));
        Ok(())
    }
}

impl TestDriver {
    /// Puts a run into an image, which `keep` takes, and ends it.
    async fn save_run(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        paused: Option<bool>,
        xml: Option<&str>,
        keep: impl FnOnce(&mut Simulated, Arc<SavedImage>),
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let begin = |domain: &mut Simulated| {
            domain.check_saveable()?;
            xml.map(|xml| with_other_xml(&domain.current().config, xml)).transpose()
        };
        self.job(cx, &entry, JobOperation::Save, begin, |domain, xml| {
            let config = xml.unwrap_or_else(|| domain.current().config.clone());
            let paused = paused.unwrap_or(domain.state == DomainState::Paused);
            keep(domain, Arc::new(SavedImage { config, paused }));
            domain.end(&self.host, &cx.cause(), DomainStateReason::ShutoffSaved, StoppedDetail::Saved);
        })
        .await
    }

    fn image(&self, path: &str) -> Result<Arc<SavedImage>> {
        match self.host.files.read(path)? {
            SimulatedFile::Saved(image) => Ok(image),
            SimulatedFile::Dump | SimulatedFile::FirmwareVariables => {
                Err(Error::new(ErrorKind::System, format!("the file '{path}' holds no saved domain")))
            }
        }
    }
}

impl Simulated {
    /// # Errors
    ///
    /// `InvalidState` if there is no run, or one that cannot be gone on with.
    fn check_saveable(&mut self) -> Result<()> {
        self.run()?;
        match self.state {
            DomainState::Crashed => {
                Err(Error::new(ErrorKind::InvalidState, "the guest has crashed")
                    .with_hint("destroy the domain"))
            }
            _ => Ok(()),
        }
    }

    fn managed_image(&self) -> Result<Arc<SavedImage>> {
        self.managed_save
            .clone()
            .ok_or_else(|| Error::new(ErrorKind::InvalidState, "the domain has no managed save image"))
    }
}

impl SavedImage {
    fn show(&self, options: &SavedXmlOptions) -> Result<String> {
        let config = self.config.clone();
        Ok(if options.secure { config } else { without_secrets(config)? }.into_string())
    }

    fn redefined(&self, xml: &str, options: &SavedStateOptions) -> Result<Arc<Self>> {
        let paused = is_to_be_paused(options.running, options.paused)?.unwrap_or(self.paused);
        Ok(Arc::new(Self { config: with_other_xml(&self.config, xml)?, paused }))
    }
}
