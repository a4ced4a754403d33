//! The snapshots that are kept of a domain.

use super::chains::{Destination, moved};
use super::disks;
use super::snapshot_plan::path;
use super::state::Simulated;
use super::tree::Tree;
use crate::host::{Host, Image};
use omnivirt_core::domain::{DomainConfig, SnapshotConfig, SnapshotLocation, SnapshotParent, SnapshotState};
use omnivirt_core::*;
use omnivirt_host::without_secrets;
use std::sync::Arc;

/// The snapshots of a domain.
pub(crate) type Snapshots = Tree<StoredSnapshot>;

/// A snapshot: its document, and what the domain was.
#[derive(Debug, Clone)]
pub(crate) struct StoredSnapshot {
    /// Without the domain's own document and without the snapshot that it builds on.
    document: SnapshotConfig,
    /// How the domain was defined.
    pub(crate) config: DomainConfig,
}

impl StoredSnapshot {
    pub(crate) fn new(document: SnapshotConfig, config: DomainConfig) -> Self {
        Self { document, config }
    }

    /// A snapshot that was taken before, as its document tells, with the name of the one that it builds on.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` if something is missing that only the one who took it can know.
    pub(crate) fn told(document: &SnapshotConfig) -> Result<(Arc<str>, Option<Arc<str>>, Self)> {
        let missing = |what: &str| {
            Error::new(ErrorKind::XmlInvalid, format!("a snapshot that was taken before has {what}"))
        };
        let snapshot = document.typed();
        let name = snapshot.name.ok_or_else(|| missing("a name"))?;
        snapshot.creation_time.ok_or_else(|| missing("the time at which it was taken, as <creationTime>"))?;
        snapshot.state.ok_or_else(|| missing("the state that the domain was in, as <state>"))?;
        let config = document.saved_domain()?.ok_or_else(|| missing("the domain's own document"))?;
        let parent = snapshot.parent.and_then(|parent| parent.name).map(Into::into);
        let kept = document.with(|snapshot| snapshot.parent = None).and_then(|document| {
            document.edited(|edit| {
                if let Some(domain) = document.root().child("domain") {
                    edit.remove(domain);
                }
                Ok(())
            })
        })?;
        Ok((name.into(), parent, Self::new(kept, config)))
    }

    /// What the domain was doing.
    pub(crate) fn state(&self) -> SnapshotState {
        self.document.typed().state.unwrap_or(SnapshotState::Shutoff)
    }

    /// Whether the domain ran, with its memory kept.
    pub(crate) fn has_memory(&self) -> bool {
        !matches!(self.state(), SnapshotState::Shutoff | SnapshotState::DiskSnapshot)
    }

    /// The document as users see it.
    pub(crate) fn shown(&self, parent: Option<&Arc<str>>, secure: bool) -> Result<String> {
        let config = if secure { self.config.clone() } else { without_secrets(self.config.clone())? };
        let document = self.document.with(|snapshot| {
            snapshot.parent = parent.map(|name| {
                let mut parent = SnapshotParent::default();
                parent.name = Some(name.to_string());
                parent
            });
        });
        let document = document.and_then(|document| document.with_saved_domain(&config))?;
        Ok(document.into_string())
    }

    /// The images that disks went on in when it was taken, with the disks' targets.
    pub(crate) fn overlays(&self) -> Vec<(String, String)> {
        let disks = self.document.typed().disks.unwrap_or_default().disks;
        let outside = disks.into_iter().filter(|disk| disk.snapshot == Some(SnapshotLocation::External));
        outside.filter_map(|disk| Some((disk.name, path(disk.source.as_ref()?)?))).collect()
    }

    /// Whether a filter lets it through.
    pub(crate) fn passes(&self, filter: &SnapshotFilter, is_leaf: bool) -> bool {
        use omnivirt_host::group;
        let state = self.state();
        let (off, disks) = (state == SnapshotState::Shutoff, state == SnapshotState::DiskSnapshot);
        let external = !self.overlays().is_empty()
            || self
                .document
                .typed()
                .memory
                .is_some_and(|memory| memory.snapshot == Some(SnapshotLocation::External));
        group(&[(filter.metadata, true), (filter.no_metadata, false)])
            && group(&[(filter.leaves, is_leaf), (filter.no_leaves, !is_leaf)])
            && group(&[(filter.inactive, off), (filter.active, !off && !disks), (filter.disk_only, disks)])
            && group(&[(filter.internal, !external), (filter.external, external)])
    }
}

