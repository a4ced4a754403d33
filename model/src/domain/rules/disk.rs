//! Disks: what is filled in, dropped and refused whatever the hypervisor is.

mod address;
mod check;
pub(super) mod source;
mod tuning;
mod vhost_user;

pub(super) use address::{numbers, scsi_addresses};

use super::Fault;
use crate::document::DocumentErrorKind::{Invalid, MissingTarget, Unsupported};
use crate::document::YesNo;
use crate::domain::SnapshotLocation;
use crate::domain::devices::disk::{
    BackingStore, CacheMode, Disk, DiskBus, DiskDevice, DiskDriver, DiskModel, ErrorPolicy, TargetName,
};
use crate::domain::devices::{Devices, Hostdev};
use crate::storage_source::{FileStorage, MetadataCache, StorageFormat, StorageSource};
use crate::xml::quoted;

/// Completes each disk, orders them and gives those on buses of drives their addresses. Says at which place, from 0, each
/// was written.
pub(super) fn complete(devices: &mut Devices) -> Result<Vec<usize>, Fault> {
    for (index, disk) in devices.disks.iter_mut().enumerate() {
        complete_one(disk).map_err(|fault| fault.within(&format!("devices/disk[{}]", index + 1)))?;
    }
    let places = order(&mut devices.disks);
    for (place, disk) in places.iter().zip(&mut devices.disks) {
        complete_bus(disk).map_err(|fault| fault.within(&format!("devices/disk[{}]", place + 1)))?;
    }
    tuning::share(&mut devices.disks);
    Ok(places)
}

/// Refuses disks that contradict themselves or each other.
pub(super) fn check(disks: &[Disk], hostdevs: &[Hostdev]) -> Result<(), Fault> {
    check::check(disks)?;
    address::check(disks, hostdevs)
}

/// Of one bus behind each other by their names; buses in the order of their first disks. A bus that is not written counts
/// as one of its own. Says at which place each was before.
fn order(disks: &mut Vec<Disk>) -> Vec<usize> {
    let bus = |disk: &Disk| disk.target.as_ref().and_then(|target| target.bus);
    let mut buses = Vec::new();
    for disk in disks.iter() {
        if !buses.contains(&bus(disk)) {
            buses.push(bus(disk));
        }
    }
    let place = |disk: &Disk| {
        let index = disk.target.as_ref().and_then(|target| target.name.index());
        (buses.iter().position(|known| *known == bus(disk)), index)
    };
    let mut numbered: Vec<(usize, Disk)> = std::mem::take(disks).into_iter().enumerate().collect();
    numbered.sort_by_cached_key(|(_, disk)| place(disk));
    let (places, ordered) = numbered.into_iter().unzip();
    *disks = ordered;
    places
}

fn complete_one(disk: &mut Disk) -> Result<(), Fault> {
    let device = *disk.device.get_or_insert(DiskDevice::Disk);
    let Some(target) = &mut disk.target else {
        return Err(Fault::new(MissingTarget, "", "the disk has no target")
            .hint("write it as <target dev='vda' bus='virtio'/>"));
    };
    if let Some(name) = target.name.strip_prefix("ioemu:") {
        target.name = TargetName(name.to_owned());
    }
    if !source::is_there(&disk.source) {
        disk.source = StorageSource::File(FileStorage::default());
    }
    source::complete(&mut disk.source)?;
    source::check_references(disk)?;
    complete_backing(&mut disk.backing_store)?;
    if let Some(driver) = &mut disk.driver {
        complete_driver(driver)?;
    }
    drop_surplus(disk);
    if device == DiskDevice::Cdrom {
        disk.is_read_only = true;
    }
    if matches!(disk.source, StorageSource::VhostUser(_)) {
        disk.snapshot.get_or_insert(SnapshotLocation::No);
    }
    Ok(())
}

