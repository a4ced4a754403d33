//! Disks, CD-ROMs and floppy disks: the nodes that read and write their images, and the devices.

use super::builder::{Builder, Properties, is_on, unsupported};
use super::machine::boot_index;
use omnivirt_core::Result;
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::BootTarget;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::domain::devices::address::{Address, DriveAddress};
use omnivirt_core::domain::devices::disk::{
    BackingStore, CacheMode, DetectZeroes, DiscardMode, DiskBus, DiskDevice, DiskModel,
};
use omnivirt_core::storage_source::{StorageFormat, StorageSource};

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let mut seen = Vec::new();
    for (place, disk) in builder.domain.devices.disks.iter().enumerate() {
        let sort = boot_sort(disk);
        let is_first = !seen.contains(&sort);
        seen.push(sort);
        write_one(builder, disk, place + 1, boot_index(builder, sort, is_first))?;
    }
    Ok(())
}

fn boot_sort(disk: &Disk) -> BootTarget {
    match disk.device {
        Some(DiskDevice::Cdrom) => BootTarget::CdRom,
        Some(DiskDevice::Floppy) => BootTarget::Floppy,
        _ => BootTarget::HardDisk,
    }
}

fn write_one(builder: &mut Builder<'_>, disk: &Disk, number: usize, boots: Option<u32>) -> Result<()> {
    let node = nodes(builder, disk, number)?;
    let bus = disk.target.as_ref().and_then(|target| target.bus).unwrap_or(DiskBus::Virtio);
    let driver = disk.driver.as_ref();
    let is_cd = disk.device == Some(DiskDevice::Cdrom);
    let mut properties = match bus {
        DiskBus::Virtio => {
            let name = builder.virtio("blk", &disk.info)
                + match disk.model {
                    Some(DiskModel::VirtioTransitional) => "-transitional",
                    Some(DiskModel::VirtioNonTransitional) => "-non-transitional",
                    _ => "",
                };
            Properties::of(name)
                .maybe(
                    "iothread",
                    driver.and_then(|driver| driver.io_thread).map(|number| format!("iothread{number}")),
                )
                .maybe("num-queues", driver.and_then(|driver| driver.queues))
                .maybe("queue-size", driver.and_then(|driver| driver.queue_size))
                .maybe("ioeventfd", driver.and_then(|driver| driver.io_event).map(is_on))
                .maybe("event_idx", driver.and_then(|driver| driver.event_index).map(is_on))
                .virtio(driver.map(|driver| &driver.virtio))
        }
        DiskBus::Ide | DiskBus::Sata => {
            let drive = drive_address(disk);
            let controller = if bus == DiskBus::Ide || drive.controller.unwrap_or(0) == 0 {
                "ide".to_owned()
            } else {
                format!("sata{}", drive.controller.unwrap_or(0))
            };
            let (place, unit) = match bus {
                DiskBus::Ide => (drive.bus.unwrap_or(0), drive.unit.unwrap_or(0)),
                _ => (drive.unit.unwrap_or(0), 0),
            };
            let properties = Properties::of(if is_cd { "ide-cd" } else { "ide-hd" })
                .with("bus", format!("{controller}.{place}"));
            if bus == DiskBus::Ide { properties.with("unit", unit) } else { properties }
        }
        DiskBus::Scsi => {
            let drive = drive_address(disk);
            let name = match disk.device {
                Some(DiskDevice::Cdrom) => "scsi-cd",
                Some(DiskDevice::Lun) => "scsi-block",
                _ => "scsi-hd",
            };
            Properties::of(name)
                .with("bus", format!("scsi{}.{}", drive.controller.unwrap_or(0), drive.bus.unwrap_or(0)))
                .with("channel", 0)
                .with("scsi-id", drive.target.unwrap_or(0))
                .with("lun", drive.unit.unwrap_or(0))
                .maybe("vendor", disk.vendor.clone())
                .maybe("product", disk.product.clone())
        }
        DiskBus::Usb => Properties::of("usb-storage")
            .maybe("removable", disk.target.as_ref().and_then(|target| target.removable).map(is_on)),
        DiskBus::Fdc => {
            let unit = drive_address(disk).unit.unwrap_or(0);
            Properties::of("floppy").with("unit", unit)
        }
        other => return Err(unsupported(format!("a disk on the bus {}", other.to_text()))),
    };
    if let Some(io) = &disk.block_io {
        properties = properties
            .maybe("logical_block_size", io.logical_block_size)
            .maybe("physical_block_size", io.physical_block_size);
    }
    if let Some(geometry) = &disk.geometry {
        properties = properties
            .maybe("cyls", geometry.cylinders)
            .maybe("heads", geometry.heads)
            .maybe("secs", geometry.sectors);
    }
    let policy = driver.and_then(|driver| driver.error_policy);
    let read_policy = driver.and_then(|driver| driver.read_error_policy);
    let word = |policy: omnivirt_core::domain::devices::disk::ErrorPolicy| match &*policy.to_text() {
        "enospace" => "enospc".to_owned(),
        word => word.to_owned(),
    };
    properties = properties
        .maybe("share-rw", disk.is_shareable.then_some(true))
        .maybe("drive", node)
        .with("id", builder.id(&disk.info)?)
        .maybe("bootindex", boots.filter(|_| disk.info.boot.is_none()))
        .maybe("serial", disk.serial.clone())
        .maybe(
            "wwn",
            disk.world_wide_name
                .as_deref()
                .and_then(|wwn| u64::from_str_radix(wwn.trim_start_matches("0x"), 16).ok()),
        )
        .maybe("rotation_rate", disk.target.as_ref().and_then(|target| target.rotation_rate))
        .maybe("write-cache", driver.and_then(|driver| driver.cache).map(write_cache))
        .maybe("werror", policy.map(word))
        .maybe("rerror", read_policy.or(policy).map(word).filter(|word| word != "enospc"));
    let properties = builder.placed(properties, &disk.info)?;
    builder.device(properties)
}

