//! New elements.

use super::value::{push_attribute, push_text};

/// An element to be, written in libvirt's way: two spaces a level, values in `'`.
///
/// ```
/// use omnivirt_model::xml::{Document, NewElement};
///
/// let memory = NewElement::new("memory").attribute("unit", "KiB").text("1024");
/// let domain = NewElement::new("domain").attribute("type", "test").child(memory);
/// let document = Document::try_from(&domain)?;
/// assert_eq!(document.as_str(), "<domain type='test'>\n  <memory unit='KiB'>1024</memory>\n</domain>\n");
/// # Ok::<(), omnivirt_model::xml::XmlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewElement {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<NewElement>,
    /// The whole element where it is written already.
    verbatim: Option<String>,
}

impl NewElement {
    /// An empty element.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            attributes: Vec::new(),
            text: String::new(),
            children: Vec::new(),
            verbatim: None,
        }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Sets the text, which is written before the elements in it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Adds an element in it.
    #[must_use]
    pub fn child(mut self, child: NewElement) -> Self {
        self.children.push(child);
        self
    }

    /// The element's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The attributes, with their values.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Writes it out. `line` is what a line of its own starts with, the line feed included; empty to put all on one line.
    pub(super) fn write(&self, out: &mut String, line: &str, indent: &str) {
        if let Some(text) = &self.verbatim {
            out.push_str(text);
            return;
        }
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("='");
            push_attribute(out, value, '\'');
            out.push('\'');
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        push_text(out, &self.text);
        if !self.children.is_empty() {
            // Blanks beside text would change it.
            let (line, inner) = match line {
                _ if !self.text.is_empty() => ("", String::new()),
                "" => ("", String::new()),
                line => (line, format!("{line}{indent}")),
            };
            for child in &self.children {
                out.push_str(&inner);
                child.write(out, &inner, indent);
            }
            out.push_str(line);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// The first name in it that is none.
    pub(super) fn bad_name(&self) -> Option<&str> {
        std::iter::once(&self.name)
            .chain(self.attributes.iter().map(|(name, _)| name))
            .find(|name| !super::characters::is_name(name))
            .map(String::as_str)
            .or_else(|| self.children.iter().find_map(Self::bad_name))
    }
}

impl NewElement {
    pub(crate) fn set_text(&mut self, text: &str) {
        text.clone_into(&mut self.text);
    }

    pub(crate) fn push_attribute(&mut self, name: &str, value: &str) {
        self.attributes.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn set_verbatim(&mut self, text: &str) {
        self.verbatim = Some(text.trim().to_owned());
    }

    /// The prefixes of names in it.
    pub(crate) fn prefixes(&self, found: &mut Vec<String>) {
        let prefix = self.name.split_once(':').map(|(prefix, _)| prefix);
        if let Some(prefix) = prefix.filter(|prefix| !found.iter().any(|known| known == prefix)) {
            found.push(prefix.to_owned());
        }
        self.children.iter().for_each(|child| child.prefixes(found));
    }

    pub(crate) fn push_child(&mut self, child: NewElement) {
        self.children.push(child);
    }
}
