//! The features of a domain.

use crate::document::{DocumentError, DocumentErrorKind, Problem};
use crate::xml::{Element, quoted};

/// A feature that the document names, and whether it turns it on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Feature {
    /// The feature's name, such as `acpi`.
    pub name: String,
    /// Whether it is on; absent when the document names the feature without saying.
    pub state: Option<bool>,
}

/// What can stand in `<features>`. libvirt refuses everything else there.
const KNOWN: [&str; 34] = [
    "acpi",
    "apic",
    "pae",
    "hap",
    "viridian",
    "privnet",
    "hyperv",
    "kvm",
    "pvspinlock",
    "capabilities",
    "pmu",
    "vmport",
    "gic",
    "smm",
    "ioapic",
    "hpt",
    "vmcoreinfo",
    "htm",
    "nested-hv",
    "msrs",
    "ccf-assist",
    "xen",
    "cfpc",
    "sbbc",
    "ibs",
    "tcg",
    "async-teardown",
    "ras",
    "ps2",
    "aia",
    "apic-eoi",
    "sgx",
    "tdx",
    "s390-pv",
];

/// Those whose `state` is `on` or `off`.
const SWITCHES: [&str; 11] = [
    "hap",
    "pvspinlock",
    "pmu",
    "vmport",
    "smm",
    "htm",
    "nested-hv",
    "vmcoreinfo",
    "ccf-assist",
    "ras",
    "ps2",
];

pub(super) fn read(domain: Element<'_>) -> Result<Vec<Feature>, DocumentError> {
    domain.child("features").into_iter().flat_map(Element::children).map(feature).collect()
}

fn feature(element: Element<'_>) -> Result<Feature, DocumentError> {
    let name = element.local_name();
    if !KNOWN.contains(&name) {
        let message = format!("{} is no feature of a domain", quoted(name));
        return Err(Problem::new(DocumentErrorKind::Unsupported, message).at(element));
    }
    let state = match element.attribute_value("state").as_deref() {
        Some("on") => Some(true),
        Some("off") => Some(false),
        Some(other) if SWITCHES.contains(&name) => {
            let message = format!("{} is no state of a feature: it is on or off", quoted(other));
            return Err(Problem::invalid(message).at_attribute(element, "state"));
        }
        _ => None,
    };
    Ok(Feature { name: name.to_owned(), state })
}
