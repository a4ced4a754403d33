//! What the model says of a document, as what a call says.

use crate::error::Error;
use omnivirt_model::document::DocumentError;
use omnivirt_model::xml::XmlError;

/// The place goes into the context; the document's error stays as the source.
///
/// ```
/// use omnivirt_core::{Error, ErrorKind, domain::DomainConfig};
///
/// let error = Error::from(DomainConfig::parse("<domain>\n<name>web</name></domain>").unwrap_err());
/// assert_eq!(error.kind(), ErrorKind::XmlInvalid);
/// assert_eq!(error.context("line"), Some("1"));
/// ```
impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        let mut told = Self::new(error.kind.error_kind(), error.message.clone())
            .with_context("line", error.line)
            .with_context("column", error.column);
        if !error.path.is_empty() {
            told = told.with_context("path", &error.path);
        }
        if !error.hint.is_empty() {
            told = told.with_hint(error.hint);
        }
        told.with_source(error)
    }
}

impl From<XmlError> for Error {
    fn from(error: XmlError) -> Self {
        DocumentError::from(error).into()
    }
}
