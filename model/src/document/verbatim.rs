//! Elements that are kept as they stand.

use super::error::DocumentError;
use super::mapping::ElementValue;
use super::shape::Shape;
use super::target::Target;
use crate::xml::{Document, Element, XmlError};

/// An element that is kept as it stands, whatever is in it: what other programs keep in a document, for example.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(feature = "json", serde(try_from = "String", into = "String"))]
pub struct Verbatim(String);

impl Verbatim {
    /// Takes an element from its text.
    ///
    /// # Errors
    ///
    /// The text is no well-formed element.
    pub fn new(text: impl Into<String>) -> Result<Self, XmlError> {
        let text = text.into();
        Document::parse(text.as_str())?;
        Ok(Self(text))
    }

    /// The text of the element.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ElementValue for Verbatim {
    fn read(element: Element<'_>) -> Result<Self, DocumentError> {
        Ok(Self(element.to_document()?.into_string()))
    }

    fn write(&self, target: &mut Target<'_, '_>) {
        target.set_verbatim(&self.0);
    }

    fn shape(shape: &mut Shape) {
        shape.everything();
    }
}

impl TryFrom<String> for Verbatim {
    type Error = XmlError;

    fn try_from(text: String) -> Result<Self, XmlError> {
        Self::new(text)
    }
}

impl From<Verbatim> for String {
    fn from(element: Verbatim) -> Self {
        element.0
    }
}

#[cfg(feature = "arbitrary")]
impl super::Generate for Verbatim {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        Self::generate_named(source, "kept")
    }

    fn generate_named(source: &mut arbitrary::Unstructured<'_>, name: &str) -> arbitrary::Result<Self> {
        let value: u32 = source.arbitrary()?;
        let kept = format!("<own:kept xmlns:own='urn:own' value='{value}'>\n  text</own:kept>");
        Ok(Self(format!("<{name}>{kept}</{name}>")))
    }
}
