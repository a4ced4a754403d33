//! A whole document.

use super::build::NewElement;
use super::edit::Edit;
use super::element::Element;
use super::error::{Position, XmlError};
use super::limits::Limits;
use super::scan::{Span, scan};
use std::fmt;
use std::str::FromStr;

/// A well-formed document: its text, and where its elements are.
///
/// Equal when the texts are.
#[derive(Clone)]
pub struct Document {
    text: Box<str>,
    spans: Box<[Span]>,
}

impl Document {
    /// Reads a document within [`Limits::DOCUMENT`].
    ///
    /// # Errors
    ///
    /// It is not well-formed, too large, or defines or refers to entities or a document type.
    pub fn parse(text: impl Into<Box<str>> + AsRef<str>) -> Result<Self, XmlError> {
        Self::parse_with(text, &Limits::DOCUMENT)
    }

    /// Reads a document within limits.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`].
    pub fn parse_with(text: impl Into<Box<str>> + AsRef<str>, limits: &Limits) -> Result<Self, XmlError> {
        check_length(text.as_ref().as_bytes(), limits)?;
        let spans = scan(text.as_ref(), limits)?.into_boxed_slice();
        Ok(Self { text: text.into(), spans })
    }

    /// Reads a document from bytes, which must be UTF-8, within limits.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], and bytes that are no UTF-8.
    pub fn parse_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, XmlError> {
        check_length(bytes, limits)?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let message = match bytes {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the document is in UTF-16; it must be in UTF-8",
                _ => "the document is not in UTF-8",
            };
            XmlError::new(bytes, error.valid_up_to(), message)
        })?;
        Self::parse_with(text, limits)
    }

    /// The text, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, byte for byte, as a value of its own.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text.into_string()
    }

    /// The first element, in which all others are.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element::new(self, 0)
    }

    /// How many elements there are.
    #[must_use]
    pub fn element_count(&self) -> usize {
        self.spans.len()
    }

    /// Bytes of memory that the document takes, itself included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.spans)
    }

    /// Starts a change. The document itself stays as it is.
    #[must_use]
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self)
    }

    /// The place of the byte at `offset`. Takes time that grows with the offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        Position::of(self.text.as_bytes(), offset)
    }

    pub(super) fn span(&self, index: u32) -> Span {
        self.spans[index as usize]
    }
}

/// The length is looked at before anything else, so that a huge document costs nothing.
fn check_length(bytes: &[u8], limits: &Limits) -> Result<(), XmlError> {
    let most = limits.bytes.min(u32::MAX as usize - 1);
    if bytes.len() > most {
        let message = format!("the document is {} bytes long, the most is {most}", bytes.len());
        return Err(XmlError::new(bytes, 0, message));
    }
    Ok(())
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Document {}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Document").field(&self.text).finish()
    }
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Document {
    type Err = XmlError;

    fn from_str(text: &str) -> Result<Self, XmlError> {
        Self::parse(text)
    }
}

impl TryFrom<&NewElement> for Document {
    type Error = XmlError;

    /// The element as a document of its own, with two spaces of indentation a level.
    fn try_from(element: &NewElement) -> Result<Self, XmlError> {
        let mut text = String::new();
        element.write(&mut text, "\n", "  ");
        text.push('\n');
        Self::parse(text)
    }
}
