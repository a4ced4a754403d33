//! Disks whose medium is missing when the domain starts: what their startup policy says of that.

use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::domain::devices::disk::DiskDevice;
use omnivirt_core::event::{DiskChange, DiskChangeReason};
use omnivirt_core::storage_source::{StartupPolicy, StorageSource};
use std::path::Path;

/// Takes out what is missing and may be, and says so. A drive stays without its medium, a disk goes. It blocks.
///
/// `mandatory`, which is the default, lets the start fail, as does `requisite` where the guest begins anew; neither is touched here.
pub(super) fn take_out(domain: &mut Domain, is_restored: bool) -> Vec<DiskChange> {
    let mut changes = Vec::new();
    domain.devices.disks.retain_mut(|disk| {
        let Some(path) = missing(disk, is_restored) else { return true };
        let alias = disk.info.alias.as_ref().and_then(|alias| alias.name.clone()).unwrap_or_default();
        let is_drive = matches!(disk.device, Some(DiskDevice::Cdrom | DiskDevice::Floppy));
        let reason =
            if is_drive { DiskChangeReason::MissingOnStart } else { DiskChangeReason::DropMissingOnStart };
        changes.push(DiskChange::new(alias, Some(path), None, reason));
        match &mut disk.source {
            StorageSource::File(storage) => storage.source = None,
            StorageSource::Block(storage) => storage.source = None,
            _ => {}
        }
        is_drive
    });
    changes
}

/// The path of a disk that is not there, if it may be missing.
fn missing(disk: &Disk, is_restored: bool) -> Option<String> {
    let (path, policy) = match &disk.source {
        StorageSource::File(storage) => {
            let source = storage.source.as_ref()?;
            (source.file.as_ref()?, source.startup_policy?)
        }
        StorageSource::Block(storage) => {
            let source = storage.source.as_ref()?;
            (source.device.as_ref()?, source.startup_policy?)
        }
        _ => return None,
    };
    let may_be_missing =
        policy == StartupPolicy::Optional || policy == StartupPolicy::Requisite && is_restored;
    // What cannot be looked at is not known to be missing.
    (may_be_missing && Path::new(path).try_exists().is_ok_and(|there| !there)).then(|| path.clone())
}
