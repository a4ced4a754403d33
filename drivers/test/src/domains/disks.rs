//! The disks of a domain, and the images that hold them.

use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::xml::Element;
use omnivirt_core::{Error, ErrorKind, Result};
use std::borrow::Cow;

/// A disk of a configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk<'a> {
    /// Its place among all devices.
    pub(crate) place: usize,
    /// Its place among the disks.
    pub(crate) number: usize,
    device: Device<'a>,
}

/// The disks, in order. One without a target cannot be named, and is left out.
pub(crate) fn all(config: &DomainConfig) -> impl Iterator<Item = Disk<'_>> {
    let disks = config
        .devices()
        .enumerate()
        .filter(|(_, device)| device.kind() == "disk" && device.target().is_some());
    disks.enumerate().map(|(number, (place, device))| Disk { place, number, device })
}

/// The disk of that target or source.
///
/// # Errors
///
/// `DeviceMissing`.
pub(crate) fn find<'a>(config: &'a DomainConfig, name: &str) -> Result<Disk<'a>> {
    all(config)
        .find(|disk| disk.target() == name)
        .or_else(|| all(config).find(|disk| disk.source().is_some_and(|source| source == name)))
        .ok_or_else(|| Error::new(ErrorKind::DeviceMissing, format!("the domain has no disk '{name}'")))
}

/// The disk, and the place of an image in its chain, that a name such as `vda[2]` means.
///
/// # Errors
///
/// `DeviceMissing` if there is no such disk or image, `InvalidArgument` for a place that is no number.
pub(crate) fn in_chain<'a>(config: &'a DomainConfig, name: &str) -> Result<(Disk<'a>, usize)> {
    let (disk, place) = with_place(name)?;
    let disk = find(config, disk)?;
    if place > 0 && place >= disk.chain().len() {
        let message = format!("the disk '{}' has no backing image {place}", disk.target());
        return Err(Error::new(ErrorKind::DeviceMissing, message));
    }
    Ok((disk, place))
}

/// Splits `vda[2]` into the disk's name and the place in its chain; 0 where none is named.
///
/// # Errors
///
/// `InvalidArgument` for a place that is no number.
fn with_place(name: &str) -> Result<(&str, usize)> {
    let Some((disk, place)) = name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) else {
        return Ok((name, 0));
    };
    let place = place.parse().map_err(|_| {
        Error::new(ErrorKind::InvalidArgument, format!("'{place}' is no place in a chain of images"))
            .with_hint("write it as in vda[1]")
    })?;
    Ok((disk, place))
}

impl<'a> Disk<'a> {
    /// The guest's name of it, such as `vda`.
    pub(crate) fn target(self) -> Cow<'a, str> {
        self.device.target().expect("disks without a target are left out")
    }

    pub(crate) fn element(self) -> Element<'a> {
        self.device.element()
    }

    /// The path of what holds it; none for an empty drive.
    pub(crate) fn source(self) -> Option<Cow<'a, str>> {
        self.element().child("source").and_then(source_path)
    }

    /// Whether the guest can write to it.
    pub(crate) fn is_writable(self) -> bool {
        !matches!(self.device_kind().as_deref(), Some("cdrom")) && self.element().child("readonly").is_none()
    }

    /// `disk`, `cdrom`, `floppy` or `lun`; none where it is not said.
    pub(crate) fn device_kind(self) -> Option<Cow<'a, str>> {
        self.element().attribute_value("device")
    }

    /// The paths of the images that hold it, its own first, as far as the document names them.
    pub(crate) fn chain(self) -> Vec<String> {
        let mut chain: Vec<String> = self.source().into_iter().map(Cow::into_owned).collect();
        let mut store = self.element().child("backingStore");
        while let Some(image) = store {
            let Some(path) = image.child("source").and_then(source_path) else { break };
            chain.push(path.into_owned());
            store = image.child("backingStore");
        }
        chain
    }
}

/// What a `<source>` names: a file, a device, a directory, or a volume of a pool or a network.
pub(crate) fn source_path(source: Element<'_>) -> Option<Cow<'_, str>> {
    if let (Some(pool), Some(volume)) = (source.attribute_value("pool"), source.attribute_value("volume")) {
        return Some(format!("{pool}/{volume}").into());
    }
    ["file", "dev", "dir", "name"]
        .iter()
        .find_map(|name| source.attribute_value(name))
        .filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(devices: &str) -> DomainConfig {
        DomainConfig::parse(format!(
            "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os><devices>{devices}</devices></domain>"
        ))
        .unwrap()
    }

    #[test]
    fn a_disk_is_found_by_target_and_by_source() {
        let config = config(
            "<interface type='user'/><disk type='file'><source file='/a'/><target dev='vda'/></disk>\
             <disk device='cdrom'><target dev='sda'/></disk>\
             <disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>",
        );
        assert_eq!(find(&config, "/a").unwrap().target(), "vda");
        assert_eq!(find(&config, "p/v").unwrap().place, 3);
        let empty = find(&config, "sda").unwrap();
        assert_eq!((empty.number, empty.source(), empty.is_writable()), (1, None, false));
        assert_eq!(find(&config, "vdz").unwrap_err().kind(), ErrorKind::DeviceMissing);
    }

    #[test]
    fn a_chain_goes_down_to_the_image_that_is_not_named() {
        let config = config(
            "<disk type='file'><source file='/c'/><backingStore type='file'><source file='/b'/>\
             <backingStore type='file'><source file='/a'/><backingStore/></backingStore></backingStore>\
             <target dev='vda'/></disk>",
        );
        assert_eq!(find(&config, "vda").unwrap().chain(), ["/c", "/b", "/a"]);
        assert_eq!(with_place("vda[2]").unwrap(), ("vda", 2));
        assert_eq!(with_place("vda").unwrap(), ("vda", 0));
        assert!(with_place("vda[x]").is_err());
    }
}
