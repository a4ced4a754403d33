//! What a disk cannot be.

use super::{source, vhost_user};
use crate::document::DocumentErrorKind::{Invalid, Malformed, MissingSource, Unsupported};
use crate::domain::devices::VirtioOptions;
use crate::domain::devices::disk::{Disk, DiskBus, DiskDevice, ScsiCommands};
use crate::domain::rules::Fault;
use crate::storage_source::{NetworkProtocol, StartupPolicy, StorageFormat, StorageSource};
use crate::xml::quoted;
use std::collections::HashSet;

/// Refuses a name that is not one of such a disk.
fn check_name(disk: &Disk) -> Result<(), Fault> {
    let Some(target) = &disk.target else { return Ok(()) };
    let prefixes: &[&str] = match disk.device {
        Some(DiskDevice::Floppy) => &["fd"],
        Some(DiskDevice::Disk | DiskDevice::Lun) | None => &["hd", "sd", "vd", "xvd", "ubd"],
        Some(DiskDevice::Cdrom) => return Ok(()),
    };
    if prefixes.iter().any(|prefix| target.name.starts_with(prefix)) {
        return Ok(());
    }
    let message =
        format!("{} is no name of such a disk: it begins with {}", quoted(&target.name), prefixes.join(", "));
    Err(Fault::new(Malformed, "target/@dev", message))
}

/// Refuses disks that contradict themselves, and names that are taken.
pub(super) fn check(disks: &[Disk]) -> Result<(), Fault> {
    let mut names = HashSet::new();
    for (index, disk) in disks.iter().enumerate() {
        let place = || format!("devices/disk[{}]", index + 1);
        check_one(disk).map_err(|fault| fault.within(&place()))?;
        if let Some(target) = &disk.target
            && !names.insert(&target.name)
        {
            let message = format!("another disk has the name {}", quoted(&target.name));
            return Err(Fault::new(Invalid, format!("{}/target/@dev", place()), message));
        }
    }
    Ok(())
}

fn check_one(disk: &Disk) -> Result<(), Fault> {
    check_lun(disk)?;
    check_name(disk)?;
    source::check_protection(disk)?;
    check_target(disk)?;
    check_identity(disk)?;
    check_virtio(disk)?;
    vhost_user::check(disk)?;
    check_startup(disk)?;
    check_tuning(disk)?;
    if disk.device == Some(DiskDevice::Disk) && source::is_empty(&disk.source) {
        return Err(Fault::new(MissingSource, "source", "the disk has no source"));
    }
    Ok(())
}

fn check_target(disk: &Disk) -> Result<(), Fault> {
    let Some(target) = &disk.target else { return Ok(()) };
    let is_floppy = disk.device == Some(DiskDevice::Floppy);
    if let Some(bus) = target.bus
        && is_floppy != (bus == DiskBus::Fdc)
        && (is_floppy || disk.device != Some(DiskDevice::Cdrom))
    {
        let message = format!("a disk of this sort cannot be on the bus {bus}");
        return Err(Fault::new(Malformed, "target/@bus", message));
    }
    if target.removable.is_some() && target.bus != Some(DiskBus::Usb) {
        return Err(Fault::new(
            Invalid,
            "target/@removable",
            "only USB disks say whether they can be taken out",
        ));
    }
    if target.tray.is_some() && !matches!(disk.device, Some(DiskDevice::Cdrom | DiskDevice::Floppy)) {
        return Err(Fault::new(Unsupported, "target/@tray", "only CD-ROM and floppy drives have a tray"));
    }
    Ok(())
}

fn check_identity(disk: &Disk) -> Result<(), Fault> {
    if let Some(name) = &disk.world_wide_name {
        let digits = name.strip_prefix("0x").unwrap_or(name);
        if digits.len() != 16 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let message = format!("{} is no World Wide Name", quoted(name));
            return Err(Fault::new(Malformed, "wwn", message).hint("write 16 hexadecimal digits"));
        }
    }
    for (element, text, most) in [("vendor", &disk.vendor, 8), ("product", &disk.product, 16)] {
        let Some(text) = text else { continue };
        if text.len() > most {
            let message = format!("{} has more than {most} characters", quoted(text));
            return Err(Fault::new(Unsupported, element, message));
        }
        if !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Err(Fault::new(Invalid, element, format!("{} cannot be printed in ASCII", quoted(text))));
        }
    }
    Ok(())
}

