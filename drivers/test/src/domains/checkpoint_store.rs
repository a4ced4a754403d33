//! The checkpoints that are kept of a domain, and the bitmaps in its disks that they need.

use super::definition::without_id;
use super::disks;
use super::snapshot_plan::named;
use super::state::Simulated;
use super::tree::Tree;
use crate::host::Host;
use omnivirt_core::Error;
use omnivirt_core::domain::{
    Checkpoint, CheckpointConfig, CheckpointDisk, CheckpointDisks, CheckpointMode, CheckpointParent,
    DomainConfig,
};
use omnivirt_core::*;
use omnivirt_host::without_secrets;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The checkpoints of a domain.
pub(crate) type Checkpoints = Tree<StoredCheckpoint>;

/// How far each disk was written when a bitmap in it began to count, in bytes, by the disk's target and the bitmap.
pub(crate) type Bitmaps = BTreeMap<(String, String), u64>;

/// A checkpoint: its document, and what the domain was.
#[derive(Debug, Clone)]
pub(crate) struct StoredCheckpoint {
    /// Without the domain's own document and without the checkpoint before it.
    document: CheckpointConfig,
    config: DomainConfig,
}

impl StoredCheckpoint {
    /// The bitmaps that it needs, with the disks' targets.
    fn bitmaps(&self) -> Vec<(String, String)> {
        let checkpoint = self.document.typed();
        let name = checkpoint.name.unwrap_or_default();
        let disks = checkpoint.disks.unwrap_or_default().disks;
        let tracked = disks.into_iter().filter(|disk| disk.checkpoint == Some(CheckpointMode::Bitmap));
        tracked.map(|disk| (disk.name, disk.bitmap.unwrap_or_else(|| name.clone()))).collect()
    }
}

impl Simulated {
    /// The checkpoints; none of most domains.
    pub(crate) fn checkpoints(&self) -> Option<&Checkpoints> {
        self.extras.as_ref().map(|extras| &extras.checkpoints)
    }

    pub(crate) fn has_checkpoints(&self) -> bool {
        self.checkpoints().is_some_and(|checkpoints| !checkpoints.is_empty())
    }

