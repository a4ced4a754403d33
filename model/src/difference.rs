//! What differs between two documents by meaning: the order of different elements, blanks between them and units do not
//! count.
//!
//! ```
//! use omnivirt_model::difference::differences;
//! use omnivirt_model::xml::Document;
//!
//! let left = Document::parse("<d><memory unit='MiB'>1</memory><disk><target dev='vda'/></disk></d>")?;
//! let right = Document::parse("<d><disk><target dev='vda' bus='scsi'/></disk> <memory unit='KiB'>1024</memory></d>")?;
//! let found = differences(left.root(), right.root());
//! assert_eq!(found.len(), 1);
//! assert_eq!(found[0].path, "/d/disk/target/@bus");
//! assert_eq!(found[0].right.as_ref().map(|side| side.value.as_str()), Some("scsi"));
//! # Ok::<(), omnivirt_model::xml::XmlError>(())
//! ```

use crate::document::MemorySize;
use crate::xml::{Attribute, Element, Position};
use std::collections::HashMap;

/// Something that one document has and another has not, or has another value for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The element or attribute, in the left document if it has it.
    pub path: String,
    /// What the left document has there.
    pub left: Option<Side>,
    /// What the right document has there.
    pub right: Option<Side>,
}

/// What a document has at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side {
    /// The value of an attribute or the text of an element; for an element that only one document has, its source.
    pub value: String,
    /// Where it stands.
    pub position: Position,
}

/// What differs between two elements, in the order of the left one.
#[must_use]
pub fn differences(left: Element<'_>, right: Element<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(left, right, &mut found);
    found
}

fn compare(left: Element<'_>, right: Element<'_>, found: &mut Vec<Difference>) {
    let is_same_size = size(left).is_some_and(|size| Some(size) == self::size(right));
    if !is_same_size {
        compare_attributes(left, right, found);
        let has_elements = left.children().next().is_some() || right.children().next().is_some();
        let are_blank = left.text().trim().is_empty() && right.text().trim().is_empty();
        if !has_elements && !are_blank && left.text() != right.text() {
            let text = |element: Element<'_>| Side {
                value: element.text().into_owned(),
                position: element.position(),
            };
            found.push(Difference { path: left.path(), left: Some(text(left)), right: Some(text(right)) });
        }
    }
    let mut others = ByName::of(right);
    for child in numbered(left) {
        match others.take(&child) {
            Some(other) => compare(child.element, other, found),
            None => found.push(Difference {
                path: child.element.path(),
                left: Some(whole(child.element)),
                right: None,
            }),
        }
    }
    for child in others.left_over() {
        found.push(Difference { path: child.path(), left: None, right: Some(whole(child)) });
    }
}

/// An amount of memory, whatever its unit. Amounts in bytes are left alone: they can be finer than this.
fn size(element: Element<'_>) -> Option<MemorySize> {
    /// What has KiB as its unit where there is none.
    const IN_KIB: &[&str] = &["memory", "currentMemory", "maxMemory"];
    let unit = element.attribute_value("unit");
    let unit = unit.or_else(|| IN_KIB.contains(&element.name()).then_some("".into()))?;
    let has_others = element.attributes().any(|attribute| attribute.name() != "unit");
    if has_others || element.children().next().is_some() || unit.starts_with(['b', 'B']) {
        return None;
    }
    MemorySize::parse(&element.text(), &unit).ok()
}

fn compare_attributes(left: Element<'_>, right: Element<'_>, found: &mut Vec<Difference>) {
    let side = |attribute: Attribute<'_>| Side {
        value: attribute.value().into_owned(),
        position: attribute.position(),
    };
    for attribute in left.attributes() {
        let other = right.attribute(attribute.name());
        if other.is_some_and(|other| other.value() == attribute.value()) {
            continue;
        }
        let path = format!("{}/@{}", left.path(), attribute.name());
        found.push(Difference { path, left: Some(side(attribute)), right: other.map(side) });
    }
    for attribute in right.attributes().filter(|attribute| left.attribute(attribute.name()).is_none()) {
        let path = format!("{}/@{}", left.path(), attribute.name());
        found.push(Difference { path, left: None, right: Some(side(attribute)) });
    }
}

/// An element of which only one document has one: its text where there is nothing else, or its source in one line.
fn whole(element: Element<'_>) -> Side {
    let is_text = element.attributes().next().is_none() && element.children().next().is_none();
    if is_text && !element.content().is_empty() {
        return Side { value: element.text().into_owned(), position: element.position() };
    }
    let value = element.source().split_whitespace().collect::<Vec<_>>().join(" ").replace("> <", "><");
    Side { value, position: element.position() }
}

/// A child, and what tells it from others of its name.
struct Child<'d> {
    element: Element<'d>,
    key: String,
}

/// The children with their keys. Where several have the same key, their number in the order is a part of it.
fn numbered(parent: Element<'_>) -> impl Iterator<Item = Child<'_>> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    parent.children().map(move |element| {
        let key = key(element);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        Child { element, key: format!("{key}#{count}") }
    })
}

/// What names an element among others of its name: its target, address, name or number.
fn key(element: Element<'_>) -> String {
    const NAMING: &[(&str, &str)] =
        &[("target", "dev"), ("target", "dir"), ("mac", "address"), ("alias", "name"), ("target", "port")];
    const ATTRIBUTES: &[&str] = &["name", "id", "index", "vcpu", "iothread", "dev", "uuid", "ip"];
    let by_child =
        || NAMING.iter().find_map(|(child, attribute)| element.child(child)?.attribute_value(attribute));
    let by_attribute = || ATTRIBUTES.iter().find_map(|name| element.attribute_value(name));
    let kind = element.attribute_value("type").filter(|_| element.name() == "controller").unwrap_or_default();
    let named = by_child().or_else(by_attribute).unwrap_or_default();
    format!("{} {kind} {named}", element.name())
}

/// Children by what names them.
struct ByName<'d> {
    children: Vec<Option<Element<'d>>>,
    by_key: HashMap<String, usize>,
    by_name: HashMap<&'d str, Vec<usize>>,
}

impl<'d> ByName<'d> {
    fn of(parent: Element<'d>) -> Self {
        let mut all = Self { children: Vec::new(), by_key: HashMap::new(), by_name: HashMap::new() };
        for (index, child) in numbered(parent).enumerate() {
            all.children.push(Some(child.element));
            all.by_key.insert(child.key, index);
            all.by_name.entry(child.element.name()).or_default().push(index);
        }
        all
    }

    /// The one that is named alike, or, of a name that only one element has here, that one.
    fn take(&mut self, child: &Child<'_>) -> Option<Element<'d>> {
        let only = || match self.by_name.get(child.element.name())?.as_slice() {
            [index] => Some(*index),
            _ => None,
        };
        let index = self.by_key.get(&child.key).copied().or_else(only)?;
        self.children[index].take()
    }

    fn left_over(self) -> impl Iterator<Item = Element<'d>> {
        self.children.into_iter().flatten()
    }
}