/// Whether the guest is told of a cache that it has to flush.
fn write_cache(cache: CacheMode) -> &'static str {
    match cache {
        CacheMode::WriteThrough | CacheMode::DirectSync => "off",
        _ => "on",
    }
}

fn drive_address(disk: &Disk) -> DriveAddress {
    match &disk.info.address {
        Some(Address::Drive(drive)) => drive.clone(),
        _ => DriveAddress::default(),
    }
}

/// Writes the nodes of a disk and of the images below it. Returns the name of the topmost; none of an empty drive.
fn nodes(builder: &mut Builder<'_>, disk: &Disk, number: usize) -> Result<Option<String>> {
    let Some(storage) = storage(&disk.source)? else { return Ok(None) };
    let is_read_only = disk.is_read_only || disk.device == Some(DiskDevice::Cdrom);
    let below = match &disk.backing_store {
        Some(below) => chain(builder, below, number, 1)?,
        None => None,
    };
    let driver = disk.driver.as_ref();
    let format = driver.and_then(|driver| driver.format).unwrap_or(StorageFormat::Raw);
    let cache = driver.and_then(|driver| driver.cache).filter(|cache| *cache != CacheMode::Default);
    let cached = |properties: Properties| match cache {
        Some(cache) => properties.with(
            "cache",
            serde_json::json!({
                "direct": matches!(cache, CacheMode::None | CacheMode::DirectSync),
                "no-flush": cache == CacheMode::Unsafe,
            }),
        ),
        None => properties,
    };
    let names = names(number, 0);
    let storage = storage
        .maybe("aio", driver.and_then(|driver| driver.io).map(|io| io.to_text().into_owned()))
        .with("node-name", names.0.clone())
        .with("auto-read-only", true)
        .with("discard", "unmap");
    builder.json("-blockdev", cached(storage));
    let node = cached(Properties::of(format_driver(format)?))
        .with("node-name", names.1.clone())
        .with("read-only", is_read_only)
        .word("discard", driver.and_then(|driver| driver.discard.as_ref()))
        .maybe(
            "detect-zeroes",
            detect_zeroes(
                driver.and_then(|driver| driver.detect_zeroes),
                driver.and_then(|driver| driver.discard),
            ),
        )
        .with("file", names.0);
    // What lies below is what the document says, and never what the image itself names.
    let node = if has_backing(format) {
        node.with("backing", below.map_or(serde_json::Value::Null, Into::into))
    } else {
        node
    };
    builder.json("-blockdev", node);
    if driver.and_then(|driver| driver.copy_on_read).is_some_and(is_on) {
        let name = format!("copy-on-read-{number}");
        builder.json(
            "-blockdev",
            Properties::of("copy-on-read").with("node-name", name.clone()).with("file", names.1),
        );
        return Ok(Some(name));
    }
    Ok(Some(names.1))
}

