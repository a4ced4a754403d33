//! Events as XML: `<event type="…" timestamp="…">…</event>`.

use super::Event;
use super::record::{FieldError, FieldMap, FieldRef, FieldTree, FieldVisitor, ReadRecord, Record};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesRef, BytesStart, Event as Token};
use std::fmt::{self, Write};

/// Deeper than any event that can be read, and shallow enough for any stack.
const MAX_DEPTH: usize = 16;
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
                push(&mut self.attributes, format_args!(" {name}=\"{}\"", escape(&text)));
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
                    // A reader may turn a bare carriage return into a line feed.
                    push(self.0, format_args!("<{name}>{}", escape(&text).replace('\r', "&#13;")));
                } else {
                    push(self.0, format_args!("<{name} {ESCAPED}=\"true\">{}", escape(hide(&text))));
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

/// An element that has begun and not ended.
struct Open {
    name: String,
    is_escaped: bool,
    children: FieldMap,
    has_children: bool,
    text: String,
}

impl Open {
    fn close(self) -> Result<(String, FieldTree), String> {
        let tree = if self.has_children {
            FieldTree::Record(self.children)
        } else if self.is_escaped {
            FieldTree::Text(reveal(&self.text).ok_or("an escape is not of the form \\u{…}")?)
        } else {
            FieldTree::Text(self.text)
        };
        Ok((self.name, tree))
    }
}

fn read_document(xml: &str) -> Result<FieldMap, EventXmlError> {
    let mut reader = Reader::from_str(xml);
    let mut document = DocumentReader::default();
    loop {
        let token = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
        let outcome = match token {
            Ok(Token::Eof) => return document.finish().map_err(|problem| EventXmlError::at(xml, at, problem)),
            Ok(token) => document.token(token),
            Err(error) => Err(error.to_string()),
        };
        outcome.map_err(|problem| EventXmlError::at(xml, at, problem))?;
    }
}

#[derive(Default)]
struct DocumentReader {
    open: Vec<Open>,
    root: Option<FieldMap>,
}

impl DocumentReader {
    fn token(&mut self, token: Token<'_>) -> Result<(), String> {
        match token {
            Token::Start(start) => self.start(&start),
            Token::Empty(start) => {
                self.start(&start)?;
                self.end()
            }
            Token::End(_) => self.end(),
            Token::Text(text) => self.text(&text.decode().map_err(|error| error.to_string())?),
            Token::CData(text) => self.text(&text.decode().map_err(|error| error.to_string())?),
            Token::GeneralRef(reference) => self.text(&referenced(&reference)?),
            Token::DocType(_) => Err("has a document type".to_owned()),
            Token::Comment(_) | Token::Decl(_) | Token::PI(_) | Token::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("elements are more than {MAX_DEPTH} deep"));
        }
        if self.root.is_some() {
            return Err("something follows the event".to_owned());
        }
        let name = text_of(start.name().as_ref())?;
        let mut open =
            Open { name, is_escaped: false, children: FieldMap::default(), has_children: false, text: String::new() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = text_of(&attribute.value)?;
            let value = quick_xml::escape::unescape(&value).map_err(|error| error.to_string())?;
            let key = text_of(attribute.key.as_ref())?;
            if !self.open.is_empty() {
                open.is_escaped |= key == ESCAPED && value == "true";
            } else {
                let key = if key == "timestamp" { "time" } else { &key };
                open.children.push(key, FieldTree::Text(value.into_owned()));
            }
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let closed = self.open.pop().ok_or("an end without a start")?;
        match self.open.last_mut() {
            Some(parent) => {
                let (name, tree) = closed.close()?;
                parent.has_children = true;
                parent.children.push(name, tree);
            }
            None if closed.name == "event" => self.root = Some(closed.children),
            None => return Err(format!("is not an event but {}", closed.name)),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(open) => open.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("has text outside of the event".to_owned()),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<FieldMap, String> {
        match self.open.last() {
            Some(open) => Err(format!("ends inside of {}", open.name)),
            None => self.root.take().ok_or_else(|| "has no element".to_owned()),
        }
    }
}

fn text_of(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

fn referenced(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = reference.decode().map_err(|error| error.to_string())?;
    let text = quick_xml::escape::resolve_predefined_entity(&name);
    text.map(str::to_owned).ok_or_else(|| format!("has an entity that XML does not define: {name}"))
}

/// Why a text is not an event in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventXmlError {
    /// It is not well-formed, or something that events never have.
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The character in the line, counted from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// It is something else than an event.
    Field(FieldError),
}

impl EventXmlError {
    fn at(xml: &str, offset: usize, problem: String) -> Self {
        let before = xml.get(..offset).unwrap_or(xml);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::Malformed { line, column, problem }
    }
}

impl fmt::Display for EventXmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { line, column, problem } => write!(formatter, "line {line}, column {column}: {problem}"),
            Self::Field(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for EventXmlError {}