fn check_lun(disk: &Disk) -> Result<(), Fault> {
    if disk.device != Some(DiskDevice::Lun) {
        let wrong = [
            ("@rawio", disk.raw_io.is_some()),
            ("@sgio", disk.scsi_commands.is_some()),
            ("source/reservations", source::has_reservations(&disk.source)),
        ];
        return match wrong.into_iter().find(|(_, is_there)| *is_there) {
            Some((path, _)) => {
                Err(Fault::new(Unsupported, path, "only a disk of the sort lun can have this"))
            }
            None => Ok(()),
        };
    }
    if disk.scsi_commands == Some(ScsiCommands::Unfiltered) {
        return Err(Fault::new(Unsupported, "@sgio", "commands are always filtered"));
    }
    let has_source = match &disk.source {
        StorageSource::Block(_) | StorageSource::Volume(_) => true,
        StorageSource::Network(network) => {
            network.source.as_ref().is_some_and(|source| source.protocol == NetworkProtocol::Iscsi)
        }
        _ => false,
    };
    if !has_source {
        return Err(Fault::new(
            Unsupported,
            "@type",
            "a disk of the sort lun is a device, a volume or on iSCSI",
        ));
    }
    let format = disk.driver.as_ref().and_then(|driver| driver.format);
    if format.is_some_and(|format| format != StorageFormat::Raw) {
        return Err(Fault::new(Unsupported, "driver/@type", "a disk of the sort lun has the format raw"));
    }
    Ok(())
}

fn check_virtio(disk: &Disk) -> Result<(), Fault> {
    if disk.target.as_ref().and_then(|target| target.bus) == Some(DiskBus::Virtio) {
        return Ok(());
    }
    let mut wrong = vec![("@model", disk.model.is_some())];
    if let Some(driver) = &disk.driver {
        wrong.extend([
            ("driver/@queues", driver.queues.is_some()),
            ("driver/@queue_size", driver.queue_size.is_some()),
            ("driver/@ioeventfd", driver.io_event.is_some()),
            ("driver/@event_idx", driver.event_index.is_some()),
            ("driver", driver.virtio != VirtioOptions::default()),
        ]);
    }
    match wrong.into_iter().find(|(_, is_there)| *is_there) {
        Some((path, _)) => Err(Fault::new(Unsupported, path, "only a disk on the bus virtio can have this")),
        None => Ok(()),
    }
}

fn check_startup(disk: &Disk) -> Result<(), Fault> {
    let policy = source::startup_policy(&disk.source);
    let is_drive = matches!(disk.device, Some(DiskDevice::Cdrom | DiskDevice::Floppy));
    if policy == Some(StartupPolicy::Requisite) && !is_drive {
        let message = "only the medium of a drive can be required at boot alone";
        return Err(Fault::new(Invalid, "source/@startupPolicy", message));
    }
    let is_network = matches!(disk.source, StorageSource::Network(_));
    if policy.is_some() && is_network {
        return Err(Fault::new(
            Invalid,
            "source/@startupPolicy",
            "a source on a server has no startup policy",
        ));
    }
    Ok(())
}

fn check_tuning(disk: &Disk) -> Result<(), Fault> {
    let Some(tuning) = &disk.io_tuning else { return Ok(()) };
    let both = [
        (
            "total_bytes_sec",
            tuning.total_bytes_per_second,
            tuning.read_bytes_per_second,
            tuning.write_bytes_per_second,
        ),
        (
            "total_iops_sec",
            tuning.total_requests_per_second,
            tuning.read_requests_per_second,
            tuning.write_requests_per_second,
        ),
        ("total_bytes_sec_max", tuning.total_bytes_burst, tuning.read_bytes_burst, tuning.write_bytes_burst),
        (
            "total_iops_sec_max",
            tuning.total_requests_burst,
            tuning.read_requests_burst,
            tuning.write_requests_burst,
        ),
    ];
    match both.into_iter().find(|(_, total, read, write)| *total > 0 && (*read > 0 || *write > 0)) {
        Some((name, ..)) => {
            let message = "a limit for both ways and limits for each way exclude each other";
            Err(Fault::new(Invalid, format!("iotune/{name}"), message))
        }
        None => Ok(()),
    }
}
