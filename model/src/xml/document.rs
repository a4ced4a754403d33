//! A whole document.

use super::build::NewElement;
use super::definitions::Definitions;
use super::edit::Edit;
use super::element::Element;
use super::error::{Position, XmlError};
use super::limits::Limits;
use super::node::Attribute;
use super::scan::{Span, scan};
use std::fmt;
use std::str::FromStr;

/// A well-formed document: its text, and where its elements are. A text ends at the first NUL byte.
///
/// Equal when the texts are.
#[derive(Clone)]
pub struct Document {
    text: Box<str>,
    spans: Box<[Span]>,
    definitions: Option<Box<Definitions>>,
}

impl Document {
    /// Reads a document within [`Limits::DOCUMENT`].
    ///
    /// # Errors
    ///
    /// It is not well-formed, too large, or defines entities that stand for far more than is written.
    pub fn parse(text: impl Into<Box<str>> + AsRef<str>) -> Result<Self, XmlError> {
        Self::parse_with(text, &Limits::DOCUMENT)
    }

    /// Reads a document within limits.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`].
    pub fn parse_with(text: impl Into<Box<str>> + AsRef<str>, limits: &Limits) -> Result<Self, XmlError> {
        let end = check_length(text.as_ref().as_bytes(), limits)?;
        let (spans, definitions) = scan(&text.as_ref()[..end], limits)?;
        let text = if end == text.as_ref().len() { text.into() } else { text.as_ref()[..end].into() };
        Ok(Self { text, spans: spans.into_boxed_slice(), definitions })
    }

    /// Reads a document from bytes, which must be UTF-8, within limits.
    ///
    /// # Errors
    ///
    /// As [`Document::parse`], and bytes that are no UTF-8.
    pub fn parse_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, XmlError> {
        let end = check_length(bytes, limits)?;
        let text = std::str::from_utf8(&bytes[..end]).map_err(|error| {
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
        let definitions = self.definitions.as_ref().map_or(0, |definitions| definitions.memory_bytes());
        size_of::<Self>() + self.text.len() + size_of_val(&*self.spans) + definitions
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

    /// The text with blanks in the place of an element, or of one of its attributes, so that all else stays where it is.
    pub(crate) fn blanked(&self, element: Element<'_>, attribute: Option<Attribute<'_>>) -> String {
        let range = attribute.map_or(element.range(), Attribute::range);
        let blank = |character: char| if character == '\n' { '\n' } else { ' ' };
        let mut text = self.text[..range.start].to_owned();
        text.extend(self.text[range.clone()].chars().map(blank));
        text.push_str(&self.text[range.end..]);
        text
    }

    pub(super) fn definitions(&self) -> Option<&Definitions> {
        self.definitions.as_deref()
    }

    pub(super) fn span(&self, index: u32) -> Span {
        self.spans[index as usize]
    }
}

/// Where the text ends, if that is not too far: at the first NUL byte. Of a huge document no more is looked at than is allowed.
fn check_length(bytes: &[u8], limits: &Limits) -> Result<usize, XmlError> {
    let most = limits.bytes.min(u32::MAX as usize - 1);
    let end = bytes.iter().take(most + 1).position(|byte| *byte == 0).unwrap_or(bytes.len());
    if end > most {
        let message = format!("the document is {end} bytes long, the most is {most}");
        return Err(XmlError::new(bytes, 0, message));
    }
    Ok(end)
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
