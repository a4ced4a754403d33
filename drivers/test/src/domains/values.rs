//! Single values in a domain's document, named by the way to them.
//!
//! A way is written as `cputune/shares`, or as `bandwidth/inbound/@average` where the value is an attribute.

use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Edit, Element, NewElement, Place};
use omnivirt_core::{Error, Result, domain::Device};
use std::borrow::Cow;
use std::str::FromStr;

/// Where ways begin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base {
    /// At the `<domain>` element.
    Domain,
    /// At the device of that place among all devices.
    Device(usize),
}

/// One element of a list, picked by the text of a child or the value of an attribute.
pub(crate) fn picked<'a>(parent: Element<'a>, name: &str, by: &str, value: &str) -> Option<Element<'a>> {
    parent
        .children()
        .find(|child| child.name() == name && read(*child, by).is_some_and(|found| found == value))
}

/// The value at the end of a way.
pub(crate) fn read<'a>(base: Element<'a>, way: &str) -> Option<Cow<'a, str>> {
    let mut element = base;
    for step in way.split('/') {
        match step.strip_prefix('@') {
            Some(attribute) => return element.attribute_value(attribute),
            None => element = element.child(step)?,
        }
    }
    Some(match element.text() {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    })
}

/// The value at the end of a way as a number or another type; none also where it is no such thing.
pub(crate) fn parsed<T: FromStr>(base: Element<'_>, way: &str) -> Option<T> {
    read(base, way)?.parse().ok()
}

/// The configuration with another value at the end of a way, or with none. What is missing on the way is made.
///
/// # Errors
///
/// The value cannot stand in XML.
pub(crate) fn written(
    config: &DomainConfig,
    base: Base,
    way: &str,
    value: Option<&str>,
) -> Result<DomainConfig> {
    let Some(element) = base.of(config) else { return Ok(config.clone()) };
    config
        .edited(|edit| {
            write(edit, element, way, value);
            Ok(())
        })
        .map_err(Error::from)
}

impl Base {
    /// The element.
    pub(crate) fn of(self, config: &DomainConfig) -> Option<Element<'_>> {
        match self {
            Self::Domain => Some(config.root()),
            Self::Device(place) => config.devices().nth(place).map(Device::element),
        }
    }
}

fn write<'d>(edit: &mut Edit<'d>, base: Element<'d>, way: &str, value: Option<&str>) {
    let mut element = base;
    let mut steps = way.split('/');
    while let Some(step) = steps.next() {
        if let Some(attribute) = step.strip_prefix('@') {
            return match value {
                Some(value) => edit.set_attribute(element, attribute, value),
                None => edit.remove_attribute(element, attribute),
            };
        }
        match (element.child(step), value) {
            (Some(child), _) => element = child,
            (None, None) => return,
            (None, Some(value)) => {
                let new = made(step, steps, value);
                return edit.insert(element, place(element), &new);
            }
        }
    }
    match value {
        Some(value) => edit.set_text(element, value),
        None => edit.remove(element),
    }
}

/// An element with all that is left of the way in it.
fn made<'s>(name: &str, mut rest: impl Iterator<Item = &'s str>, value: &str) -> NewElement {
    match rest.next() {
        None => NewElement::new(name).text(value),
        Some(step) => match step.strip_prefix('@') {
            Some(attribute) => NewElement::new(name).attribute(attribute, value),
            None => NewElement::new(name).child(made(step, rest, value)),
        },
    }
}

/// Behind all others, but before a domain's devices, behind which nobody looks.
pub(crate) fn place(parent: Element<'_>) -> Place<'_> {
    let before = parent.children().take_while(|child| child.name() != "devices").last();
    match (parent.child("devices"), before) {
        (Some(_), Some(before)) => Place::After(before),
        (Some(_), None) => Place::First,
        (None, _) => Place::Last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain type='test'>\n  <name>a</name>\n  <memory>1024</memory>\n  <os><type>hvm</type></os>\n  \
                          <devices>\n    <disk><target dev='vda'/></disk>\n  </devices>\n</domain>";

    fn set(config: &DomainConfig, base: Base, way: &str, value: Option<&str>) -> DomainConfig {
        written(config, base, way, value).unwrap()
    }

    #[test]
    fn a_value_is_read_back_from_where_it_was_written() {
        let config = DomainConfig::parse(DOMAIN).unwrap();
        let config = set(&config, Base::Domain, "cputune/shares", Some("512"));
        let config = set(&config, Base::Domain, "cputune/quota", Some("-1"));
        let config = set(&config, Base::Domain, "numatune/memory/@mode", Some("strict"));
        assert_eq!(parsed::<u64>(config.root(), "cputune/shares"), Some(512));
        assert_eq!(parsed::<i64>(config.root(), "cputune/quota"), Some(-1));
        assert_eq!(read(config.root(), "numatune/memory/@mode").as_deref(), Some("strict"));
        assert!(config.as_str().find("<cputune>").unwrap() < config.as_str().find("<devices>").unwrap());
    }

    #[test]
    fn a_removed_value_leaves_its_neighbours() {
        let config = DomainConfig::parse(DOMAIN).unwrap();
        assert_eq!(set(&config, Base::Domain, "cputune/shares", None), config);
        let disk = Base::Device(0);
        let config = set(&config, disk, "iotune/total_bytes_sec", Some("1"));
        let config = set(&config, disk, "iotune/group_name", Some("a & b"));
        let config = set(&config, disk, "iotune/total_bytes_sec", None);
        let disk = config.devices().next().unwrap().element();
        assert_eq!(parsed::<u64>(disk, "iotune/total_bytes_sec"), None);
        assert_eq!(read(disk, "iotune/group_name").as_deref(), Some("a & b"));
    }
}
