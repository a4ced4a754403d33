//! Disks that another process serves: it decides on most of what else is said of a disk.

use super::source;
use crate::document::DocumentErrorKind::Unsupported;
use crate::domain::SnapshotLocation;
use crate::domain::devices::disk::{Disk, DiskBus, DiskDriver};
use crate::domain::rules::Fault;
use crate::storage_source::StorageSource;

/// Refuses what the process would have to do.
pub(super) fn check(disk: &Disk) -> Result<(), Fault> {
    if !matches!(disk.source, StorageSource::VhostUser(_)) {
        return Ok(());
    }
    if disk.target.as_ref().and_then(|target| target.bus) != Some(DiskBus::Virtio) {
        return Err(Fault::new(Unsupported, "target/@bus", "a vhost-user disk is on the bus virtio"));
    }
    let driver = disk.driver.as_ref().and_then(refused_of_driver);
    match refused(disk).or(driver) {
        Some(path) => Err(Fault::new(Unsupported, path, "a vhost-user disk cannot have this")),
        None => Ok(()),
    }
}

fn refused(disk: &Disk) -> Option<&'static str> {
    let has_encryption = disk.encryption.is_some() || source::encryption_of(&disk.source).is_some();
    let has_authentication =
        disk.authentication.is_some() || source::authentication_of(&disk.source).is_some();
    let parts = [
        ("@snapshot", disk.snapshot.is_some_and(|place| place != SnapshotLocation::No)),
        ("readonly", disk.is_read_only),
        ("shareable", disk.is_shareable),
        ("transient", disk.transient.is_some()),
        ("serial", disk.serial.is_some()),
        ("wwn", disk.world_wide_name.is_some()),
        ("vendor", disk.vendor.is_some()),
        ("product", disk.product.is_some()),
        ("auth", has_authentication),
        ("encryption", has_encryption),
        ("backingStore", disk.backing_store.is_some()),
        ("geometry", disk.geometry.is_some()),
        ("blockio", disk.block_io.is_some()),
        ("iotune", disk.io_tuning.is_some()),
    ];
    parts.into_iter().find(|(_, is_there)| *is_there).map(|(path, _)| path)
}

fn refused_of_driver(driver: &DiskDriver) -> Option<&'static str> {
    let parts = [
        ("driver/@cache", driver.cache.is_some()),
        ("driver/@error_policy", driver.error_policy.is_some()),
        ("driver/@rerror_policy", driver.read_error_policy.is_some()),
        ("driver/@io", driver.io.is_some()),
        ("driver/@ioeventfd", driver.io_event.is_some()),
        ("driver/@copy_on_read", driver.copy_on_read.is_some()),
        ("driver/@discard", driver.discard.is_some()),
        ("driver/@iothread", driver.io_thread.is_some()),
        ("driver/@detect_zeroes", driver.detect_zeroes.is_some()),
        ("driver/metadata_cache", driver.metadata_cache.is_some()),
    ];
    parts.into_iter().find(|(_, is_there)| *is_there).map(|(path, _)| path)
}
