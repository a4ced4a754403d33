//! Where the data of disks comes from: what is filled in, dropped and refused.

mod network;
mod protection;

use crate::document::DocumentErrorKind::{Invalid, Syntax, Unsupported};
use crate::document::YesNo;
use crate::domain::devices::SourceSecurityLabel;
use crate::domain::devices::character_device::Reconnect;
use crate::domain::rules::Fault;
use crate::storage_source::{
    LocalSource, NvmeSource, Reservations, Slice, SliceType, StartupPolicy, StorageSource, VhostUserSource,
    VolumeSource,
};
use std::collections::HashSet;

pub(in crate::domain::rules) use network::{complete_hosts, complete_initiator};
pub(super) use protection::{authentication_of, check_protection, check_references};
pub(in crate::domain::rules) use protection::{check_reference, encryption_mut, encryption_of};

/// Whether there is an element for the source.
pub(super) fn is_there(source: &StorageSource) -> bool {
    match source {
        StorageSource::File(storage) => storage.source.is_some(),
        StorageSource::Block(storage) => storage.source.is_some(),
        StorageSource::Directory(storage) => storage.source.is_some(),
        StorageSource::Network(storage) => storage.source.is_some(),
        StorageSource::Volume(storage) => storage.source.is_some(),
        StorageSource::Nvme(storage) => storage.source.is_some(),
        StorageSource::VhostUser(storage) => storage.source.is_some(),
    }
}

/// Whether there is nothing that data could come from.
pub(super) fn is_empty(source: &StorageSource) -> bool {
    match source {
        StorageSource::File(storage) => storage.source.as_ref().is_none_or(|source| source.file.is_none()),
        StorageSource::Block(storage) => storage.source.as_ref().is_none_or(|source| source.device.is_none()),
        StorageSource::Directory(storage) => {
            storage.source.as_ref().is_none_or(|source| source.directory.is_none())
        }
        // One that names no volume is dropped, but was there.
        StorageSource::Volume(_) => false,
        _ => !is_there(source),
    }
}

