//! Events as XML: `<event type="…" timestamp="…">…</event>`.

use super::Event;
use super::record::{FieldError, FieldMap, FieldRef, FieldTree, FieldVisitor, ReadRecord, Record};
use crate::xml::{Document, Element, Limits, Position, XmlError, push_attribute, push_text, quoted};
use std::fmt::{self, Write};

/// An event is small; it is as deep as the deepest kind, with room to grow, and shallow enough for any stack.
const EVENT: Limits = Limits { depth: 16, ..Limits::DOCUMENT };
/// Marks an element whose text has characters that XML cannot hold, written as `\u{…}`.
const ESCAPED: &str = "escaped";
/// The name of each element of a list.
const ITEM: &str = "item";

impl Event {
    /// The event as an XML element on one line.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut root = RootWriter { attributes: String::new(), content: String::new() };
        self.visit(&mut root);
        format!("<event{}>{}</event>", root.attributes, root.content)
    }

    /// Reads what [`Event::to_xml`] wrote.
    ///
    /// # Errors
    ///
    /// It is not well-formed, has a document type or entities of its own, or is not an event.
    pub fn from_xml(xml: &str) -> Result<Self, EventXmlError> {
        let mut fields = read_document(xml)?;
        Self::from_fields(&mut fields).map_err(EventXmlError::Field)
    }
}

/// The outermost element: plain values become attributes, all else elements.
struct RootWriter {
    attributes: String,
    content: String,
}

impl FieldVisitor for RootWriter {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        let name = if name == "time" { "timestamp" } else { name };
        match value {
            FieldRef::Record(_) | FieldRef::List(_) => ElementWriter(&mut self.content).field(name, value),
            plain => {
                let text = plain_text(plain);
                push(&mut self.attributes, format_args!(" {name}=\""));
                push_attribute(&mut self.attributes, &text, '"');
                self.attributes.push('"');
            }
        }
    }
}

struct ElementWriter<'a>(&'a mut String);

impl FieldVisitor for ElementWriter<'_> {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        match value {
            FieldRef::Record(record) => {
                push(self.0, format_args!("<{name}>"));
                record.visit(self);
            }
            FieldRef::List(list) => {
                push(self.0, format_args!("<{name}>"));
                for record in (0..list.len()).filter_map(|index| list.get(index)) {
                    self.field(ITEM, FieldRef::Record(record));
                }
            }
            plain => {
                let text = plain_text(plain);
                if text.chars().all(is_xml_char) {
                    push(self.0, format_args!("<{name}>"));
                    push_text(self.0, &text);
                } else {
                    push(self.0, format_args!("<{name} {ESCAPED}=\"true\">"));
                    push_text(self.0, &hide(&text));
                }
            }
        }
        push(self.0, format_args!("</{name}>"));
    }
}

fn push(target: &mut String, text: fmt::Arguments<'_>) {
    target.write_fmt(text).expect("writing to a string does not fail");
}

fn plain_text(value: FieldRef<'_>) -> String {
    match value {
        FieldRef::Text(text) => text.to_owned(),
        other => format!("{other:?}"),
    }
}

/// What XML 1.0 can hold, even as a character reference.
fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn hide(text: &str) -> String {
    let mut hidden = String::new();
    for character in text.chars() {
        if character == '\\' || character == '\r' || !is_xml_char(character) {
            hidden.extend(character.escape_unicode());
        } else {
            hidden.push(character);
        }
    }
    hidden
}

fn reveal(text: &str) -> Option<String> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (digits, after) = after.split_once('}')?;
        shown.push_str(before);
        shown.push(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?);
        rest = after;
    }
    shown.push_str(rest);
    Some(shown)
}

/// The fields that the outermost element holds: attributes and elements alike.
fn read_document(xml: &str) -> Result<FieldMap, EventXmlError> {
    let document = Document::parse_with(xml, &EVENT).map_err(EventXmlError::Malformed)?;
    let root = document.root();
    if root.name() != "event" {
        return Err(malformed(root, format!("is not an event but {}", quoted(root.name()))));
    }
    let mut fields = FieldMap::default();
    for attribute in root.attributes() {
        let name = if attribute.name() == "timestamp" { "time" } else { attribute.name() };
        fields.push(name, FieldTree::Text(attribute.value().into_owned()));
    }
    for child in root.children() {
        fields.push(child.name(), read_element(child)?);
    }
    Ok(fields)
}

fn read_element(element: Element<'_>) -> Result<FieldTree, EventXmlError> {
    let mut children = element.children().peekable();
    if children.peek().is_none() {
        let text = element.text();
        return if element.attribute_value(ESCAPED).as_deref() == Some("true") {
            let shown =
                reveal(&text).ok_or_else(|| malformed(element, "an escape is not of the form \\u{…}"));
            shown.map(FieldTree::Text)
        } else {
            Ok(FieldTree::Text(text.into_owned()))
        };
    }
    let mut fields = FieldMap::default();
    for child in children {
        fields.push(child.name(), read_element(child)?);
    }
    Ok(FieldTree::Record(fields))
}

fn malformed(element: Element<'_>, problem: impl Into<String>) -> EventXmlError {
    let Position { line, column } = element.position();
    EventXmlError::Malformed(XmlError { line, column, message: problem.into() })
}

/// Why a text is not an event in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventXmlError {
    /// It is not well-formed, or something that events never have.
    Malformed(XmlError),
    /// It is something else than an event.
    Field(FieldError),
}

impl fmt::Display for EventXmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(formatter),
            Self::Field(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for EventXmlError {}
