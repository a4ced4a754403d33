//! An element of a document.

use super::document::Document;
use super::error::{Position, XmlError};
use super::node::{Attribute, Attributes, Node, Nodes};
use super::scan::Span;
use super::value::{attribute_value, text_into, text_value, words};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// An element of a [`Document`]; cheap to copy.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    document: &'a Document,
    index: u32,
    span: Span,
}

impl<'a> Element<'a> {
    pub(super) fn new(document: &'a Document, index: u32) -> Self {
        Self { document, index, span: document.span(index) }
    }

    /// The document that it is in.
    #[must_use]
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// The name as it is written, with its prefix.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.slice(self.span.start as usize + 1..self.span.name_end as usize)
    }

    /// The name without its prefix.
    #[must_use]
    pub fn local_name(self) -> &'a str {
        self.name().split_once(':').map_or(self.name(), |(_, name)| name)
    }

    /// What stands before `:` in the name.
    #[must_use]
    pub fn prefix(self) -> Option<&'a str> {
        self.name().split_once(':').map(|(prefix, _)| prefix)
    }

    /// The URI of the namespace that the name is in, as declared here or further out.
    #[must_use]
    pub fn namespace(self) -> Option<Cow<'a, str>> {
        let mut element = Some(self);
        while let Some(here) = element {
            let declared = here.attributes().find(|attribute| match self.prefix() {
                Some(prefix) => attribute.name().strip_prefix("xmlns:") == Some(prefix),
                None => attribute.name() == "xmlns",
            });
            let default = || match (self.document.definitions(), self.prefix()) {
                (None, _) => None,
                (Some(_), Some(prefix)) => here.attribute_value(&format!("xmlns:{prefix}")),
                (Some(_), None) => here.attribute_value("xmlns"),
            };
            if let Some(declared) = declared.map(Attribute::value).or_else(default) {
                return Some(declared).filter(|uri| !uri.is_empty());
            }
            element = here.parent();
        }
        None
    }

    /// The attributes, in order.
    #[must_use]
    pub fn attributes(self) -> Attributes<'a> {
        Attributes::new(self.document, self.span)
    }

    /// The attribute of that name, which is compared as it is written.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.name() == name)
    }

    /// The value of the attribute of that name; where it is not written, the default that the document defines for it.
    #[must_use]
    pub fn attribute_value(self, name: &str) -> Option<Cow<'a, str>> {
        self.value_of(self.attribute(name), name)
    }

    /// The value of an attribute that was looked for already; the default that the document defines for it where it is not
    /// written.
    pub(crate) fn value_of(self, written: Option<Attribute<'a>>, name: &str) -> Option<Cow<'a, str>> {
        let written = written.map(Attribute::value);
        let Some(definitions) = self.document.definitions() else { return written };
        let Some(declared) = definitions.attribute(self.name(), name) else { return written };
        let default = || declared.default.as_deref().map(|raw| attribute_value(raw, Some(definitions)));
        let value = written.or_else(default)?;
        Some(if declared.words { Cow::Owned(words(&value)) } else { value })
    }

    /// The elements directly in it, in order.
    #[must_use]
    pub fn children(self) -> Children<'a> {
        Children { document: self.document, next: self.index + 1, end: self.span.next }
    }

    /// The first element of that name directly in it. Names are compared as they are written: one with a prefix is
    /// another.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// The element reached by taking the first child of each name in turn.
    #[must_use]
    pub fn descendant(self, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    /// It and all elements in it at any depth, in the order of their start tags.
    pub fn descendants(self) -> impl Iterator<Item = Element<'a>> {
        (self.index..self.span.next).map(move |index| Self::new(self.document, index))
    }

    /// Elements, texts, comments and the rest directly in it, in order.
    #[must_use]
    pub fn nodes(self) -> Nodes<'a> {
        Nodes::new(self, self.content_range())
    }

    /// The element that it is in.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        (self.index != self.span.parent).then(|| Self::new(self.document, self.span.parent))
    }

    /// All text in it, that of elements in it too, without comments. References are resolved, CDATA is text.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        let content = self.content();
        if !content.contains('<') {
            return text_value(content, self.document.definitions());
        }
        let mut text = String::new();
        let mut nodes = vec![self.nodes()];
        while let Some(last) = nodes.last_mut() {
            match last.next() {
                Some(Node::Element(element)) => nodes.push(element.nodes()),
                Some(Node::Text(raw)) => text_into(raw, self.document.definitions(), &mut text),
                Some(Node::CharacterData(raw)) => {
                    text.push_str(&raw.replace("\r\n", "\n").replace('\r', "\n"))
                }
                Some(Node::Comment(_) | Node::Instruction(_)) => {}
                None => {
                    nodes.pop();
                }
            }
        }
        Cow::Owned(text)
    }

    /// The text directly in it, without that of elements in it.
    #[must_use]
    pub fn own_text(self) -> Cow<'a, str> {
        if self.children().next().is_none() {
            return self.text();
        }
        let mut own = String::new();
        for node in self.nodes() {
            match node {
                Node::Text(raw) => own.push_str(&text_value(raw, self.document.definitions())),
                Node::CharacterData(raw) => own.push_str(raw),
                Node::Element(_) | Node::Comment(_) | Node::Instruction(_) => {}
            }
        }
        Cow::Owned(own)
    }

    /// The element as a document of its own, with the namespaces declared that it uses and that are declared around it.
    ///
    /// # Errors
    ///
    /// It is larger than [`Limits::DOCUMENT`](super::Limits::DOCUMENT) allows.
    pub fn to_document(self) -> Result<Document, XmlError> {
        let document = match self.document.definitions() {
            None => Document::parse(self.source())?,
            Some(definitions) => Document::parse(definitions.replaced(self.source()))?,
        };
        let mut edit = document.edit();
        let mut around = self.parent();
        let mut declared: Vec<&str> = self.attributes().map(Attribute::name).collect();
        while let Some(element) = around {
            for attribute in element.attributes() {
                let used = match attribute.name().strip_prefix("xmlns:") {
                    Some(prefix) => self.source().contains(&format!("{prefix}:")),
                    None => attribute.name() == "xmlns",
                };
                if used && !declared.contains(&attribute.name()) {
                    declared.push(attribute.name());
                    edit.set_attribute(document.root(), attribute.name(), &attribute.value());
                }
            }
            around = element.parent();
        }
        match edit.is_empty() {
            true => Ok(document),
            false => edit.finish(),
        }
    }

    /// The element as it is written, tags included.
    #[must_use]
    pub fn source(self) -> &'a str {
        self.slice(self.range())
    }

    /// What is written between its tags.
    #[must_use]
    pub fn content(self) -> &'a str {
        self.slice(self.content_range())
    }

    /// Where its start tag begins.
    #[must_use]
    pub fn position(self) -> Position {
        self.document.position(self.span.start as usize)
    }

    /// The names from the root to it, such as `/domain/devices/disk[2]`, numbered where there are several.
    #[must_use]
    pub fn path(self) -> String {
        let mut steps = Vec::new();
        let mut element = self;
        while let Some(parent) = element.parent() {
            let mut namesakes = parent.children().filter(|sibling| sibling.name() == element.name());
            let before = namesakes.by_ref().take_while(|sibling| sibling.index != element.index).count();
            steps.push(match (before, namesakes.next()) {
                (0, None) => format!("/{}", element.name()),
                _ => format!("/{}[{}]", element.name(), before + 1),
            });
            element = parent;
        }
        steps.push(format!("/{}", element.name()));
        steps.reverse();
        steps.concat()
    }

    /// The element or attribute at a path from this one, such as [`Element::path`] gives of the root's descendants.
    #[must_use]
    pub fn at_path(self, path: &str) -> Option<(Self, Option<Attribute<'a>>)> {
        let mut element = self;
        // The first step is this element itself.
        for step in path.strip_prefix('/')?.split('/').skip(1) {
            if let Some(name) = step.strip_prefix('@') {
                return Some((element, Some(element.attribute(name)?)));
            }
            let (name, number) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, number)) => (name, number.parse().ok()?),
                None => (step, 1_usize),
            };
            element = element.children().filter(|child| child.name() == name).nth(number.checked_sub(1)?)?;
        }
        Some((element, None))
    }

    /// The bytes of the document that it takes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        let start = self.span.start as usize;
        if self.is_self_closed() {
            return start..self.span.open_end as usize;
        }
        let close = self.span.close_start as usize;
        let length = self.document.as_str()[close..].find('>').expect("an end tag has an end");
        start..close + length + 1
    }

    /// Whether it is written as one tag, `<name/>`.
    #[must_use]
    pub fn is_self_closed(self) -> bool {
        self.slice(self.span.start as usize..self.span.open_end as usize).ends_with("/>")
    }

    pub(super) fn content_range(self) -> Range<usize> {
        self.span.open_end as usize..self.span.close_start as usize
    }

    pub(super) fn span(self) -> Span {
        self.span
    }

    fn slice(self, range: Range<usize>) -> &'a str {
        &self.document.as_str()[range]
    }
}

impl PartialEq for Element<'_> {
    /// The same element of the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Element").field(&self.source()).finish()
    }
}

/// The elements directly in an element.
#[derive(Debug, Clone)]
pub struct Children<'a> {
    document: &'a Document,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        (self.next < self.end).then(|| {
            let element = Element::new(self.document, self.next);
            self.next = element.span.next;
            element
        })
    }
}