/// What is done when the source is missing.
pub(super) fn startup_policy(source: &StorageSource) -> Option<StartupPolicy> {
    match source {
        StorageSource::File(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::Block(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::Directory(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::Network(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::Volume(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::Nvme(storage) => storage.source.as_ref()?.startup_policy,
        StorageSource::VhostUser(_) => None,
    }
}

/// Forgets what is done when the source is missing: that is said of a disk, not of the images below.
pub(super) fn clear_startup_policy(source: &mut StorageSource) {
    let policy = match source {
        StorageSource::File(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::Block(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::Directory(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::Network(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::Volume(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::Nvme(storage) => storage.source.as_mut().map(|source| &mut source.startup_policy),
        StorageSource::VhostUser(_) => None,
    };
    if let Some(policy) = policy {
        *policy = None;
    }
}

/// Whether it says how reservations are made.
pub(super) fn has_reservations(source: &StorageSource) -> bool {
    match source {
        StorageSource::Network(storage) => {
            storage.source.as_ref().is_some_and(|source| source.reservations.is_some())
        }
        other => shared(other).is_some_and(|shared| shared.reservations.is_some()),
    }
}

/// What the sources of this host have in common.
pub(super) fn shared(source: &StorageSource) -> Option<&LocalSource> {
    match source {
        StorageSource::File(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::Block(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::Directory(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::Volume(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::Nvme(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::VhostUser(storage) => storage.source.as_ref().map(|source| &source.shared),
        StorageSource::Network(_) => None,
    }
}

/// Completes a source; one that says nothing is left out.
pub(super) fn complete(source: &mut StorageSource) -> Result<(), Fault> {
    match source {
        StorageSource::File(storage) => complete_local(&mut storage.source, |source| &mut source.shared)?,
        StorageSource::Block(storage) => complete_local(&mut storage.source, |source| &mut source.shared)?,
        StorageSource::Directory(storage) => {
            complete_local(&mut storage.source, |source| &mut source.shared)?
        }
        StorageSource::Volume(storage) => {
            storage.source.as_ref().map_or(Ok(()), check_volume)?;
            complete_local(&mut storage.source, |source| &mut source.shared)?;
        }
        StorageSource::Nvme(storage) => {
            if let Some(source) = &mut storage.source {
                complete_nvme(source)?;
            }
        }
        StorageSource::Network(storage) => {
            if let Some(source) = &mut storage.source {
                network::complete(source)?;
            }
        }
        StorageSource::VhostUser(storage) => {
            if let Some(source) = &mut storage.source {
                complete_vhost_user(source)?;
            }
        }
    }
    Ok(())
}

fn complete_local<T: Default + PartialEq>(
    source: &mut Option<T>,
    shared: impl Fn(&mut T) -> &mut LocalSource,
) -> Result<(), Fault> {
    if let Some(source) = source {
        complete_shared(shared(source))?;
    }
    *source = source.take().filter(|source| *source != T::default());
    Ok(())
}

fn complete_shared(shared: &mut LocalSource) -> Result<(), Fault> {
    shared.index = None;
    complete_slices(&mut shared.slices)?;
    complete_labels(&mut shared.security_labels)?;
    if let Some(reservations) = &mut shared.reservations {
        complete_reservations(reservations)?;
    }
    Ok(())
}

/// The first part of the stored data is the one that counts.
fn complete_slices(slices: &mut Vec<Slice>) -> Result<(), Fault> {
    slices.retain(|slice| slice.slice_type == Some(SliceType::Storage));
    slices.truncate(1);
    match slices.first() {
        Some(slice) if slice.offset.is_none() || slice.size.is_none() => {
            Err(Fault::new(Invalid, "source/slices/slice", "the part has no offset or no size"))
        }
        _ => Ok(()),
    }
}

/// Checks how a source is labelled, and leaves out labels that say nothing.
fn complete_labels(labels: &mut Vec<SourceSecurityLabel>) -> Result<(), Fault> {
    let mut models = HashSet::new();
    for label in labels.iter_mut() {
        if !models.insert(label.model.clone()) {
            return Err(Fault::new(Syntax, "source/seclabel", "a security driver has two labels here"));
        }
        if label.relabel == Some(YesNo::No) && label.label.is_some() {
            return Err(Fault::new(Invalid, "source/seclabel", "a source that is not labelled has no label"));
        }
        label.label_skipped = None;
    }
    labels.retain(|label| label.relabel == Some(YesNo::No) || label.label.is_some());
    Ok(())
}

fn complete_reservations(reservations: &mut Reservations) -> Result<(), Fault> {
    let place = "source/reservations";
    let Some(managed) = reservations.managed else {
        return Err(Fault::new(Invalid, place, "it is not said whether the driver makes reservations"));
    };
    let is_client = |source: &crate::storage_source::ReservationSource| {
        source.source_type.as_deref() == Some("unix")
            && source.path.is_some()
            && source.mode.as_deref() == Some("client")
    };
    if managed == YesNo::No && !reservations.source.as_ref().is_some_and(is_client) {
        return Err(Fault::new(Invalid, place, "the process that makes reservations is not named")
            .hint("write it as <source type='unix' path='/path' mode='client'/>"));
    }
    if let Some(source) = &mut reservations.source {
        source.reconnect = None;
    }
    Ok(())
}

fn check_volume(source: &VolumeSource) -> Result<(), Fault> {
    if source.pool.is_some() != source.volume.is_some() {
        return Err(Fault::new(Invalid, "source", "a pool and a volume are named together"));
    }
    Ok(())
}

fn complete_nvme(source: &mut NvmeSource) -> Result<(), Fault> {
    if source.namespace == 0 {
        return Err(Fault::new(Unsupported, "source/@namespace", "namespaces are counted from 1"));
    }
    source.managed.get_or_insert(YesNo::Yes);
    complete_shared(&mut source.shared)
}

fn complete_vhost_user(source: &mut VhostUserSource) -> Result<(), Fault> {
    if source.source_type.as_deref() != Some("unix") || source.path.is_none() {
        return Err(Fault::new(Invalid, "source", "the source is no UNIX socket")
            .hint("write it as <source type='unix' path='/path'/>"));
    }
    complete_reconnect(&mut source.reconnect)?;
    complete_shared(&mut source.shared)
}

/// A connection that is made again says after how long.
fn complete_reconnect(reconnect: &mut Option<Reconnect>) -> Result<(), Fault> {
    let Some(settings) = reconnect else { return Ok(()) };
    match settings.enabled {
        Some(YesNo::Yes) if settings.timeout.is_none() => {
            Err(Fault::new(Invalid, "source/reconnect", "the seconds between attempts are missing"))
        }
        Some(YesNo::Yes) => Ok(()),
        Some(YesNo::No) => {
            settings.timeout = None;
            Ok(())
        }
        None => {
            *reconnect = None;
            Ok(())
        }
    }
}
