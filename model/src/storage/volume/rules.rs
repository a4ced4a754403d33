//! What a driver adds to a volume's document, and what it refuses.

use super::image::NewImage;
use super::target::{BackingStore, Timestamps, VolumeFormat, VolumeFormatType, VolumeTarget};
use super::{Volume, VolumeType};
use crate::Timestamp;
use crate::document::ByteSize;
use crate::document::DocumentErrorKind::{
    Conflict, Failed, Invalid, InvalidArgument, Malformed, NotSupported, SecretMissing, System, Unsupported,
    VolumeExists,
};
use crate::domain::rules::Fault;
use crate::storage::{FileMode, OwnerId, Permissions};
use crate::xml::quoted;

/// The pool of type `dir` in which a volume is made.
#[derive(Debug, Clone)]
pub struct VolumeKeeper<'a> {
    /// The directory.
    pub directory: &'a str,
    /// The volumes that are in it.
    pub volumes: &'a [Volume],
    /// How it keeps them.
    pub keeping: Keeping,
    /// When it is.
    pub now: Timestamp,
}

/// How a pool keeps volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It only notes them, up to so many bytes altogether.
    Noted {
        /// How many bytes are free.
        free: u64,
    },
    /// As files that `qemu-img` makes.
    Files,
}

/// Completes and checks a volume, as making it does.
///
/// # Errors
///
/// Something is missing, or the pool cannot have it.
pub fn complete(volume: &mut Volume, keeper: &VolumeKeeper<'_>) -> Result<(), Fault> {
    check_capacity(volume)?;
    let path = format!("{}/{}", keeper.directory, volume.name);
    match keeper.keeping {
        Keeping::Noted { free } => note(volume, keeper, free)?,
        Keeping::Files => {
            check_name(volume, keeper)?;
            make(volume, keeper)?;
        }
    }
    volume.source = None;
    volume.key = Some(path.clone());
    volume.target.get_or_insert_default().path = Some(path);
    volume.backing_store.take_if(|store| store.path.is_none());
    Ok(())
}

fn format_of(format: Option<&VolumeFormat>) -> VolumeFormatType {
    format.and_then(|format| format.format).unwrap_or(VolumeFormatType::Raw)
}

fn check_capacity(volume: &Volume) -> Result<(), Fault> {
    let has_backing_store = volume.backing_store.as_ref().is_some_and(|store| store.path.is_some());
    if volume.capacity.is_none() && !has_backing_store {
        return Err(Fault::new(Invalid, "capacity", "the volume has no capacity")
            .hint("write it as <capacity unit='GiB'>10</capacity>"));
    }
    Ok(())
}

/// What is the same wherever the volume is kept.
fn complete_target(volume: &mut Volume) {
    let target = volume.target.get_or_insert_default();
    let format = format_of(target.format.as_ref());
    target.format = Some(VolumeFormat { format: Some(format) });
    target.no_copy_on_write = false;
    target.timestamps = None;
    target.cluster_size.take_if(|size| size.0.bytes() == 0);
    if target.features.is_some() {
        target.compatibility.get_or_insert_with(|| "1.1".to_owned());
    }
    if let Some(permissions) = &mut target.permissions {
        permissions.complete();
    }
    if let Some(encryption) = &mut target.encryption {
        encryption.complete();
    }
    if let Some(store) = &mut volume.backing_store {
        let format = format_of(store.format.as_ref());
        store.format = Some(VolumeFormat { format: Some(format) });
        store.timestamps = None;
        if let Some(permissions) = &mut store.permissions {
            permissions.complete();
        }
    }
}

fn note(volume: &mut Volume, keeper: &VolumeKeeper<'_>, free: u64) -> Result<(), Fault> {
    let Some(capacity) = volume.capacity else {
        return Err(Fault::new(Invalid, "capacity", "the volume has no capacity"));
    };
    if keeper.volumes.iter().any(|other| other.name == volume.name) {
        return Err(Fault::new(Failed, "name", "the pool has a volume of that name"));
    }
    complete_target(volume);
    let allocation = *volume.allocation.get_or_insert(capacity);
    volume.volume_type.get_or_insert(VolumeType::File);
    volume.physical = None;
    if allocation.bytes() > free {
        return Err(Fault::new(Malformed, "allocation", "the pool has not as much free")
            .hint("give less in <allocation>"));
    }
    Ok(())
}

fn check_name(volume: &Volume, keeper: &VolumeKeeper<'_>) -> Result<(), Fault> {
    let name = &volume.name;
    if keeper.volumes.iter().any(|other| other.name == *name) {
        return Err(Fault::new(VolumeExists, "name", "the pool has a volume of that name"));
    }
    if name.contains('/') {
        let message = format!("the name {} has a '/' in it", quoted(name));
        return Err(Fault::new(Conflict, "name", message).hint("leave the '/' out"));
    }
    if matches!(name.as_str(), "." | "..") {
        return Err(Fault::new(Conflict, "name", "a directory is there already"));
    }
    if name.len() > 255 {
        return Err(Fault::new(System, "name", "the name is too long for a file").hint("at most 255 bytes"));
    }
    Ok(())
}

