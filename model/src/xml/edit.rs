//! Changes to a document.

use super::build::NewElement;
use super::characters::is_name;
use super::document::Document;
use super::element::Element;
use super::error::{XmlError, quoted};
use super::node::Node;
use super::value::{push_attribute, push_text};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// What a level of elements is indented by where no sibling shows it.
const INDENT: &str = "  ";

/// Where among its parent's elements a new element goes.
#[derive(Debug, Clone, Copy)]
pub enum Place<'d> {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Behind this one, which has the same parent.
    After(Element<'d>),
}

/// Changes that [`Edit::finish`] makes at once. What they do not name stays as it is, byte for byte.
///
/// Elements are those of the document before the changes. Of two changes of the same thing the later one is made. Where a change is made inside of an element that another
/// change removes or replaces, it is without effect. New elements are indented as their siblings are.
#[derive(Debug)]
pub struct Edit<'d> {
    document: &'d Document,
    splices: Vec<Splice>,
    /// The splices that add attributes, by place and name.
    added: HashMap<(usize, String), usize>,
    /// What goes into elements that have nothing in them yet, tags of their own not even written perhaps.
    filled: Vec<(Element<'d>, String)>,
    bad_name: Option<String>,
}

#[derive(Debug)]
struct Splice {
    range: Range<usize>,
    text: String,
}

