//! Disks of QEMU.

mod address;
mod source;

use super::shared_memory::{SHARE_MEMORY, shares_memory};
use crate::document::DocumentErrorKind::{ArgumentUnsupported, Malformed, Unsupported};
use crate::domain::Domain;
use crate::domain::devices::disk::{CacheMode, Disk, DiskBus, DiskDevice, DiskDriver, IoMode, IoTuning};
use crate::domain::rules::Fault;
use crate::storage_source::{StorageFormat, StorageSource};
use crate::xml::quoted;
use std::collections::{HashMap, HashSet};

/// The most that QEMU counts in a second.
const MOST_THROUGHPUT: u64 = 1_000_000_000_000_000;

/// Fills in what QEMU serves a disk with.
pub(super) fn complete(domain: &mut Domain) {
    for disk in &mut domain.devices.disks {
        let is_volume = matches!(disk.source, StorageSource::Volume(_));
        let driver = disk.driver.get_or_insert_with(DiskDriver::default);
        driver.name.get_or_insert_with(|| "qemu".to_owned());
        // The format of a volume is the pool's to tell.
        if !is_volume {
            driver.format.get_or_insert(StorageFormat::Raw);
        }
        source::complete(disk);
    }
}

/// Refuses disks that QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let threads = io_threads(domain);
    let mut groups = HashMap::new();
    for (index, disk) in domain.devices.disks.iter().enumerate() {
        check_one(disk, &threads)
            .and_then(|()| check_shared_memory(domain, disk))
            .and_then(|()| address::check_scsi(domain, disk))
            .and_then(|()| check_group(disk.io_tuning.as_ref(), &mut groups))
            .map_err(|fault| fault.within(&format!("devices/disk[{}]", index + 1)))?;
    }
    Ok(())
}

fn check_one(disk: &Disk, threads: &IoThreads) -> Result<(), Fault> {
    address::check(disk)?;
    check_bus(disk)?;
    check_identity(disk)?;
    if let Some(driver) = &disk.driver {
        check_driver(driver)?;
        check_threads(disk, driver, threads)?;
    }
    check_use(disk)?;
    source::check(disk)?;
    disk.io_tuning.as_ref().map_or(Ok(()), check_limits)
}

/// Another process that serves a disk reads and writes the guest's memory.
fn check_shared_memory(domain: &Domain, disk: &Disk) -> Result<(), Fault> {
    if matches!(disk.source, StorageSource::VhostUser(_)) && !shares_memory(domain) {
        return Err(Fault::new(Unsupported, "source", "a vhost-user disk needs memory that is shared")
            .hint(SHARE_MEMORY));
    }
    Ok(())
}

fn bus_of(disk: &Disk) -> Option<DiskBus> {
    disk.target.as_ref().and_then(|target| target.bus)
}

fn check_bus(disk: &Disk) -> Result<(), Fault> {
    let bus = bus_of(disk);
    let wrong = match disk.device {
        Some(DiskDevice::Cdrom) if bus == Some(DiskBus::Virtio) => {
            "a virtio disk has no medium to be changed"
        }
        Some(DiskDevice::Lun) if !matches!(bus, Some(DiskBus::Scsi | DiskBus::Virtio)) => {
            "a disk of the sort lun is on the bus scsi or virtio"
        }
        Some(DiskDevice::Disk) if disk.is_read_only && matches!(bus, Some(DiskBus::Ide | DiskBus::Sata)) => {
            "a disk on the bus ide or sata cannot be read-only"
        }
        _ => return Ok(()),
    };
    Err(Fault::new(Unsupported, "target/@bus", wrong))
}

fn check_identity(disk: &Disk) -> Result<(), Fault> {
    let Some(target) = &disk.target else { return Ok(()) };
    let is_scsi = target.bus == Some(DiskBus::Scsi);
    let is_ata = matches!(target.bus, Some(DiskBus::Ide | DiskBus::Sata));
    let is_lun = disk.device == Some(DiskDevice::Lun);
    if target.name.ends_with(|last: char| last.is_ascii_digit()) {
        return Err(Fault::new(Unsupported, "target/@dev", "a disk is not named like a partition"));
    }
    if disk.world_wide_name.is_some() && (is_lun || !(is_scsi || is_ata)) {
        return Err(Fault::new(
            Unsupported,
            "wwn",
            "only a disk on the bus scsi, ide or sata has a World Wide Name",
        ));
    }
    for (element, text) in [("vendor", &disk.vendor), ("product", &disk.product)] {
        if text.is_some() && (is_lun || !is_scsi) {
            return Err(Fault::new(
                Unsupported,
                element,
                "only a disk on the bus scsi tells its vendor and product",
            ));
        }
    }
    if target.rotation_rate.is_some() && !(is_scsi || is_ata) {
        let message = "only a disk on the bus scsi, ide or sata tells how fast it rotates";
        return Err(Fault::new(Malformed, "target/@rotation_rate", message));
    }
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+ ".contains(&byte);
    match &disk.serial {
        Some(serial) if !serial.bytes().all(is_safe) => {
            let message = format!("the serial number {} has characters that it cannot have", quoted(serial));
            Err(Fault::new(Malformed, "serial", message).hint("use letters, digits and - _ . +"))
        }
        _ => Ok(()),
    }
}

