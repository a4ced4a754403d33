//! The devices through which guests see disks.

use super::node::Chain;
use super::{format, has_targets, sort};
use crate::command::address::{alias, controller, is_on, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::boot::turn_of_disk;
use crate::command::keyed::Keyed;
use crate::command::properties::Properties;
use crate::command::refusal::{missing, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::{Address, DriveAddress};
use omnivirt_core::domain::devices::controller::ControllerBus;
use omnivirt_core::domain::devices::disk::{DiskBus, DiskDevice, DiskModel, ErrorPolicy};
use omnivirt_core::domain::devices::{Disk, VirtioModel};
use omnivirt_core::storage_source::{StorageSource, VhostUserSource};
use serde_json::Value;

/// Adds the device. Without a drive it is an empty one.
pub(super) fn add(arguments: &mut Arguments<'_>, disk: &Disk, drive: Option<String>) -> Result<()> {
    let name = alias(&disk.info, "disk")?;
    let domain = arguments.domain;
    let bus = bus(disk)?;
    let device = match bus {
        DiskBus::Virtio => virtio_block(domain, disk)?,
        DiskBus::Ide | DiskBus::Sata => ide(domain, disk, bus)?,
        DiskBus::Scsi => scsi(domain, disk, name)?,
        DiskBus::Usb => usb(domain, disk)?,
        DiskBus::Fdc => floppy(arguments, disk)?,
        other => {
            return Err(unsupported("disk/target/@bus", format!("QEMU has no disks on the bus '{other}'")));
        }
    };
    let is_floppy = bus == DiskBus::Fdc;
    let policies = policies(disk);
    let device = device
        .with_some("share-rw", disk.is_shareable.then_some(true))
        .with_some("drive", drive)
        .with("id", name)
        .with_some("bootindex", turn_of_disk(domain, disk).filter(|_| !is_floppy))
        .and(numbers(disk)?)
        .with_some("removable", removable(disk, bus))
        .with_some("write-cache", format::write_cache(disk).filter(|_| !is_floppy))
        .and(identity(disk))
        .with_some("werror", policies.0.map(policy))
        .with_some("rerror", policies.1.map(policy));
    arguments.device(name, device);
    if is_floppy && let Some((letter, turn)) = floppy_turn(domain, disk) {
        let is_on_own_controller =
            arguments.machine.family == omnivirt_core::domain::rules::qemu::MachineFamily::Q35;
        if !is_on_own_controller {
            arguments.option("-global", format!("isa-fdc.bootindex{letter}={turn}"));
        }
    }
    Ok(())
}

fn bus(disk: &Disk) -> Result<DiskBus> {
    disk.target.as_ref().and_then(|target| target.bus).ok_or_else(|| missing("disk/target/@bus"))
}

fn drive_address(disk: &Disk) -> Result<&DriveAddress> {
    match &disk.info.address {
        Some(Address::Drive(address)) => Ok(address),
        _ => Err(missing("disk/address")),
    }
}

fn model(disk: &Disk) -> Option<VirtioModel> {
    match disk.model {
        Some(DiskModel::VirtioTransitional) => Some(VirtioModel::VirtioTransitional),
        Some(DiskModel::VirtioNonTransitional) => Some(VirtioModel::VirtioNonTransitional),
        _ => None,
    }
}

fn virtio_block(domain: &Domain, disk: &Disk) -> Result<Properties> {
    let driver = disk.driver.as_ref();
    Ok(Properties::driver(virtio("virtio-blk", &disk.info, model(disk))?)
        .and(virtio_options(driver.map(|driver| &driver.virtio)))
        .with_some("iothread", driver.and_then(|driver| driver.io_thread).map(|id| format!("iothread{id}")))
        .with_some("ioeventfd", driver.and_then(|driver| driver.io_event).map(is_on))
        .with_some("event_idx", driver.and_then(|driver| driver.event_index).map(is_on))
        .with_some("num-queues", driver.and_then(|driver| driver.queues))
        .with_some("queue-size", driver.and_then(|driver| driver.queue_size))
        .and(placed(domain, &disk.info)?))
}

fn ide(domain: &Domain, disk: &Disk, bus: DiskBus) -> Result<Properties> {
    let address = drive_address(disk)?;
    let index = address.controller.unwrap_or(0);
    let driver = if sort(disk) == DiskDevice::Cdrom { "ide-cd" } else { "ide-hd" };
    let device = Properties::driver(driver);
    Ok(match bus {
        DiskBus::Sata => {
            let name = controller(domain, "sata", index, |bus| matches!(bus, ControllerBus::Sata(_)))?;
            device.with("bus", format!("{name}.{}", address.unit.unwrap_or(0)))
        }
        _ => {
            let name = controller(domain, "ide", index, |bus| matches!(bus, ControllerBus::Ide(_)))?;
            device
                .with("bus", format!("{name}.{}", address.bus.unwrap_or(0)))
                .with("unit", address.unit.unwrap_or(0))
        }
    })
}

fn scsi(domain: &Domain, disk: &Disk, name: &str) -> Result<Properties> {
    let address = drive_address(disk)?;
    let index = address.controller.unwrap_or(0);
    let bus = controller(domain, "scsi", index, |bus| matches!(bus, ControllerBus::Scsi(_)))?;
    let driver = match sort(disk) {
        DiskDevice::Cdrom => "scsi-cd",
        DiskDevice::Lun => "scsi-block",
        _ => "scsi-hd",
    };
    let device = Properties::driver(driver).with("bus", format!("{bus}.0"));
    let device = match has_targets(&domain.devices.controllers, index) {
        true => device
            .with("channel", address.bus.unwrap_or(0))
            .with("scsi-id", address.target.unwrap_or(0))
            .with("lun", address.unit.unwrap_or(0)),
        false => device.with("scsi-id", address.unit.unwrap_or(0)),
    };
    let identity = disk.serial.clone().unwrap_or_else(|| format!("drive-{name}"));
    Ok(device.with_some("device_id", (driver != "scsi-block").then_some(identity)))
}

fn usb(domain: &Domain, disk: &Disk) -> Result<Properties> {
    Ok(Properties::driver("usb-storage").and(placed(domain, &disk.info)?))
}

fn floppy(arguments: &Arguments<'_>, disk: &Disk) -> Result<Properties> {
    let address = drive_address(disk)?;
    let device = Properties::driver("floppy").with("unit", address.unit.unwrap_or(0));
    if arguments.machine.family != omnivirt_core::domain::rules::qemu::MachineFamily::Q35 {
        return Ok(device);
    }
    let index = address.controller.unwrap_or(0);
    let name = controller(arguments.domain, "fdc", index, |bus| matches!(bus, ControllerBus::Floppy(_)))?;
    Ok(device.with("bus", format!("{name}.0")))
}

/// The letter of a floppy drive whose turn to boot its controller is told, and the turn.
pub(in crate::command) fn floppy_turn(domain: &Domain, disk: &Disk) -> Option<(char, u32)> {
    if bus(disk).ok()? != DiskBus::Fdc {
        return None;
    }
    let unit = drive_address(disk).ok()?.unit.unwrap_or(0);
    Some((if unit == 0 { 'A' } else { 'B' }, turn_of_disk(domain, disk)?))
}

/// Sizes of blocks, and the geometry that old guests ask for.
fn numbers(disk: &Disk) -> Result<Properties> {
    let block = disk.block_io.as_ref();
    let geometry = disk.geometry.as_ref();
    let wwn = match &disk.world_wide_name {
        None => None,
        Some(text) => Some(
            u64::from_str_radix(text.trim_start_matches("0x"), 16)
                .map_err(|_| unsupported("disk/wwn", format!("'{text}' is no hexadecimal number")))?,
        ),
    };
    Ok(Properties::default()
        .with_some("wwn", wwn.map(Value::from))
        .with_some("rotation_rate", disk.target.as_ref().and_then(|target| target.rotation_rate))
        .with_some("logical_block_size", block.and_then(|block| block.logical_block_size))
        .with_some("physical_block_size", block.and_then(|block| block.physical_block_size))
        .with_some("cyls", geometry.and_then(|geometry| geometry.cylinders))
        .with_some("heads", geometry.and_then(|geometry| geometry.heads))
        .with_some("secs", geometry.and_then(|geometry| geometry.sectors))
        .with_some(
            "bios-chs-trans",
            geometry.and_then(|one| one.translation).map(|translation| translation.as_str()),
        ))
}

/// What the device says it is.
fn identity(disk: &Disk) -> Properties {
    Properties::default()
        .with_some("vendor", disk.vendor.as_deref())
        .with_some("product", disk.product.as_deref())
        .with_some("serial", disk.serial.as_deref())
}

fn removable(disk: &Disk, bus: DiskBus) -> Option<bool> {
    let given = disk.target.as_ref().and_then(|target| target.removable);
    match bus {
        DiskBus::Usb => Some(given == Some(OnOff::On)),
        DiskBus::Scsi if sort(disk) == DiskDevice::Disk => given.map(is_on),
        _ => None,
    }
}

/// What to do on errors of writing and of reading.
fn policies(disk: &Disk) -> (Option<ErrorPolicy>, Option<ErrorPolicy>) {
    let driver = disk.driver.as_ref();
    let write = driver.and_then(|driver| driver.error_policy);
    let read = driver.and_then(|driver| driver.read_error_policy);
    (write, read.or(write.filter(|policy| *policy != ErrorPolicy::NoSpace)))
}

fn policy(policy: ErrorPolicy) -> &'static str {
    match policy {
        ErrorPolicy::NoSpace => "enospc",
        other => other.as_str(),
    }
}

/// A disk that another process is.
pub(super) fn add_vhost_user(
    arguments: &mut Arguments<'_>,
    disk: &Disk,
    source: &VhostUserSource,
) -> Result<()> {
    let name = alias(&disk.info, "disk")?;
    let path = source.path.as_deref().ok_or_else(|| unsupported("disk/source", "it has no path"))?;
    let chardev = format!("chr-vu-{name}");
    let mut option = Keyed::new("socket").with("id", &chardev).with("path", path);
    option = option.with_some("reconnect", source.reconnect.as_ref().and_then(|reconnect| reconnect.timeout));
    arguments.option("-chardev", option);
    let driver = disk.driver.as_ref();
    let device = Properties::driver(virtio("vhost-user-blk", &disk.info, model(disk))?)
        .and(virtio_options(driver.map(|driver| &driver.virtio)))
        .with_some("num-queues", driver.and_then(|driver| driver.queues))
        .with_some("queue-size", driver.and_then(|driver| driver.queue_size))
        .and(placed(arguments.domain, &disk.info)?)
        .with("chardev", chardev)
        .with("id", name)
        .with_some("bootindex", turn_of_disk(arguments.domain, disk));
    arguments.device(name, device);
    Ok(())
}

/// A memory card, which is part of its machine.
pub(super) fn add_card(arguments: &mut Arguments<'_>, disk: &Disk, chain: Option<Chain<'_>>) -> Result<()> {
    let Some(Chain::Nodes(nodes)) = chain else {
        return Err(unsupported("disk/source", "a memory card has an image"));
    };
    let path = match nodes[0].source {
        StorageSource::File(file) => file.source.as_ref().and_then(|source| source.file.as_deref()),
        StorageSource::Block(block) => block.source.as_ref().and_then(|source| source.device.as_deref()),
        _ => None,
    };
    let path = path.ok_or_else(|| unsupported("disk/source", "a memory card is a file or a block device"))?;
    let number = disk.target.as_ref().and_then(|target| target.name.index()).unwrap_or(0);
    let option = Keyed::default()
        .with("file", path)
        .with("format", format::driver(nodes[0].format)?)
        .with("if", "sd")
        .with("index", number);
    let option = match disk.is_read_only {
        true => option.with("readonly", "on"),
        false => option,
    };
    arguments.option("-drive", option);
    Ok(())
}
