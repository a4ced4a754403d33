//! The disks of a configuration, and what the files that hold them say of their sizes.

use crate::host::failed;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::{BlockInfo, Error, ErrorKind, Result};
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// A disk of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Disk {
    /// The guest's name of it, such as `vda`.
    pub(crate) target: String,
    /// QEMU's name of it, in a run.
    pub(crate) alias: Option<String>,
    /// The path of what holds it; none of an empty drive, or of what is no file.
    pub(crate) path: Option<String>,
    /// The form of what holds it.
    format: String,
}

impl Disk {
    fn of(device: Device<'_>) -> Option<Self> {
        let element = device.element();
        let source = element.child("source");
        let named = |name| source.and_then(|source| source.attribute_value(name));
        let path = named("file").or_else(|| named("dev")).filter(|path| !path.is_empty());
        let format = element.child("driver").and_then(|driver| driver.attribute_value("type"));
        Some(Self {
            target: device.target()?.into_owned(),
            alias: device.alias().map(Into::into),
            path: path.map(Into::into),
            format: format.map_or_else(|| "raw".to_owned(), Into::into),
        })
    }

    /// Its sizes, by its file.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for an empty drive, `System` for what cannot be read.
    pub(crate) fn sizes(&self) -> Result<BlockInfo> {
        let path = self.path.as_deref().ok_or_else(|| self.empty())?;
        let path = Path::new(path);
        let metadata = std::fs::metadata(path).map_err(|error| failed("look at", path, error))?;
        let physical = physical_bytes(path, &metadata)?;
        let allocation =
            if metadata.file_type().is_block_device() { physical } else { metadata.blocks() * 512 };
        Ok(BlockInfo::default()
            .capacity_bytes(self.capacity(path, physical)?)
            .allocation_bytes(allocation)
            .physical_bytes(physical))
    }

    fn capacity(&self, path: &Path, physical: u64) -> Result<u64> {
        match &*self.format {
            "raw" | "iso" => Ok(physical),
            "qcow2" | "qcow" => {
                let mut header = [0; 32];
                let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
                read.map_err(|error| failed("read the header of", path, error))?;
                qcow_capacity(&header).ok_or_else(|| {
                    let message = format!("'{}' is no image of the format {}", path.display(), self.format);
                    Error::new(ErrorKind::System, message)
                })
            }
            format => {
                let message =
                    format!("how large an image of the format {format} is, only a running QEMU tells");
                Err(Error::new(ErrorKind::System, message).with_hint("start the domain"))
            }
        }
    }

    /// There is nothing in the drive.
    pub(crate) fn empty(&self) -> Error {
        let message = format!("the drive '{}' is empty, or holds no file", self.target);
        Error::new(ErrorKind::InvalidArgument, message)
    }
}

/// The disks, in order. One without a target cannot be named, and is left out.
pub(crate) fn disks(config: &DomainConfig) -> Vec<Disk> {
    config.devices().filter(|device| device.kind() == "disk").filter_map(Disk::of).collect()
}

/// The disk of that target or source.
///
/// # Errors
///
/// `DeviceMissing`.
pub(crate) fn find(config: &DomainConfig, name: &str) -> Result<Disk> {
    let disks = disks(config);
    let found = disks
        .iter()
        .find(|disk| disk.target == name)
        .or_else(|| disks.iter().find(|disk| disk.path.as_deref() == Some(name)));
    found.cloned().ok_or_else(|| {
        Error::new(ErrorKind::DeviceMissing, format!("the domain has no disk '{name}'"))
            .with_hint("name it by its target, such as vda, or by the path of its source")
    })
}

/// The size of a file or a block device.
fn physical_bytes(path: &Path, metadata: &Metadata) -> Result<u64> {
    if !metadata.file_type().is_block_device() {
        return Ok(metadata.len());
    }
    let device = metadata.rdev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let size = format!("/sys/dev/block/{major}:{minor}/size");
    let text = std::fs::read_to_string(&size).map_err(|error| failed("read", Path::new(&size), error))?;
    let sectors: u64 = text.trim().parse().map_err(|_| {
        Error::new(ErrorKind::System, format!("'{size}' says no size of the device '{}'", path.display()))
    })?;
    Ok(sectors.saturating_mul(512))
}

/// The size of what holds a disk, if that can be told.
pub(crate) fn physical(path: &str) -> Option<u64> {
    let path = Path::new(path);
    physical_bytes(path, &std::fs::metadata(path).ok()?).ok()
}

/// The size that the header of a qcow image of any version says.
fn qcow_capacity(header: &[u8; 32]) -> Option<u64> {
    if !header.starts_with(b"QFI\xfb") {
        return None;
    }
    Some(u64::from_be_bytes(header[24..32].try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_found_by_target_and_by_source() {
        let config = DomainConfig::parse(
            "<domain type='qemu'><name>a</name><memory>1024</memory><os><type>hvm</type></os><devices>\
             <disk><driver type='qcow2'/><source file='/a'/><target dev='vda'/><alias name='virtio-disk0'/></disk>\
             <disk device='cdrom'><target dev='sda'/></disk></devices></domain>",
        )
        .unwrap();
        let disk = find(&config, "/a").unwrap();
        assert_eq!((&*disk.target, disk.alias.as_deref()), ("vda", Some("virtio-disk0")));
        assert_eq!(find(&config, "vdz").unwrap_err().kind(), ErrorKind::DeviceMissing);
        assert_eq!(find(&config, "sda").unwrap().sizes().unwrap_err().kind(), ErrorKind::InvalidArgument);
    }

    #[test]
    fn a_header_of_another_kind_says_nothing() {
        let mut header = [0; 32];
        assert_eq!(qcow_capacity(&header), None);
        header[..4].copy_from_slice(b"QFI\xfb");
        header[24..].copy_from_slice(&(1_u64 << 30).to_be_bytes());
        assert_eq!(qcow_capacity(&header), Some(1 << 30));
    }
}
