//! All that is wrong with a document, not only the first of it.

use super::error::DocumentError;
use crate::xml::{Document, Element};

/// Most problems that are told of one document.
const MOST: usize = 100;

/// What a reader finds wrong with a document, in the order in which it finds it. What is wrong is left out for the reader and it reads again; what
/// it then misses around that place is not told.
pub(crate) fn problems(
    document: &Document,
    check: impl Fn(Element<'_>) -> Result<(), DocumentError>,
) -> Vec<DocumentError> {
    let mut found: Vec<DocumentError> = Vec::new();
    let mut document = document.clone();
    while found.len() < MOST {
        let Err(error) = check(document.root()) else { break };
        let is_consequence = found.iter().any(|earlier| earlier.path.starts_with(&error.path));
        let rest = document.root().at_path(&error.path).and_then(|(element, attribute)| {
            let is_removable = element.parent().is_some() || attribute.is_some();
            is_removable.then(|| document.blanked(element, attribute))
        });
        if !is_consequence {
            found.push(error);
        }
        match rest.map(Document::parse) {
            Some(Ok(rest)) => document = rest,
            _ => break,
        }
    }
    found
}
