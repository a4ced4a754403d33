//! What other programs keep in a network's document.

use crate::document::Verbatim;
use crate::xml::Document;
use std::collections::HashSet;

/// Keeps the elements that have a namespace, the first of each.
pub(super) fn complete(metadata: &Verbatim) -> Option<Verbatim> {
    let document = Document::parse(metadata.as_str()).ok()?;
    let mut seen = HashSet::new();
    let mut kept = String::new();
    for element in document.root().children() {
        let Some(namespace) = element.namespace() else { continue };
        if seen.insert(namespace.into_owned()) {
            kept.push_str(element.to_document().ok()?.as_str().trim_end());
        }
    }
    Verbatim::new(format!("<metadata>{kept}</metadata>")).ok()
}