impl Simulated {
    /// The snapshots; none of most domains.
    pub(crate) fn snapshots(&self) -> Option<&Snapshots> {
        self.extras.as_ref().map(|extras| &extras.snapshots)
    }

    pub(crate) fn has_snapshots(&self) -> bool {
        self.snapshots().is_some_and(|snapshots| !snapshots.is_empty())
    }

    /// The snapshot of that name, among its kin.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn snapshot(&self, name: &str) -> Result<(&Snapshots, &StoredSnapshot)> {
        let found = self.snapshots().and_then(|snapshots| Some((snapshots, snapshots.get(name)?)));
        found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("the domain has no snapshot '{name}'"))
                .with_object(ObjectKind::Snapshot)
        })
    }

    /// Adds a snapshot that was taken before, or puts it in the place of the one of that name.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` if it is not one of this domain, or builds on one that is not there or builds on it.
    pub(crate) fn redefine_snapshot(
        &mut self,
        document: &SnapshotConfig,
        is_current: bool,
    ) -> Result<Arc<str>> {
        let refuse = |message: String| Err(Error::new(ErrorKind::XmlInvalid, message));
        let (name, parent, snapshot) = StoredSnapshot::told(document)?;
        if snapshot.config.uuid().is_some_and(|uuid| uuid != self.uuid) {
            return refuse(format!("the snapshot '{name}' is one of another domain"));
        }
        let snapshots = &mut self.extras().snapshots;
        if let Some(parent) = &parent {
            if snapshots.get(parent).is_none() {
                return refuse(format!("the snapshot '{name}' builds on '{parent}', which is not there"));
            }
            if snapshots.is_within(parent, &name) {
                return refuse(format!("the snapshot '{name}' builds on '{parent}', which builds on it"));
            }
        }
        snapshots.insert(name.clone(), parent, snapshot);
        if is_current {
            snapshots.set_current(Some(name.clone()));
        }
        Ok(name)
    }

    /// Deletes a snapshot. What disks went on in is merged into what they were in before, unless only what is known of
    /// the snapshot is to be deleted.
    ///
    /// # Errors
    ///
    /// A path cannot stand in XML; nothing has changed then.
    pub(crate) fn delete_snapshot(&mut self, host: &Host, name: &str, metadata_only: bool) -> Result<()> {
        let overlays = self.snapshot(name)?.1.overlays();
        for (target, overlay) in overlays.into_iter().filter(|_| !metadata_only) {
            self.merge_overlay(host, &target, &overlay)?;
        }
        self.extras().snapshots.remove(name);
        Ok(())
    }

    /// Merges an image into the one behind it, in all that the domain is and was.
    fn merge_overlay(&mut self, host: &Host, target: &str, overlay: &str) -> Result<()> {
        let mut below = None;
        if let Some(run) = &mut self.run {
            run.configuration.config = without_image(&run.configuration.config, target, overlay, &mut below)?;
        }
        if let Some(definition) = &mut self.definition {
            definition.config = without_image(&definition.config, target, overlay, &mut below)?;
        }
        let snapshots = &mut self.extras().snapshots;
        for name in snapshots.names() {
            if let Some(snapshot) = snapshots.get_mut(&name) {
                snapshot.config = without_image(&snapshot.config, target, overlay, &mut below)?;
            }
        }
        if let Some(below) = below {
            let Image { capacity_bytes, allocated_bytes } = host.images.get(overlay);
            let merged = host.images.get(&below).resized(capacity_bytes).grown_by(allocated_bytes);
            host.images.set(&below, merged);
            host.images.remove(overlay);
        }
        Ok(())
    }
}

/// The configuration without an image of a disk's chain; `below` is told which image was behind it.
fn without_image(
    config: &DomainConfig,
    target: &str,
    image: &str,
    below: &mut Option<String>,
) -> Result<DomainConfig> {
    let Ok(disk) = disks::find(config, target) else { return Ok(config.clone()) };
    let mut chain = disk.chain();
    let Some(place) = chain.iter().position(|path| path == image).filter(|place| place + 1 < chain.len())
    else {
        return Ok(config.clone());
    };
    below.get_or_insert_with(|| chain[place + 1].clone());
    let before = chain[0].clone();
    chain.remove(place);
    moved(config, target, &before, &Destination::of_path(&chain[0], None), &chain[1..])
}