/// Makes a file of it.
fn make(volume: &mut Volume, keeper: &VolumeKeeper<'_>) -> Result<(), Fault> {
    let wants_no_copy = volume.target.as_ref().is_some_and(|target| target.no_copy_on_write);
    complete_target(volume);
    let backing = check_backing_store(volume, keeper)?;
    let target = volume.target.get_or_insert_default();
    let format = format_of(target.format.as_ref());
    check_making(target, format)?;
    if wants_no_copy && format == VolumeFormatType::Raw {
        return Err(Fault::new(System, "target/nocow", "the host's file system cannot do without copying"));
    }
    let is_raw = matches!(format, VolumeFormatType::Raw | VolumeFormatType::Iso);
    let capacity = match volume.capacity.map(ByteSize::bytes) {
        Some(capacity) if is_raw => capacity,
        // qemu-img is told whole KiB.
        Some(capacity) => capacity.next_multiple_of(1024),
        None => backing.unwrap_or_default(),
    };
    let image = NewImage {
        format,
        capacity,
        taken: volume.allocation.map_or(capacity, ByteSize::bytes),
        cluster: target.cluster_size.map(|size| size.0.bytes()),
        extended: target.features.as_ref().is_some_and(|features| features.extended_l2),
    };
    if is_raw && image.taken > MOST_TAKEN {
        return Err(Fault::new(System, "allocation", "the host has not as much space"));
    }
    let given = target.permissions.take().unwrap_or_default();
    target.permissions = Some(owned(given));
    target.timestamps = Some(times(keeper.now));
    tell_sizes(volume, &image);
    Ok(())
}

/// More than this no host has, in bytes.
const MOST_TAKEN: u64 = 1 << 36;

fn tell_sizes(volume: &mut Volume, image: &NewImage) {
    if image.format == VolumeFormatType::Directory {
        volume.volume_type = Some(VolumeType::Directory);
        volume.capacity = Some(ByteSize::from_bytes(0));
        volume.allocation = Some(ByteSize::from_bytes(0));
        volume.physical = None;
        return;
    }
    let [capacity, allocation, physical] = image.sizes();
    volume.volume_type = Some(VolumeType::File);
    volume.capacity = Some(capacity);
    volume.allocation = Some(allocation);
    volume.physical = Some(physical).filter(|physical| physical.bytes() != 0);
}

/// The permissions of a file that root makes.
fn owned(given: Permissions) -> Permissions {
    let root = OwnerId(0);
    Permissions {
        mode: given.mode.or(Some(FileMode(0o600))),
        owner: given.owner.or(Some(root)),
        group: given.group.or(Some(root)),
        label: None,
    }
}

fn times(now: Timestamp) -> Timestamps {
    let now = now.seconds().to_string();
    Timestamps {
        accessed: Some(now.clone()),
        modified: Some(now.clone()),
        changed: Some(now),
        born: Some("0".to_owned()),
    }
}

/// The capacity of the backing store, where there is one and it is one of the pool's.
fn check_backing_store(volume: &mut Volume, keeper: &VolumeKeeper<'_>) -> Result<Option<u64>, Fault> {
    let format = format_of(volume.target.as_ref().and_then(|target| target.format.as_ref()));
    let Some(BackingStore { path: Some(path), format: backing_format, permissions, timestamps }) =
        &mut volume.backing_store
    else {
        return Ok(None);
    };
    if format == VolumeFormatType::Raw {
        let message = "a raw volume cannot have a backing store";
        return Err(Fault::new(NotSupported, "backingStore", message).hint("use the format qcow2"));
    }
    let there = keeper.volumes.iter().find(|other| {
        let target = other.target.as_ref().and_then(|target| target.path.as_ref());
        target == Some(path)
    });
    let Some(there) = there else {
        let message = format!("the backing store {} cannot be read", quoted(path));
        return Err(Fault::new(System, "backingStore/path", message));
    };
    *permissions = there.target.as_ref().and_then(|target| target.permissions.clone());
    *timestamps = Some(times(keeper.now));
    let size = if format_of(backing_format.as_ref()) == VolumeFormatType::Raw {
        there.physical.map(|size| size.bytes().next_multiple_of(512))
    } else {
        there.capacity.map(ByteSize::bytes)
    };
    Ok(size)
}

/// Refuses what `qemu-img` cannot make.
fn check_making(target: &VolumeTarget, format: VolumeFormatType) -> Result<(), Fault> {
    use VolumeFormatType::{Bochs, Cloop, Cow, Dmg, Fat, Ploop, Qcow2, Vhd};
    if let Some(encryption) = &target.encryption {
        return Err(match encryption.secrets.as_slice() {
            [_] => Fault::new(SecretMissing, "target/encryption/secret", "there is no such secret"),
            _ => {
                let message = "an image is encrypted with one passphrase";
                Fault::new(InvalidArgument, "target/encryption", message)
            }
        });
    }
    if matches!(format, Bochs | Cloop | Cow | Dmg | Fat | Ploop | Vhd) {
        let message = format!("an image of the format {format} cannot be made");
        return Err(Fault::new(Malformed, "target/format/@type", message).hint("use raw or qcow2"));
    }
    if format != Qcow2 {
        return Ok(());
    }
    let features = target.features.as_ref();
    let version = target.compatibility.as_deref();
    let is_old = version == Some("0.10");
    let extended = features.is_some_and(|features| features.extended_l2);
    if is_old && features.is_some_and(|features| features.lazy_refcounts) {
        let message = "images that old versions can read have no late counts of references";
        return Err(Fault::new(Unsupported, "target/features/lazy_refcounts", message));
    }
    if version.is_some_and(|version| !matches!(version, "0.10" | "1.1")) || (is_old && extended) {
        return Err(
            Fault::new(Malformed, "target/compat", "there is no such version").hint("use 0.10 or 1.1")
        );
    }
    let least = if extended { 16384 } else { 512 };
    let is_good = |size: u64| size.is_power_of_two() && (least..=2 << 20).contains(&size);
    if target.cluster_size.is_some_and(|size| !is_good(size.0.bytes())) {
        let message = "a cluster is a power of two between 512 bytes and 2 MiB";
        return Err(Fault::new(Malformed, "target/clusterSize", message));
    }
    Ok(())
}
