//! The devices of a domain.

use super::config::DomainConfig;
use crate::document::{DocumentError, DocumentErrorKind, Problem};
use crate::xml::{Document, Element, Place, quoted};
use std::borrow::Cow;

/// The kinds of device in the order in which libvirt writes them.
const KINDS: &[&str] = &[
    "disk",
    "controller",
    "lease",
    "filesystem",
    "interface",
    "smartcard",
    "serial",
    "parallel",
    "console",
    "channel",
    "input",
    "tpm",
    "graphics",
    "sound",
    "audio",
    "video",
    "hostdev",
    "redirdev",
    "redirfilter",
    "hub",
    "watchdog",
    "memballoon",
    "rng",
    "nvram",
    "panic",
    "shmem",
    "memory",
    "iommu",
    "vsock",
    "crypto",
];

/// Elements up to which a device is looked for by all that it has. Each is compared with many; no real device has more.
const MOST_COMPARED: usize = 256;

/// One device of a domain, as it stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device<'a> {
    element: Element<'a>,
}

impl<'a> Device<'a> {
    /// The device that an element describes, if it is of a kind known.
    #[must_use]
    pub fn of(element: Element<'a>) -> Option<Self> {
        KINDS.contains(&element.name()).then_some(Self { element })
    }

    /// What kind of device it is: its element's name, such as `disk`.
    #[must_use]
    pub fn kind(self) -> &'a str {
        self.element.name()
    }

    /// What the guest, or the host for an interface, knows it by: `dev` or `dir` of its target.
    #[must_use]
    pub fn target(self) -> Option<Cow<'a, str>> {
        let target = self.element.child("target")?;
        target.attribute_value("dev").or_else(|| target.attribute_value("dir"))
    }

    /// The name that users and events call it by.
    #[must_use]
    pub fn alias(self) -> Option<Cow<'a, str>> {
        self.element.child("alias")?.attribute_value("name")
    }

    /// The hardware address of an interface, as it is written.
    #[must_use]
    pub fn mac(self) -> Option<Cow<'a, str>> {
        self.element.child("mac")?.attribute_value("address")
    }

    /// The whole device.
    #[must_use]
    pub fn element(self) -> Element<'a> {
        self.element
    }

    /// Whether it is the device that the other describes: by alias, a disk by its target, an interface by its hardware
    /// address, else by having all that the other has.
    #[must_use]
    pub fn is_meant_by(self, wanted: Device<'_>) -> bool {
        if self.kind() != wanted.kind() {
            return false;
        }
        if let Some(alias) = wanted.alias() {
            return self.alias().is_some_and(|own| own == alias);
        }
        match wanted.kind() {
            "disk" | "filesystem" if wanted.target().is_some() => self.target() == wanted.target(),
            "interface" if wanted.mac().is_some() => {
                let same = |own: Cow<'_, str>, mac: Cow<'_, str>| own.eq_ignore_ascii_case(&mac);
                self.mac().zip(wanted.mac()).is_some_and(|(own, mac)| same(own, mac))
            }
            "graphics" => self.element.attribute_value("type") == wanted.element.attribute_value("type"),
            _ => {
                wanted.element.descendants().nth(MOST_COMPARED).is_none()
                    && has_all_of(self.element, wanted.element)
            }
        }
    }
}

/// Whether all attributes, texts and elements of `wanted` are in `element`.
fn has_all_of(element: Element<'_>, wanted: Element<'_>) -> bool {
    let attributes = wanted
        .attributes()
        .all(|attribute| element.attribute_value(attribute.name()) == Some(attribute.value()));
    let leaf = wanted.children().next().is_none();
    let text = !leaf || wanted.text().trim().is_empty() || wanted.text() == element.text();
    attributes
        && text
        && wanted.children().all(|wanted| {
            element.children().any(|child| child.name() == wanted.name() && has_all_of(child, wanted))
        })
}

/// Reads a document that describes one device.
fn read(document: &Document) -> Result<Device<'_>, DocumentError> {
    let root = document.root();
    Device::of(root).ok_or_else(|| {
        let message = format!("{} is no kind of device", quoted(root.name()));
        Problem::new(DocumentErrorKind::Unsupported, message).at(root)
    })
}

impl DomainConfig {
    /// The device that a document describes, as [`Device::is_meant_by`] finds it.
    ///
    /// # Errors
    ///
    /// The document is wrong, or there is no such device.
    pub fn find_device(&self, xml: &str) -> Result<Device<'_>, DocumentError> {
        let document = Document::parse(xml)?;
        self.meant_by(read(&document)?)
    }

    fn meant_by(&self, wanted: Device<'_>) -> Result<Device<'_>, DocumentError> {
        self.devices().find(|device| device.is_meant_by(wanted)).ok_or_else(|| {
            let name = wanted.alias().or_else(|| wanted.target()).or_else(|| wanted.mac());
            let message = match name {
                Some(name) => format!("the domain has no {} {}", wanted.kind(), quoted(&name)),
                None => format!("the domain has no such {}", wanted.kind()),
            };
            Problem::new(DocumentErrorKind::DeviceMissing, message).at(wanted.element)
        })
    }

    /// The configuration with a device more, put behind the others of its kind.
    ///
    /// # Errors
    ///
    /// The document is wrong or describes no device; a disk's target, or an alias, is taken.
    pub fn attach(&self, xml: &str) -> Result<Self, DocumentError> {
        let document = Document::parse(xml)?;
        let new = read(&document)?;
        let taken = |own: Option<Cow<'_, str>>, other: Option<Cow<'_, str>>| own.is_some() && own == other;
        if self.devices().any(|device| taken(device.alias(), new.alias())) {
            return Err(conflict(new, "alias", new.alias()));
        }
        if new.kind() == "disk"
            && self.devices().any(|device| device.kind() == "disk" && taken(device.target(), new.target()))
        {
            return Err(conflict(new, "target", new.target()));
        }
        self.edited(|edit| {
            let Some(devices) = self.root().child("devices") else {
                let place = self.root().children().last().map_or(Place::Last, Place::After);
                edit.insert_around(self.root(), place, "devices", new.element);
                return Ok(());
            };
            let rank = |kind: &str| KINDS.iter().position(|known| *known == kind);
            let before = devices.children().filter(|child| rank(child.name()) <= rank(new.kind()));
            let place = before.last().map_or(Place::First, Place::After);
            edit.insert_copy(devices, place, new.element);
            Ok(())
        })
    }

    /// The configuration without the device that a document describes.
    ///
    /// # Errors
    ///
    /// As [`DomainConfig::find_device`].
    pub fn detach(&self, xml: &str) -> Result<Self, DocumentError> {
        let device = self.find_device(xml)?;
        self.edited(|edit| {
            edit.remove(device.element);
            Ok(())
        })
    }

    /// The configuration with the device that a document describes replaced by what the document says.
    ///
    /// # Errors
    ///
    /// As [`DomainConfig::find_device`].
    pub fn update(&self, xml: &str) -> Result<Self, DocumentError> {
        let document = Document::parse(xml)?;
        let new = read(&document)?;
        let old = self.meant_by(new)?;
        self.edited(|edit| {
            edit.replace_by_copy(old.element, new.element);
            Ok(())
        })
    }
}

fn conflict(device: Device<'_>, what: &str, value: Option<Cow<'_, str>>) -> DocumentError {
    let message = format!("another device has the {what} {}", quoted(&value.unwrap_or_default()));
    Problem::new(DocumentErrorKind::Conflict, message).at(device.element)
}
