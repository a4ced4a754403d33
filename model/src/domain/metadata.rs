//! What other programs keep in a domain's document, each under a namespace of its own.

use super::config::DomainConfig;
use crate::document::{DocumentError, Problem};
use crate::xml::{Document, Element, Place, quoted};

impl DomainConfig {
    /// What is kept under a namespace: an element without the namespace's prefix and declaration.
    #[must_use]
    pub fn metadata(&self, namespace: &str) -> Option<String> {
        let element = self.kept_under(namespace)?;
        let document = Document::parse(element.source()).expect("an element is a document by itself");
        let mut edit = document.edit();
        let declaration =
            element.prefix().map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
        edit.remove_attribute(document.root(), &declaration);
        for inner in document
            .root()
            .descendants()
            .filter(|inner| inner.prefix().is_some() && inner.prefix() == element.prefix())
        {
            edit.rename(inner, inner.local_name());
        }
        edit.finish().ok().map(Document::into_string)
    }

    /// The configuration with an element kept under a namespace, in the place of what was kept there before. The
    /// element's own prefix becomes `prefix`.
    ///
    /// # Errors
    ///
    /// The element is not well-formed, or the prefix is no name.
    pub fn with_metadata(&self, namespace: &str, prefix: &str, xml: &str) -> Result<Self, DocumentError> {
        let given = Document::parse(xml)?;
        if prefix.is_empty() || prefix.contains(':') {
            return Err(
                Problem::invalid(format!("{} is no prefix of a namespace", quoted(prefix))).at(given.root())
            );
        }
        let mut edit = given.edit();
        edit.set_attribute(given.root(), &format!("xmlns:{prefix}"), namespace);
        for element in given.root().descendants().filter(|element| element.prefix().is_none()) {
            edit.rename(element, &format!("{prefix}:{}", element.name()));
        }
        let kept = edit.finish()?;
        self.edited(|edit| {
            match (self.kept_under(namespace), self.root().child("metadata")) {
                (Some(old), _) => edit.replace_by_copy(old, kept.root()),
                (None, Some(metadata)) => edit.insert_copy(metadata, Place::Last, kept.root()),
                (None, None) => {
                    const BEFORE: [&str; 5] = ["name", "uuid", "genid", "title", "description"];
                    let before = self.root().children().filter(|child| BEFORE.contains(&child.name()));
                    let place = before.last().map_or(Place::First, Place::After);
                    edit.insert_around(self.root(), place, "metadata", kept.root());
                }
            }
            Ok(())
        })
    }

    /// The configuration without what is kept under a namespace; nothing if nothing is.
    ///
    /// # Errors
    ///
    /// None that is known of: removing an element leaves a good document good.
    pub fn without_metadata(&self, namespace: &str) -> Result<Option<Self>, DocumentError> {
        self.kept_under(namespace)
            .map(|element| {
                self.edited(|edit| {
                    edit.remove(element);
                    Ok(())
                })
            })
            .transpose()
    }

    fn kept_under(&self, namespace: &str) -> Option<Element<'_>> {
        self.root()
            .child("metadata")?
            .children()
            .find(|element| element.namespace().is_some_and(|uri| uri == namespace))
    }
}