/// Writes the nodes of the images below a disk.
fn chain(
    builder: &mut Builder<'_>,
    store: &BackingStore,
    number: usize,
    depth: usize,
) -> Result<Option<String>> {
    let Some(source) = &store.source else { return Ok(None) };
    let Some(storage) = storage(source)? else { return Ok(None) };
    let below = match &store.backing_store {
        Some(below) => chain(builder, below, number, depth + 1)?,
        None => None,
    };
    let format = store.format.as_ref().map_or(StorageFormat::Raw, |format| format.format);
    let names = names(number, depth);
    let storage =
        storage.with("node-name", names.0.clone()).with("auto-read-only", true).with("discard", "unmap");
    builder.json("-blockdev", storage);
    let node = Properties::of(format_driver(format)?)
        .with("node-name", names.1.clone())
        .with("read-only", true)
        .with("file", names.0);
    let node = if has_backing(format) {
        node.with("backing", below.map_or(serde_json::Value::Null, Into::into))
    } else {
        node
    };
    builder.json("-blockdev", node);
    Ok(Some(names.1))
}

/// The names of the nodes of an image: of its bytes, and of what is in them.
fn names(number: usize, depth: usize) -> (String, String) {
    let name = if depth == 0 { format!("disk-{number}") } else { format!("disk-{number}-{depth}") };
    (format!("{name}-storage"), format!("{name}-format"))
}

fn detect_zeroes(detect: Option<DetectZeroes>, discard: Option<DiscardMode>) -> Option<String> {
    let detect = detect?;
    // Without discarding there is nothing to unmap.
    if detect == DetectZeroes::Unmap && discard != Some(DiscardMode::Unmap) {
        return Some("on".to_owned());
    }
    Some(detect.to_text().into_owned())
}

fn has_backing(format: StorageFormat) -> bool {
    matches!(&*format.to_text(), "qcow" | "qcow2" | "qed" | "vmdk")
}

/// QEMU's name of a format.
fn format_driver(format: StorageFormat) -> Result<String> {
    let name = format.to_text();
    Ok(match &*name {
        "raw" | "qcow" | "qcow2" | "qed" | "vmdk" | "vdi" | "cloop" | "dmg" | "bochs" | "luks" => {
            name.into_owned()
        }
        "vpc" => "vpc".to_owned(),
        "iso" => "raw".to_owned(),
        "ploop" => "parallels".to_owned(),
        other => return Err(unsupported(format!("images of the format {other}"))),
    })
}

/// The node that reads and writes a disk's bytes; none of an empty drive.
fn storage(source: &StorageSource) -> Result<Option<Properties>> {
    Ok(match source {
        StorageSource::File(storage) => {
            let path = storage.source.as_ref().and_then(|source| source.file.clone());
            path.map(|path| Properties::of("file").with("filename", path))
        }
        StorageSource::Block(storage) => {
            let path = storage.source.as_ref().and_then(|source| source.device.clone());
            path.map(|path| Properties::of("host_device").with("filename", path))
        }
        StorageSource::Directory(storage) => {
            let path = storage.source.as_ref().and_then(|source| source.directory.clone());
            path.map(|path| Properties::of("vvfat").with("dir", path).with("floppy", false).with("rw", false))
        }
        StorageSource::Network(_) => return Err(unsupported("<disk type='network'> yet")),
        StorageSource::Volume(_) => {
            return Err(unsupported("<disk type='volume'>: there are no storage pools yet"));
        }
        StorageSource::Nvme(_) => return Err(unsupported("<disk type='nvme'> yet")),
        StorageSource::VhostUser(_) => return Err(unsupported("<disk type='vhostuser'> yet")),
        _ => return Err(unsupported("a disk of that type")),
    })
}
