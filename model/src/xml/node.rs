//! What stands in an element: attributes in its start tag, nodes between its tags.
//!
//! All of it was checked when the document was read, so that only its ends are looked for here.

use super::characters::{NAME, SPACE, is};
use super::document::Document;
use super::element::{Children, Element};
use super::error::Position;
use super::scan::Span;
use super::value::attribute_value;
use std::borrow::Cow;
use std::ops::Range;

/// An attribute as it is written.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    document: &'a Document,
    /// The offset of the name.
    start: usize,
    name_end: usize,
    /// The offset behind the opening quote.
    value_start: usize,
    value_end: usize,
}

impl<'a> Attribute<'a> {
    /// The name as it is written, with its prefix.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.document.as_str()[self.start..self.name_end]
    }

    /// The value, references resolved.
    #[must_use]
    pub fn value(self) -> Cow<'a, str> {
        attribute_value(self.source(), self.document.definitions())
    }

    /// The value as it is written between its quotes.
    #[must_use]
    pub fn source(self) -> &'a str {
        &self.document.as_str()[self.value_range()]
    }

    /// Where the name begins.
    #[must_use]
    pub fn position(self) -> Position {
        self.document.position(self.start)
    }

    /// The bytes between the quotes.
    pub(super) fn value_range(self) -> Range<usize> {
        self.value_start..self.value_end
    }

    /// The bytes of the whole attribute.
    pub(super) fn range(self) -> Range<usize> {
        self.start..self.value_end + 1
    }

    pub(super) fn quote(self) -> char {
        char::from(self.document.as_str().as_bytes()[self.value_end])
    }
}

/// The attributes of an element.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    document: &'a Document,
    at: usize,
    end: usize,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(document: &'a Document, span: Span) -> Self {
        Self { document, at: span.name_end as usize, end: span.open_end as usize }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let bytes = &self.document.as_str().as_bytes()[..self.end];
        let skip =
            |from: usize, class: u8| from + bytes[from..].iter().take_while(|byte| is(**byte, class)).count();
        let start = skip(self.at, SPACE);
        let name_end = skip(start, NAME);
        if start == name_end {
            return None;
        }
        let quote_at = skip(skip(name_end, SPACE) + 1, SPACE);
        let value_start = quote_at + 1;
        let length = bytes[value_start..].iter().position(|byte| *byte == bytes[quote_at]);
        let value_end = value_start + length.expect("a value has an end");
        self.at = value_end + 1;
        Some(Attribute { document: self.document, start, name_end, value_start, value_end })
    }
}

/// What can stand between an element's tags, texts as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'a> {
    /// An element.
    Element(Element<'a>),
    /// Text, its references unresolved.
    Text(&'a str),
    /// Text that was written as `<![CDATA[…]]>`, without these marks.
    CharacterData(&'a str),
    /// A comment without its marks.
    Comment(&'a str),
    /// A processing instruction without its marks.
    Instruction(&'a str),
}

/// The nodes directly in an element.
#[derive(Debug, Clone)]
pub struct Nodes<'a> {
    document: &'a Document,
    children: std::iter::Peekable<Children<'a>>,
    at: usize,
    end: usize,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(element: Element<'a>, content: Range<usize>) -> Self {
        let children = element.children().peekable();
        Self { document: element.document(), children, at: content.start, end: content.end }
    }
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let rest = &self.document.as_str()[self.at..self.end];
        if rest.is_empty() {
            return None;
        }
        if let Some(child) = self.children.next_if(|child| child.span().start as usize == self.at) {
            self.at = child.range().end;
            return Some(Node::Element(child));
        }
        let (start, end, node): (_, _, fn(&'a str) -> Node<'a>) = if rest.starts_with("<!--") {
            ("<!--", "-->", Node::Comment)
        } else if rest.starts_with("<![CDATA[") {
            ("<![CDATA[", "]]>", Node::CharacterData)
        } else if rest.starts_with("<?") {
            ("<?", "?>", Node::Instruction)
        } else {
            let length = rest.find('<').unwrap_or(rest.len());
            self.at += length;
            return Some(Node::Text(&rest[..length]));
        };
        let length = rest[start.len()..].find(end).expect("what has a start has an end");
        self.at += start.len() + length + end.len();
        Some(node(&rest[start.len()..start.len() + length]))
    }
}
