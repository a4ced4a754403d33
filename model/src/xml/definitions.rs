//! What a document type declaration defines for the document that it is in.

use super::characters::{NAME, NAME_START, is};
use super::value::{attribute_into, is_predefined, push_attribute, text_into};
use std::collections::HashMap;
use std::sync::Arc;

/// Entities, and defaults of attributes, of one document. Nothing outside of the document is ever looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Definitions {
    entities: HashMap<Box<str>, Entity>,
    /// By the names of the element and the attribute.
    attributes: HashMap<(Box<str>, Box<str>), AttributeType>,
    /// Whether entities can be defined where nobody looks, so that one that is not known is no mistake.
    pub(super) may_be_elsewhere: bool,
}

/// What the name of an entity stands for.
#[derive(Debug, Clone)]
pub(super) enum Entity {
    /// A text, which is read as a part of the document.
    Internal(Arc<str>),
    /// What another file holds, which is never opened: nothing.
    External,
    /// Data of another kind, which cannot stand in a document.
    Unparsed,
}

/// How the values of an attribute are read.
#[derive(Debug, Clone)]
pub(super) struct AttributeType {
    /// Whether a value is a list of words, in which blanks are worth nothing.
    pub(super) words: bool,
    /// The value where there is none, as it was written.
    pub(super) default: Option<Box<str>>,
}

impl Definitions {
    /// Defines an entity, unless it is.
    pub(super) fn define(&mut self, name: &str, entity: Entity) {
        self.entities.entry(name.into()).or_insert(entity);
    }

    /// Declares an attribute, unless it is.
    pub(super) fn declare(&mut self, element: &str, attribute: &str, declared: AttributeType) {
        self.attributes.entry((element.into(), attribute.into())).or_insert(declared);
    }

    pub(super) fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.get(name)
    }

    pub(super) fn attribute(&self, element: &str, attribute: &str) -> Option<&AttributeType> {
        if self.attributes.is_empty() {
            return None;
        }
        self.attributes.get(&(element.into(), attribute.into()))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let texts = self.entities.iter().map(|(name, entity)| {
            let text = if let Entity::Internal(text) = entity { text.len() } else { 0 };
            name.len() + text + size_of::<Entity>()
        });
        let attributes = self.attributes.iter().map(|((element, attribute), declared)| {
            let default = declared.default.as_ref().map_or(0, |default| default.len());
            element.len() + attribute.len() + default + size_of::<AttributeType>()
        });
        texts.sum::<usize>() + attributes.sum::<usize>()
    }

    /// Adds the text that an entity stands for in content: what stands in elements, comments and the like is text too.
    pub(super) fn text_of(&self, name: &str, value: &mut String) {
        let Some(Entity::Internal(replacement)) = self.entity(name) else { return };
        let mut rest: &str = replacement;
        while let Some(at) = rest.find('<') {
            text_into(&rest[..at], Some(self), value);
            rest = &rest[at..];
            let (inside, end) = markup(rest);
            value.push_str(inside);
            rest = &rest[end..];
        }
        text_into(rest, Some(self), value);
    }

    /// Adds the text that an entity stands for in the value of an attribute.
    pub(super) fn attribute_of(&self, name: &str, value: &mut String) {
        if let Some(Entity::Internal(replacement)) = self.entity(name) {
            attribute_into(replacement, Some(self), value);
        }
    }

    /// The source of an element with entities replaced by what they stand for.
    pub(super) fn replaced(&self, source: &str) -> String {
        let mut out = String::with_capacity(source.len());
        self.replace_into(source, &mut out);
        out
    }

    fn replace_into(&self, source: &str, out: &mut String) {
        let mut rest = source;
        while let Some(at) = rest.find(['<', '&']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((name, after)) = rest.strip_prefix('&').and_then(|rest| rest.split_once(';')) {
                match self.entity(name) {
                    _ if name.starts_with('#') || is_predefined(name) => {
                        out.push_str(&rest[..name.len() + 2])
                    }
                    Some(Entity::Internal(replacement)) => self.replace_into(replacement, out),
                    _ => {}
                }
                rest = after;
                continue;
            }
            let (_, end) = markup(rest);
            if rest.as_bytes().get(1).is_some_and(|byte| is(*byte, NAME_START)) {
                self.replace_in_tag(&rest[..end], out);
            } else {
                out.push_str(&rest[..end]);
            }
            rest = &rest[end..];
        }
        out.push_str(rest);
    }

    fn replace_in_tag(&self, tag: &str, out: &mut String) {
        let mut rest = tag;
        while let Some((before, after)) = rest.split_once('&') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once(';') else { break };
            if name.starts_with('#') || is_predefined(name) {
                out.push('&');
                out.push_str(name);
                out.push(';');
            } else {
                let (mut value, mut escaped) = (String::new(), String::new());
                self.attribute_of(name, &mut value);
                push_attribute(&mut escaped, &value, '\'');
                out.push_str(&escaped.replace('"', "&quot;"));
            }
            rest = behind;
        }
        out.push_str(rest);
    }
}

/// For markup that starts here: what of it counts as text in an entity, and the offset behind it. It was read before.
fn markup(rest: &str) -> (&str, usize) {
    for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        let Some(inside) = rest.strip_prefix(start) else { continue };
        let length = inside.find(end).unwrap_or(inside.len());
        let inside = &inside[..length];
        let behind = (start.len() + length + end.len()).min(rest.len());
        return match start {
            "<?" => {
                (inside.trim_start_matches(|c: char| !c.is_ascii() || is(c as u8, NAME)).trim_start(), behind)
            }
            _ => (inside, behind),
        };
    }
    let mut quote = None;
    let end = rest.bytes().position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None if matches!(byte, b'\'' | b'"') => {
            quote = Some(byte);
            false
        }
        None => byte == b'>',
    });
    ("", end.map_or(rest.len(), |end| end + 1))
}
