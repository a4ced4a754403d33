//! Changes of the images that hold a disk: the disk's own, and those behind it.

use super::disks::{Disk, find, source_path};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Element, NewElement, Place};
use omnivirt_core::{Error, ErrorKind, Result};

/// An image that a disk is moved to, as XML describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) path: String,
    /// The type of the disk that it makes: `file`, `block`, `network` ….
    pub(crate) disk_type: String,
    /// The form of the image; none where it is not said.
    pub(crate) format: Option<String>,
}

impl Destination {
    /// A file or a block device of that path.
    pub(crate) fn of_path(path: &str, format: Option<&str>) -> Self {
        let disk_type = if path.starts_with("/dev/") { "block" } else { "file" };
        Self { path: path.into(), disk_type: disk_type.into(), format: format.map(Into::into) }
    }

    /// Reads a `<disk>`, of a snapshot, a copy or a backup: none if it names no image.
    pub(crate) fn read(disk: Element<'_>, source: &str) -> Option<Self> {
        let path = source_path(disk.child(source)?)?.into_owned();
        let disk_type =
            disk.attribute_value("type").map_or_else(|| Self::of_path(&path, None).disk_type, Into::into);
        let format = disk.child("driver").and_then(|driver| driver.attribute_value("type")).map(Into::into);
        Some(Self { path, disk_type, format })
    }

    fn source(&self) -> NewElement {
        let attribute = match self.disk_type.as_str() {
            "block" => "dev",
            "network" => "name",
            "dir" => "dir",
            _ => "file",
        };
        NewElement::new("source").attribute(attribute, &self.path)
    }
}

/// The place in the chain of the image of that path, or of that place as in `vda[1]`.
///
/// # Errors
///
/// `InvalidArgument` if it is not in the chain.
pub(crate) fn place(disk: Disk<'_>, image: &str) -> Result<usize> {
    let chain = disk.chain();
    let by_place = || {
        let (name, place) = image.strip_suffix(']')?.rsplit_once('[')?;
        let place: usize = place.parse().ok()?;
        (name == disk.target() && place < chain.len()).then_some(place)
    };
    chain.iter().position(|path| path == image).or_else(by_place).ok_or_else(|| {
        let message = format!("'{image}' is no image of the disk '{}'", disk.target());
        Error::new(ErrorKind::InvalidArgument, message)
            .with_hint(format!("its images are {}", chain.join(", ")))
    })
}

/// The configuration in which a disk is held by these images, its own first. A configuration that does not have the
/// disk, or has it held by something else than `before`, stays as it is.
///
/// # Errors
///
/// A path cannot stand in XML.
pub(crate) fn moved(
    config: &DomainConfig,
    target: &str,
    before: &str,
    first: &Destination,
    behind: &[String],
) -> Result<DomainConfig> {
    let Some(disk) =
        find(config, target).ok().filter(|disk| disk.source().is_some_and(|source| source == before))
    else {
        return Ok(config.clone());
    };
    let element = disk.element();
    let store = backing_store(behind);
    config
        .edited(|edit| {
            if first.path != before {
                edit.set_attribute(element, "type", &first.disk_type);
                match element.child("source") {
                    Some(source) => edit.replace(source, &first.source()),
                    None => edit.insert(element, Place::First, &first.source()),
                }
                if let (Some(driver), Some(format)) = (element.child("driver"), &first.format) {
                    edit.set_attribute(driver, "type", format);
                }
            }
            match (element.child("backingStore"), &store) {
                (Some(old), Some(new)) => edit.replace(old, new),
                (Some(old), None) => edit.remove(old),
                (None, Some(new)) => {
                    let place = element.child("source").map_or(Place::Last, Place::After);
                    edit.insert(element, place, new);
                }
                (None, None) => {}
            }
            Ok(())
        })
        .map_err(Error::from)
}

/// What stands in a disk about the images behind its own.
fn backing_store(behind: &[String]) -> Option<NewElement> {
    behind.iter().rev().fold(None, |below, path| {
        let image = Destination::of_path(path, None);
        let store = NewElement::new("backingStore").attribute("type", &image.disk_type).child(image.source());
        Some(store.child(below.unwrap_or_else(|| NewElement::new("backingStore"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os><devices>\
                          <disk type='file'><driver name='qemu' type='raw'/><source file='/a'/><target dev='vda'/></disk></devices></domain>";

    #[test]
    fn a_chain_grows_and_shrinks() {
        let config = DomainConfig::parse(DOMAIN).unwrap();
        let grown =
            moved(&config, "vda", "/a", &Destination::of_path("/b", Some("qcow2")), &["/a".into()]).unwrap();
        let grown =
            moved(&grown, "vda", "/b", &Destination::of_path("/dev/c", None), &["/b".into(), "/a".into()])
                .unwrap();
        let disk = find(&grown, "vda").unwrap();
        assert_eq!(disk.chain(), ["/dev/c", "/b", "/a"]);
        assert_eq!(disk.element().attribute_value("type").as_deref(), Some("block"));
        assert_eq!((place(disk, "/b").unwrap(), place(disk, "vda[2]").unwrap()), (1, 2));
        assert_eq!(place(disk, "vda[3]").unwrap_err().kind(), ErrorKind::InvalidArgument);
        let back = moved(&grown, "vda", "/dev/c", &Destination::of_path("/a", Some("raw")), &[]).unwrap();
        assert_eq!(back, config);
    }

    #[test]
    fn a_disk_that_is_held_by_something_else_stays() {
        let config = DomainConfig::parse(DOMAIN).unwrap();
        let first = Destination::of_path("/b", None);
        assert_eq!(moved(&config, "vda", "/x", &first, &[]).unwrap(), config);
        assert_eq!(moved(&config, "vdb", "/a", &first, &[]).unwrap(), config);
    }
}
