//! What types know of their elements.

use super::mapping::ElementValue;
use super::namespace;
use crate::xml::{Attribute, Edit, Element};
use std::borrow::Cow;

/// The value of an attribute that says which sort of element it is, and what is known of that sort.
pub type Variant = (&'static str, fn(&mut Shape));

/// What a type knows of an element: the attributes and elements that it reads.
#[derive(Debug, Default, Clone)]
pub struct Shape {
    attributes: Vec<&'static str>,
    children: Vec<(&'static str, Child)>,
    variants: Vec<Variants>,
    /// Names of children that stand in one place, in any order.
    choices: Vec<&'static [&'static str]>,
    takes_all: bool,
}

/// An attribute that says which sort of element it is, and what is known of each.
#[derive(Debug, Clone, Copy)]
struct Variants {
    tag: &'static str,
    default: Option<&'static str>,
    shapes: &'static [Variant],
    /// How many attributes and children come before those of the sort.
    behind: (usize, usize),
}

#[derive(Debug, Clone, Copy)]
enum Child {
    /// What is known of the child.
    Value(fn(&mut Shape)),
    /// Others are in the child, of this name.
    List(&'static str, fn(&mut Shape)),
}

/// Something in a document that no type knows.
#[derive(Debug, Clone, Copy)]
pub enum Unknown<'d> {
    /// An element, with all that is in it.
    Element(Element<'d>),
    /// An attribute of an element.
    Attribute(Element<'d>, Attribute<'d>),
}

impl Shape {
    /// What a type knows of its element.
    #[must_use]
    pub fn of<T: ElementValue>() -> Self {
        Self::filled(T::shape)
    }

    fn filled(fill: fn(&mut Shape)) -> Self {
        let mut shape = Self::default();
        fill(&mut shape);
        shape
    }

    /// The element may have this attribute.
    pub fn attribute(&mut self, name: &'static str) {
        self.attributes.push(name);
    }

    /// The element may have such a child.
    pub fn child<T: ElementValue>(&mut self, name: &'static str) {
        self.children.push((name, Child::Value(T::shape)));
    }

    /// The element may have children of these names, of each of which it is said too what is known, in any order.
    pub fn choice(&mut self, names: &'static [&'static str]) {
        self.choices.push(names);
    }

    /// The element may have a child with nothing in it.
    pub fn flag(&mut self, name: &'static str) {
        self.children.push((name, Child::Value(|_| {})));
    }

    /// The element may have a child in which others of a name are.
    pub fn list<T: ElementValue>(&mut self, list: &'static str, name: &'static str) {
        self.children.push((list, Child::List(name, T::shape)));
    }

    /// An attribute says which sort of element it is, and so what it may have.
    pub fn variants(&mut self, tag: &'static str, default: Option<&'static str>, shapes: &'static [Variant]) {
        self.attributes.push(tag);
        let behind = (self.attributes.len(), self.children.len());
        self.variants.push(Variants { tag, default, shapes, behind });
    }

    /// All that is in the element is kept as it is.
    pub fn everything(&mut self) {
        self.takes_all = true;
    }

    /// Finds what the type does not know of an element and of those in it, in the order of the document.
    pub fn unknown<'d>(&self, element: Element<'d>, found: &mut Vec<Unknown<'d>>) {
        if self.takes_all {
            return;
        }
        let here = self.here(element);
        let known =
            |name: &str| here.attributes.contains(&name) || name == "xmlns" || name.starts_with("xmlns:");
        let unknown = element.attributes().filter(|attribute| !known(attribute.name()));
        found.extend(unknown.map(|attribute| Unknown::Attribute(element, attribute)));
        for child in element.children() {
            match here.within(child) {
                None => found.push(Unknown::Element(child)),
                Some(shape) => shape.unknown(child, found),
            }
        }
    }

    /// What is known of a child; none where it is not known at all. This must be what is known [`Shape::here`].
    pub(super) fn within(&self, child: Element<'_>) -> Option<Self> {
        let mut shapes = self.children.iter().filter(|(name, _)| namespace::names(child, name)).peekable();
        shapes.peek()?;
        // Two fields can read an element of the same name, each a part of it.
        let mut shape = Self::default();
        for (_, inner) in shapes {
            match *inner {
                Child::Value(fill) => fill(&mut shape),
                Child::List(name, fill) => shape.children.push((name, Child::Value(fill))),
            }
        }
        Some(shape)
    }

    /// What is known of an element of this shape: that of its sort, where an attribute says which it is.
    pub(super) fn here(&self, element: Element<'_>) -> Cow<'_, Self> {
        if self.variants.is_empty() { Cow::Borrowed(self) } else { Cow::Owned(self.resolved(element)) }
    }

    /// Whether all that is in the element is kept as it is.
    pub(super) fn takes_all(&self) -> bool {
        self.takes_all
    }

    /// Whether elements can be in the element.
    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    /// Which of the attributes it is, in the order in which they are written.
    pub(super) fn attribute_rank(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|known| *known == name)
    }

    /// Which of the children it is, in the order in which they are written.
    pub(super) fn child_rank(&self, child: Element<'_>) -> Option<usize> {
        let choice = self.choices.iter().find(|names| names.contains(&child.name()));
        match choice.and_then(|names| names.first()) {
            Some(first) => self.children.iter().position(|(name, _)| name == first),
            None => self.children.iter().position(|(name, _)| namespace::names(child, name)),
        }
    }

    /// What is known of this element, whose attributes say which sort it is.
    fn resolved(&self, element: Element<'_>) -> Self {
        let mut shape = self.clone();
        // From the last to the first, so that each is put in where it belongs.
        for Variants { tag, default, shapes, behind } in std::mem::take(&mut shape.variants).into_iter().rev()
        {
            let value = element.attribute_value(tag);
            let wanted = value.as_deref().or(default);
            for (_, fill) in shapes.iter().filter(|(value, _)| Some(*value) == wanted) {
                let mut sort = Self::filled(*fill);
                if !sort.variants.is_empty() {
                    sort = sort.resolved(element);
                }
                shape.attributes.splice(behind.0..behind.0, sort.attributes);
                shape.children.splice(behind.1..behind.1, sort.children);
                shape.takes_all |= sort.takes_all;
            }
        }
        shape
    }

    /// Removes from an element what this knows and the other does not.
    pub(super) fn remove_surplus<'d>(&self, other: &Self, edit: &mut Edit<'d>, element: Element<'d>) {
        for name in self.attributes.iter().filter(|name| !other.attributes.contains(name)) {
            edit.remove_attribute(element, name);
        }
        let only_here = |child: Element<'_>| {
            self.children.iter().any(|(name, _)| namespace::names(child, name))
                && !other.children.iter().any(|(name, _)| namespace::names(child, name))
        };
        for child in element.children().filter(|child| only_here(*child)) {
            edit.remove(child);
        }
    }
}