impl<'d> Edit<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, splices: Vec::new(), added: HashMap::new(), filled: Vec::new(), bad_name: None }
    }

    /// Gives an element another name, in both its tags.
    pub fn rename(&mut self, element: Element<'d>, name: &str) {
        self.check_name(name);
        let span = element.span();
        self.splice(span.start as usize + 1..span.name_end as usize, name.to_owned());
        if !element.is_self_closed() {
            let close = span.close_start as usize + "</".len();
            self.splice(close..close + element.name().len(), name.to_owned());
        }
    }

    /// Gives an attribute a value; adds it behind the others if it is not there.
    pub fn set_attribute(&mut self, element: Element<'d>, name: &str, value: &str) {
        let mut text = String::new();
        if let Some(attribute) = element.attribute(name) {
            push_attribute(&mut text, value, attribute.quote());
            self.splice(attribute.value_range(), text);
        } else {
            self.check_name(name);
            text.push_str(&format!(" {name}='"));
            push_attribute(&mut text, value, '\'');
            text.push('\'');
            let name_end = element.span().name_end as usize;
            let behind = element.attributes().last().map_or(name_end, |attribute| attribute.range().end);
            match self.added.entry((behind, name.to_owned())) {
                Entry::Occupied(before) => self.splices[*before.get()].text = text,
                Entry::Vacant(new) => {
                    new.insert(self.splices.len());
                    self.splice(behind..behind, text);
                }
            }
        }
    }

    /// Removes an attribute, if it is there, with the blanks before it.
    pub fn remove_attribute(&mut self, element: Element<'d>, name: &str) {
        if let Some(attribute) = element.attribute(name) {
            let before = &self.document.as_str()[..attribute.range().start];
            self.splice(before.trim_end().len()..attribute.range().end, String::new());
        }
    }

    /// Replaces all that is between the element's tags by a text.
    pub fn set_text(&mut self, element: Element<'d>, value: &str) {
        let mut text = String::new();
        push_text(&mut text, value);
        if element.is_self_closed() {
            if !text.is_empty() {
                self.open_up(element, &text);
            }
        } else {
            self.splice(element.content_range(), text);
        }
    }

    /// Replaces the text between the elements in an element, blanks too, by one before them.
    pub fn set_own_text(&mut self, element: Element<'d>, value: &str) {
        if element.children().next().is_none() {
            return self.set_text(element, value);
        }
        let written = self.document.as_str().as_ptr() as usize;
        for node in element.nodes() {
            let (text, marks) = match node {
                Node::Text(text) => (text, ("", "")),
                Node::CharacterData(text) => (text, ("<![CDATA[", "]]>")),
                Node::Element(_) | Node::Comment(_) | Node::Instruction(_) => continue,
            };
            let start = text.as_ptr() as usize - written;
            self.splice(start - marks.0.len()..start + text.len() + marks.1.len(), String::new());
        }
        let start = element.content_range().start;
        let mut text = String::new();
        push_text(&mut text, value);
        self.splice(start..start, text);
    }

    /// Removes an element; its line too, if it has one of its own.
    pub fn remove(&mut self, element: Element<'d>) {
        let range = element.range();
        let blanks = line_before(element).map_or(0, str::len);
        self.splice(range.start - blanks..range.end, String::new());
    }

    /// Puts a new element in the place of another.
    pub fn replace(&mut self, element: Element<'d>, new: &NewElement) {
        let text = self.written(new, line_before(element).unwrap_or_default());
        self.splice(element.range(), text);
    }

    /// Puts a copy of an element, of any document, in the place of another.
    pub fn replace_by_copy(&mut self, element: Element<'d>, other: Element<'_>) {
        let text = copied(other, line_before(element).unwrap_or_default());
        self.splice(element.range(), text);
    }

    /// Puts an element that is written already in the place of another.
    pub(crate) fn replace_by_text(&mut self, element: Element<'d>, text: &str) {
        self.splice(element.range(), text.to_owned());
    }

    /// Adds a new element.
    pub fn insert(&mut self, parent: Element<'d>, place: Place<'d>, new: &NewElement) {
        let line = line_within(parent, place);
        let text = self.written(new, &line);
        self.insert_text(parent, place, &line, &text);
    }

    /// Adds a copy of an element of any document.
    pub fn insert_copy(&mut self, parent: Element<'d>, place: Place<'d>, other: Element<'_>) {
        let line = line_within(parent, place);
        self.insert_text(parent, place, &line, &copied(other, &line));
    }

    /// Adds a new element with nothing in it but a copy of an element of any document.
    pub fn insert_around(&mut self, parent: Element<'d>, place: Place<'d>, name: &str, other: Element<'_>) {
        self.check_name(name);
        let line = line_within(parent, place);
        let inner = if line.is_empty() { String::new() } else { format!("{line}{INDENT}") };
        let text = format!("<{name}>{inner}{}{line}</{name}>", copied(other, &inner));
        self.insert_text(parent, place, &line, &text);
    }

    /// Whether no change was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.splices.is_empty() && self.filled.is_empty() && self.bad_name.is_none()
    }

    /// Makes the changes.
    ///
    /// # Errors
    ///
    /// The document that would come of it is not well-formed or too large: a name is none, a value has a character that
    /// XML does not allow, an attribute was added twice.
    pub fn finish(mut self) -> Result<Document, XmlError> {
        if let Some(name) = self.bad_name {
            let message = format!("{} is no name that XML allows", quoted(&name));
            return Err(XmlError::new(&[], 0, message));
        }
        for (element, mut text) in std::mem::take(&mut self.filled) {
            if text.starts_with(['\n', '\r']) {
                text.push_str(own_line(element).unwrap_or_default());
            }
            if element.is_self_closed() {
                self.open_up(element, &text);
            } else {
                self.splice(element.content_range(), text);
            }
        }
        // Of what is added and what is replaced at one place, what is added comes first; of what is replaced, the whole.
        self.splices
            .sort_by_key(|splice| (splice.range.start, !splice.range.is_empty(), Reverse(splice.range.end)));
        let old = self.document.as_str();
        let added: usize = self.splices.iter().map(|splice| splice.text.len()).sum();
        let mut text = String::with_capacity(old.len() + added);
        let mut copied = 0;
        for (index, splice) in self.splices.iter().enumerate() {
            let changed_again = !splice.range.is_empty()
                && self.splices.get(index + 1).is_some_and(|next| next.range == splice.range);
            if changed_again || splice.range.start < copied {
                continue;
            }
            text.push_str(&old[copied..splice.range.start]);
            text.push_str(&splice.text);
            copied = splice.range.end;
        }
        text.push_str(&old[copied..]);
        Document::parse(text)
    }

    fn splice(&mut self, range: Range<usize>, text: String) {
        self.splices.push(Splice { range, text });
    }

    /// Gives an element that is one tag an end tag.
    fn open_up(&mut self, element: Element<'d>, content: &str) {
        let end = element.range().end;
        self.splice(end - "/>".len()..end, format!(">{content}</{}>", element.name()));
    }

    fn insert_text(&mut self, parent: Element<'d>, place: Place<'d>, line: &str, text: &str) {
        let at = match place {
            Place::After(sibling) => sibling.range().end,
            Place::Last if let Some(last) = parent.children().last() => last.range().end,
            _ if parent.children().next().is_some() => parent.content_range().start,
            _ if parent.content().is_empty() => {
                let text = format!("{line}{text}");
                match self.filled.iter_mut().find(|(element, _)| *element == parent) {
                    Some((_, content)) => content.push_str(&text),
                    None => self.filled.push((parent, text)),
                }
                return;
            }
            _ if parent.content().trim().is_empty() => parent.content_range().start,
            _ => parent.content_range().end,
        };
        self.splice(at..at, format!("{line}{text}"));
    }

    fn written(&mut self, new: &NewElement, line: &str) -> String {
        if let Some(name) = new.bad_name() {
            self.bad_name.get_or_insert_with(|| name.to_owned());
        }
        let mut text = String::new();
        new.write(&mut text, line, INDENT);
        text
    }

    fn check_name(&mut self, name: &str) {
        if !is_name(name) {
            self.bad_name.get_or_insert_with(|| name.to_owned());
        }
    }
}

