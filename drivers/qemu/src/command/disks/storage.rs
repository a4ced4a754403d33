//! What stores an image.

use super::{network, sort};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::domain::devices::disk::DiskDevice;
use omnivirt_core::storage_source::{LocalSource, Slice, StorageSource};

/// Whether there is nothing: the drive is empty.
pub(super) fn is_empty(source: &StorageSource) -> bool {
    match source {
        StorageSource::File(file) => {
            file.source.as_ref().and_then(|source| source.file.as_deref()).is_none_or(str::is_empty)
        }
        StorageSource::Block(block) => {
            block.source.as_ref().and_then(|source| source.device.as_deref()).is_none_or(str::is_empty)
        }
        StorageSource::Directory(directory) => {
            directory.source.as_ref().and_then(|source| source.directory.as_deref()).is_none_or(str::is_empty)
        }
        StorageSource::Network(network) => network.source.is_none(),
        StorageSource::Volume(volume) => volume.source.is_none(),
        StorageSource::Nvme(nvme) => nvme.source.is_none(),
        _ => false,
    }
}

/// The node of what stores an image, without what is the same for all.
pub(super) fn properties(disk: &Disk, source: &StorageSource) -> Result<Properties> {
    if let Some(local) = local(source) {
        if local.authentication.is_some() {
            return Err(unsupported("disk/auth", "there is no secret to log in with"));
        }
        if local.encryption.is_some() {
            return Err(unsupported("disk/encryption", "there is no secret to read the image with"));
        }
        if let Some(group) = descriptor_group(source) {
            let why = format!("the open files of the group '{group}' were not handed over");
            return Err(unsupported("disk/source/@fdgroup", why));
        }
    }
    match source {
        StorageSource::File(file) => {
            let path = file.source.as_ref().and_then(|source| source.file.as_deref()).unwrap_or_default();
            Ok(Properties::driver("file").with("filename", path))
        }
        StorageSource::Block(block) => {
            let path = block.source.as_ref().and_then(|source| source.device.as_deref()).unwrap_or_default();
            Ok(Properties::driver("host_device").with("filename", path))
        }
        StorageSource::Directory(directory) => {
            let path =
                directory.source.as_ref().and_then(|source| source.directory.as_deref()).unwrap_or_default();
            let is_floppy = sort(disk) == DiskDevice::Floppy;
            Ok(Properties::driver("vvfat").with("dir", path).with("floppy", is_floppy).with("rw", false))
        }
        StorageSource::Network(network) => match &network.source {
            Some(source) => network::properties(source),
            None => Err(unsupported("disk/source", "it is not said where it is")),
        },
        StorageSource::Nvme(nvme) => match &nvme.source {
            Some(source) => Ok(Properties::driver("nvme")
                .with("device", crate::command::devices::host_address(&source.address))
                .with("namespace", source.namespace)),
            None => Err(unsupported("disk/source", "it is not said which controller it is on")),
        },
        StorageSource::Volume(_) => {
            Err(unsupported("disk/@type", "volumes of pools cannot be looked up yet")
                .with_hint("name the volume's path in a source of the type 'file' or 'block'"))
        }
        _ => Err(unsupported("disk/@type", "QEMU does not know this type of source")),
    }
}

fn descriptor_group(source: &StorageSource) -> Option<&str> {
    match source {
        StorageSource::File(file) => {
            file.source.as_ref().and_then(|source| source.descriptor_group.as_deref())
        }
        _ => None,
    }
}

/// What sources on this host have in common.
pub(super) fn local(source: &StorageSource) -> Option<&LocalSource> {
    match source {
        StorageSource::File(file) => file.source.as_ref().map(|source| &source.shared),
        StorageSource::Block(block) => block.source.as_ref().map(|source| &source.shared),
        StorageSource::Directory(directory) => directory.source.as_ref().map(|source| &source.shared),
        StorageSource::Volume(volume) => volume.source.as_ref().map(|source| &source.shared),
        StorageSource::Nvme(nvme) => nvme.source.as_ref().map(|source| &source.shared),
        StorageSource::VhostUser(vhost) => vhost.source.as_ref().map(|source| &source.shared),
        _ => None,
    }
}

/// The parts of a source that are the image.
pub(super) fn slices(source: &StorageSource) -> &[Slice] {
    if let StorageSource::Network(network) = source {
        return network.source.as_ref().map_or(&[], |source| &source.slices);
    }
    local(source).map_or(&[], |local| &local.slices)
}
