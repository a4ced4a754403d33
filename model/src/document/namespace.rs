//! The namespaces of elements that belong to one hypervisor.

use crate::xml::{Edit, Element, NewElement, Place};

/// The prefixes that libvirt writes, and what they stand for, from its documentation of the formats.
const KNOWN: &[(&str, &str)] = &[
    ("qemu", "http://libvirt.org/schemas/domain/qemu/1.0"),
    ("lxc", "http://libvirt.org/schemas/domain/lxc/1.0"),
    ("bhyve", "http://libvirt.org/schemas/domain/bhyve/1.0"),
    ("xen", "http://libvirt.org/schemas/domain/xen/1.0"),
    ("fs", "http://libvirt.org/schemas/storagepool/fs/1.0"),
    ("rbd", "http://libvirt.org/schemas/storagepool/rbd/1.0"),
    ("dnsmasq", "http://libvirt.org/schemas/network/dnsmasq/1.0"),
];

/// What the prefix stands for.
pub(super) fn uri(prefix: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == prefix).map(|(_, uri)| *uri)
}

/// Whether the element is of that name. A prefix in the name stands for its namespace, whatever prefix that has in the
/// document.
pub(super) fn names(element: Element<'_>, name: &str) -> bool {
    match name.split_once(':').and_then(|(prefix, local)| Some((uri(prefix)?, local))) {
        None => element.name() == name,
        Some((uri, local)) => {
            element.local_name() == local && element.namespace().is_some_and(|namespace| namespace == uri)
        }
    }
}

/// Declares what the names in a new element need.
pub(super) fn declare(root: &mut NewElement) {
    let mut prefixes = Vec::new();
    root.prefixes(&mut prefixes);
    for prefix in prefixes {
        if let Some(uri) = uri(&prefix) {
            root.push_attribute(&format!("xmlns:{prefix}"), uri);
        }
    }
}

/// Adds an element, and declares what the names in it need.
pub(super) fn insert<'d>(edit: &mut Edit<'d>, parent: Element<'d>, place: Place<'d>, new: &NewElement) {
    let mut prefixes = Vec::new();
    new.prefixes(&mut prefixes);
    let root = std::iter::successors(Some(parent), |element| element.parent()).last().unwrap_or(parent);
    for prefix in prefixes {
        if let Some(uri) = uri(&prefix) {
            edit.set_attribute(root, &format!("xmlns:{prefix}"), uri);
        }
    }
    edit.insert(parent, place, new);
}