fn check_driver(driver: &DiskDriver) -> Result<(), Fault> {
    if let Some(name) = driver.name.as_ref().filter(|name| *name != "qemu") {
        return Err(Fault::new(
            Unsupported,
            "driver/@name",
            format!("{} is no driver of QEMU", quoted(name)),
        ));
    }
    let is_cached = !matches!(driver.cache, Some(CacheMode::None | CacheMode::DirectSync));
    if driver.io == Some(IoMode::Native) && is_cached {
        return Err(Fault::new(
            Unsupported,
            "driver/@io",
            "native input and output goes past the host's cache",
        )
        .hint("set cache='none' or cache='directsync'"));
    }
    if driver.metadata_cache.is_some() && driver.format != Some(StorageFormat::Qcow2) {
        return Err(Fault::new(Unsupported, "driver/metadata_cache", "only qcow2 images have such a cache"));
    }
    Ok(())
}

/// The numbers of the threads for input and output.
pub(super) struct IoThreads {
    named: HashSet<u32>,
    /// How many there are, named or not.
    count: u32,
}

impl IoThreads {
    /// Threads that are not named have the lowest numbers that are free.
    pub(super) fn has(&self, wanted: u32) -> bool {
        if self.named.contains(&wanted) {
            return true;
        }
        let unnamed = u64::from(self.count).saturating_sub(self.named.len() as u64);
        let below = self.named.iter().filter(|id| **id < wanted).count() as u64;
        u64::from(wanted) >= 1 && u64::from(wanted) - below <= unnamed
    }
}

pub(super) fn io_threads(domain: &Domain) -> IoThreads {
    let named = domain.iothreads.iter().map(|thread| thread.id).collect();
    IoThreads { named, count: domain.iothread_count.unwrap_or_default() }
}

fn check_threads(disk: &Disk, driver: &DiskDriver, threads: &IoThreads) -> Result<(), Fault> {
    let Some(id) = driver.io_thread else { return Ok(()) };
    if bus_of(disk) != Some(DiskBus::Virtio) {
        return Err(Fault::new(
            Unsupported,
            "driver/@iothread",
            "only virtio disks have threads of their own",
        ));
    }
    if !threads.has(id) {
        return Err(Fault::new(
            Unsupported,
            "driver/@iothread",
            format!("the domain has no I/O thread {id}"),
        ));
    }
    Ok(())
}

fn check_use(disk: &Disk) -> Result<(), Fault> {
    let Some(driver) = &disk.driver else { return Ok(()) };
    let copies = driver.copy_on_read == Some(crate::document::OnOff::On);
    if copies && (disk.is_read_only || disk.is_shareable) {
        return Err(Fault::new(
            Unsupported,
            "driver/@copy_on_read",
            "only a disk of its own can be written by reading",
        ));
    }
    if disk.is_shareable && driver.format.is_some_and(|format| format != StorageFormat::Raw) {
        return Err(Fault::new(Unsupported, "shareable", "only disks of the format raw can be shared"));
    }
    if disk.transient.is_some() && !matches!(disk.source, StorageSource::File(_)) {
        return Err(Fault::new(
            Unsupported,
            "transient",
            "only what a guest writes to a file can be thrown away",
        ));
    }
    if disk.transient.is_some() && disk.is_read_only {
        return Err(Fault::new(
            Unsupported,
            "transient",
            "a disk that is only read has nothing to throw away",
        ));
    }
    Ok(())
}

fn check_limits(tuning: &IoTuning) -> Result<(), Fault> {
    let limits = [
        tuning.total_bytes_per_second,
        tuning.read_bytes_per_second,
        tuning.write_bytes_per_second,
        tuning.total_requests_per_second,
        tuning.read_requests_per_second,
        tuning.write_requests_per_second,
        tuning.total_bytes_burst,
        tuning.read_bytes_burst,
        tuning.write_bytes_burst,
        tuning.total_requests_burst,
        tuning.read_requests_burst,
        tuning.write_requests_burst,
        tuning.request_size,
    ];
    if limits.iter().any(|limit| *limit > MOST_THROUGHPUT) {
        let message = format!("QEMU knows no limits above {MOST_THROUGHPUT}");
        return Err(Fault::new(ArgumentUnsupported, "iotune", message));
    }
    if tuning.group_name.is_some() && tuning.has_no_limit() {
        return Err(Fault::new(Unsupported, "iotune/group_name", "the group has no limits"));
    }
    Ok(())
}

/// Disks of a group have the same limits.
fn check_group<'d>(
    tuning: Option<&'d IoTuning>,
    groups: &mut HashMap<&'d str, &'d IoTuning>,
) -> Result<(), Fault> {
    let Some((tuning, name)) = tuning.and_then(|tuning| Some((tuning, tuning.group_name.as_deref()?))) else {
        return Ok(());
    };
    if groups.entry(name).or_insert(tuning) == &tuning {
        Ok(())
    } else {
        Err(Fault::new(Unsupported, "iotune", "another disk of the group has other limits"))
    }
}