    /// The checkpoint of that name, among its kin.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn checkpoint(&self, name: &str) -> Result<(&Checkpoints, &StoredCheckpoint)> {
        let found = self.checkpoints().and_then(|checkpoints| Some((checkpoints, checkpoints.get(name)?)));
        found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the domain has no checkpoint '{name}'"))
                .with_object(ObjectKind::Checkpoint)
        })
    }

    /// Makes a checkpoint of the disks as they are.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the domain does not run, `XmlInvalid`, `AlreadyExists`, `ConfigUnsupported`.
    pub(crate) fn make_checkpoint(&mut self, host: &Host, given: &CheckpointConfig) -> Result<Arc<str>> {
        let (name, document) = self.plan_checkpoint(host, given)?;
        let run = self.run.as_deref().ok_or_else(super::state::not_running)?;
        let now = host.clock.now();
        let config = &run.configuration.config;
        let stored = StoredCheckpoint { document, config: without_id(config)? };
        let marks: Vec<_> = stored
            .bitmaps()
            .into_iter()
            .filter_map(|(target, bitmap)| {
                let written = host.written_to(run, disks::find(config, &target).ok()?, now);
                Some(((target, bitmap), written))
            })
            .collect();
        let extras = self.extras();
        extras.bitmaps.extend(marks);
        let parent = extras.checkpoints.current().cloned();
        extras.checkpoints.insert(name.clone(), parent, stored);
        extras.checkpoints.set_current(Some(name.clone()));
        Ok(name)
    }

    /// The name and the whole document of a checkpoint to be made, with what the driver chooses.
    ///
    /// # Errors
    ///
    /// As [`Simulated::make_checkpoint`].
    pub(crate) fn plan_checkpoint(
        &self,
        host: &Host,
        given: &CheckpointConfig,
    ) -> Result<(Arc<str>, CheckpointConfig)> {
        let run = self.run.as_deref().ok_or_else(super::state::not_running)?;
        let wanted = given.typed();
        let now = host.clock.now();
        let name = named(wanted.name, now)?;
        if self.checkpoints().is_some_and(|checkpoints| checkpoints.get(&name).is_some()) {
            let message = format!("the domain has a checkpoint '{name}' already");
            return Err(Error::new(ErrorKind::AlreadyExists, message).with_object(ObjectKind::Checkpoint));
        }
        let disks = complete(&run.configuration.config, wanted.disks, &name)?;
        let document = given.with(|checkpoint| {
            checkpoint.name = Some(name.clone());
            checkpoint.parent = None;
            checkpoint.creation_time = Some(now.seconds());
            checkpoint.disks = Some(disks);
        });
        Ok((name.into(), document?))
    }

    /// Adds a checkpoint that was made before, or puts it in the place of the one of that name.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` if it is not one of this domain or something is missing, `CheckpointInconsistent` if it is to be
    /// looked at and a disk lacks its bitmap.
    pub(crate) fn redefine_checkpoint(
        &mut self,
        given: &CheckpointConfig,
        validate: bool,
    ) -> Result<Arc<str>> {
        let refuse = |message: String| Error::new(ErrorKind::XmlInvalid, message);
        let Checkpoint { name, parent, creation_time, .. } = given.typed();
        let name: Arc<str> =
            name.ok_or_else(|| refuse("a checkpoint that was made before has a name".into()))?.into();
        creation_time.ok_or_else(|| {
            refuse("a checkpoint that was made before has the time of it, as <creationTime>".into())
        })?;
        let parent: Option<Arc<str>> = parent.map(|parent| parent.name.into());
        let saved = given.saved_domain()?;
        if saved.as_ref().and_then(DomainConfig::uuid).is_some_and(|uuid| uuid != self.uuid) {
            return Err(refuse(format!("the checkpoint '{name}' is one of another domain")));
        }
        if let Some(parent) = &parent {
            let known = self.checkpoints().filter(|checkpoints| checkpoints.get(parent).is_some());
            match known {
                None => {
                    return Err(refuse(format!(
                        "the checkpoint '{name}' follows '{parent}', which is not there"
                    )));
                }
                Some(known) if known.is_within(parent, &name) => {
                    return Err(refuse(format!(
                        "the checkpoint '{name}' follows '{parent}', which follows it"
                    )));
                }
                Some(_) => {}
            }
        }
        let document = given.with(|checkpoint| checkpoint.parent = None).and_then(|document| {
            document.edited(|edit| {
                if let Some(domain) = document.root().child("domain") {
                    edit.remove(domain);
                }
                Ok(())
            })
        })?;
        let config = match saved {
            Some(saved) => saved,
            None => without_id(&self.current().config)?,
        };
        let stored = StoredCheckpoint { document, config };
        if validate {
            self.check_bitmaps(&stored)?;
        }
        let checkpoints = &mut self.extras().checkpoints;
        checkpoints.insert(name.clone(), parent, stored);
        checkpoints.set_current(Some(name.clone()));
        Ok(name)
    }

    /// Refuses a checkpoint whose bitmaps are not all there.
    ///
    /// # Errors
    ///
    /// `CheckpointInconsistent`.
    fn check_bitmaps(&self, checkpoint: &StoredCheckpoint) -> Result<()> {
        let known = |bitmap: &(String, String)| {
            self.extras.as_ref().is_some_and(|extras| extras.bitmaps.contains_key(bitmap))
        };
        match checkpoint.bitmaps().iter().find(|bitmap| !known(bitmap)) {
            Some((target, bitmap)) => {
                let message = format!("the disk '{target}' has no bitmap '{bitmap}'");
                Err(Error::new(ErrorKind::CheckpointInconsistent, message))
            }
            None => Ok(()),
        }
    }

    /// How much was written to each disk since a checkpoint, in bytes, by the disks' targets.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the domain does not run, `CheckpointInconsistent`.
    pub(crate) fn changed_since(
        &self,
        host: &Host,
        checkpoint: &StoredCheckpoint,
    ) -> Result<BTreeMap<String, u64>> {
        let run = self.run.as_deref().ok_or_else(super::state::not_running)?;
        self.check_bitmaps(checkpoint)?;
        let now = host.clock.now();
        let changed = checkpoint.bitmaps().into_iter().filter_map(|bitmap| {
            let mark = self.extras.as_ref()?.bitmaps.get(&bitmap)?;
            let disk = disks::find(&run.configuration.config, &bitmap.0).ok()?;
            Some((bitmap.0, host.written_to(run, disk, now).saturating_sub(*mark)))
        });
        Ok(changed.collect())
    }

    /// Deletes a checkpoint, and its bitmaps unless only what is known of it is to be deleted.
    pub(crate) fn delete_checkpoint(&mut self, name: &str, metadata_only: bool) {
        let extras = self.extras();
        let Some(deleted) = extras.checkpoints.remove(name) else { return };
        for bitmap in deleted.bitmaps().iter().filter(|_| !metadata_only) {
            extras.bitmaps.remove(bitmap);
        }
    }

    /// The document of a checkpoint as users see it.
    ///
    /// # Errors
    ///
    /// `NotFound`; what [`Simulated::changed_since`] says, if sizes are asked for.
    pub(crate) fn show_checkpoint(
        &self,
        host: &Host,
        name: &str,
        options: &CheckpointXmlOptions,
    ) -> Result<String> {
        let (checkpoints, stored) = self.checkpoint(name)?;
        let sizes = if options.size { self.changed_since(host, stored)? } else { BTreeMap::new() };
        let document = stored.document.with(|checkpoint| {
            checkpoint.parent = checkpoints.parent(name).map(|name| {
                let mut parent = CheckpointParent::default();
                parent.name = name.to_string();
                parent
            });
            for disk in checkpoint.disks.iter_mut().flat_map(|disks| &mut disks.disks) {
                disk.size = sizes.get(&disk.name).copied();
            }
        });
        let document = document?;
        if options.no_domain {
            return Ok(document.into_string());
        }
        let config =
            if options.secure { stored.config.clone() } else { without_secrets(stored.config.clone())? };
        document.with_saved_domain(&config).map_err(Error::from).map(CheckpointConfig::into_string)
    }
}