/// Leaves out what says nothing, and what only running domains have.
fn drop_surplus(disk: &mut Disk) {
    disk.mirror = None;
    if disk.is_read_only {
        disk.snapshot = disk.snapshot.filter(|place| *place != SnapshotLocation::No);
    }
    disk.model = disk.model.filter(|model| *model != DiskModel::Default);
    disk.geometry = disk.geometry.take().filter(|geometry| {
        [geometry.cylinders, geometry.heads, geometry.sectors]
            .iter()
            .all(|number| number.is_some_and(|number| number > 0))
    });
    if let Some(block_io) = &mut disk.block_io {
        block_io.logical_block_size = block_io.logical_block_size.filter(|size| *size > 0);
        block_io.physical_block_size = block_io.physical_block_size.filter(|size| *size > 0);
    }
    if let Some(transient) = &mut disk.transient {
        transient.share_backing = transient.share_backing.filter(|share| *share == YesNo::Yes);
    }
    if let Some(target) = &mut disk.target {
        target.rotation_rate = target.rotation_rate.filter(|rate| *rate > 0);
    }
}

fn complete_driver(driver: &mut DiskDriver) -> Result<(), Fault> {
    match driver.format {
        Some(StorageFormat::Aio) => driver.format = Some(StorageFormat::Raw),
        Some(format @ (StorageFormat::None | StorageFormat::Luks)) => {
            let message = format!("{} is no format that a disk can have", quoted(format.as_str()));
            return Err(Fault::new(Unsupported, "driver/@type", message));
        }
        _ => {}
    }
    if driver.read_error_policy == Some(ErrorPolicy::NoSpace) {
        let message = "a disk that is read does not run out of space";
        return Err(Fault::new(Unsupported, "driver/@rerror_policy", message));
    }
    if driver.io_thread == Some(0) {
        return Err(Fault::new(Invalid, "driver/@iothread", "I/O threads are counted from 1"));
    }
    driver.cache = driver.cache.filter(|cache| *cache != CacheMode::Default);
    driver.queues = driver.queues.filter(|queues| *queues > 0);
    driver.queue_size = driver.queue_size.filter(|size| *size > 0);
    complete_cache(&mut driver.metadata_cache);
    Ok(())
}

fn complete_cache(cache: &mut Option<MetadataCache>) {
    *cache = cache.take().filter(|cache| cache.max_size.is_some_and(|size| size.bytes() > 0));
}

/// Completes a chain of images down to its end.
fn complete_backing(mut next: &mut Option<Box<BackingStore>>) -> Result<(), Fault> {
    let mut path = String::new();
    while let Some(store) = next {
        path.push_str(if path.is_empty() { "backingStore" } else { "/backingStore" });
        store.index = None;
        let Some(source) = &mut store.source else {
            **store = BackingStore::default();
            return Ok(());
        };
        let Some(format) = &mut store.format else {
            return Err(Fault::new(Invalid, path, "the image has no format"));
        };
        complete_cache(&mut format.metadata_cache);
        if matches!(format.format, StorageFormat::None | StorageFormat::Luks | StorageFormat::Aio) {
            let message = format!("{} is no format that an image can have", quoted(format.format.as_str()));
            return Err(Fault::new(Invalid, format!("{path}/format/@type"), message));
        }
        if !source::is_there(source) {
            return Err(Fault::new(Invalid, path, "the image has no source"));
        }
        source::complete(source).map_err(|fault| fault.within(&path))?;
        source::clear_startup_policy(source);
        next = &mut store.backing_store;
    }
    Ok(())
}

/// Decides on the bus, and on the place there.
fn complete_bus(disk: &mut Disk) -> Result<(), Fault> {
    let device = disk.device.unwrap_or(DiskDevice::Disk);
    let Some(target) = &mut disk.target else { return Ok(()) };
    if target.bus.is_none() {
        target.bus = match device {
            DiskDevice::Floppy => Some(DiskBus::Fdc),
            _ => bus_of(&target.name),
        };
    }
    address::assign(disk)
}

/// The bus that goes with a name.
fn bus_of(name: &str) -> Option<DiskBus> {
    const BUSES: [(&str, DiskBus); 6] = [
        ("fd", DiskBus::Ide),
        ("hd", DiskBus::Ide),
        ("sd", DiskBus::Scsi),
        ("vd", DiskBus::Virtio),
        ("xvd", DiskBus::Xen),
        ("ubd", DiskBus::Uml),
    ];
    BUSES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, bus)| *bus)
}
