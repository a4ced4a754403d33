//! Errors of the model as errors of calls.

use omnivirt_core::document::DocumentError;
use omnivirt_core::{Error, Result};

/// Turns what the model says of a document into what a call says.
pub(crate) trait ResultExt<T> {
    fn of_document(self) -> Result<T>;
}

impl<T> ResultExt<T> for Result<T, DocumentError> {
    fn of_document(self) -> Result<T> {
        self.map_err(|error| {
            let mut told = Error::new(error.kind.error_kind(), error.message.clone())
                .with_context("line", error.line)
                .with_context("column", error.column);
            if !error.path.is_empty() {
                told = told.with_context("path", &error.path);
            }
            if !error.hint.is_empty() {
                told = told.with_hint(error.hint);
            }
            told.with_source(error)
        })
    }
}