/// All disks, in their order: each as it was wanted, or as the driver chooses. Where some are named, the others are left.
fn complete(config: &DomainConfig, wanted: Option<CheckpointDisks>, name: &str) -> Result<CheckpointDisks> {
    let refuse = |message: String| Err(Error::new(ErrorKind::ConfigUnsupported, message));
    let by_default = if wanted.is_some() { CheckpointMode::No } else { CheckpointMode::Bitmap };
    let mut given: BTreeMap<String, CheckpointDisk> = BTreeMap::new();
    for disk in wanted.unwrap_or_default().disks {
        let Ok(found) = disks::find(config, &disk.name) else {
            return refuse(format!("the domain has no disk '{}'", disk.name));
        };
        if given.insert(found.target().into_owned(), disk).is_some() {
            return refuse(format!("the disk '{}' is there twice", found.target()));
        }
    }
    let mut all = CheckpointDisks::default();
    for disk in disks::all(config) {
        let target = disk.target().into_owned();
        let can_change = disk.is_writable() && disk.source().is_some();
        let given = given.remove(&target);
        let wanted = given.as_ref().map(|disk| disk.checkpoint.unwrap_or(CheckpointMode::Bitmap));
        if wanted == Some(CheckpointMode::Bitmap) && !can_change {
            return refuse(format!("nobody writes to the disk '{target}'"));
        }
        let mode = wanted.unwrap_or(if can_change { by_default } else { CheckpointMode::No });
        let mut chosen = given.unwrap_or_default();
        chosen.name = target;
        chosen.size = None;
        chosen.bitmap =
            (mode == CheckpointMode::Bitmap).then(|| chosen.bitmap.unwrap_or_else(|| name.to_owned()));
        chosen.checkpoint = Some(mode);
        all.disks.push(chosen);
    }
    if !all.disks.iter().any(|disk| disk.checkpoint == Some(CheckpointMode::Bitmap)) {
        return refuse("no disk is to remember what changes".into());
    }
    Ok(all)
}