/// The line end and the blanks before an element that starts its line.
fn line_before(element: Element<'_>) -> Option<&str> {
    let before = &element.document().as_str()[..element.range().start];
    let blank_from = before.trim_end_matches([' ', '\t']).len();
    let line_from = before[..blank_from].strip_suffix('\n')?;
    Some(&before[line_from.strip_suffix('\r').unwrap_or(line_from).len()..])
}

/// As [`line_before`]; what comes after the root starts a line, whatever is before the root.
fn own_line(element: Element<'_>) -> Option<&str> {
    line_before(element).or_else(|| element.parent().is_none().then_some("\n"))
}

/// What goes before a new element: a line end and blanks, or nothing where the elements around it share a line.
fn line_within(parent: Element<'_>, place: Place<'_>) -> String {
    let sibling = match place {
        Place::After(sibling) => Some(sibling),
        Place::First => parent.children().next(),
        Place::Last => parent.children().last(),
    };
    if let Some(sibling) = sibling {
        return line_before(sibling).unwrap_or_default().to_owned();
    }
    match own_line(parent) {
        Some(line) if parent.content().trim().is_empty() => format!("{line}{INDENT}"),
        _ => String::new(),
    }
}

/// An element's source with the lines of the elements in it indented for a new place. Text is left alone.
fn copied(element: Element<'_>, line: &str) -> String {
    let mut text = String::new();
    if line.is_empty() || !element.source().contains('\n') {
        text.push_str(element.source());
    } else {
        push_copied(&mut text, element, line);
    }
    text
}

fn push_copied(out: &mut String, element: Element<'_>, line: &str) {
    let only_elements = element.children().next().is_some()
        && element.nodes().all(|node| match node {
            Node::Text(text) => text.trim().is_empty(),
            Node::CharacterData(_) | Node::Comment(_) | Node::Instruction(_) => false,
            Node::Element(_) => true,
        });
    if !only_elements {
        out.push_str(element.source());
        return;
    }
    let range = element.range();
    let source = element.document().as_str();
    out.push_str(&source[range.start..element.content_range().start]);
    for child in element.children() {
        let inner = format!("{line}{INDENT}");
        out.push_str(&inner);
        push_copied(out, child, &inner);
    }
    out.push_str(line);
    out.push_str(&source[element.content_range().end..range.end]);
}
