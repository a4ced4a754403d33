//! A whole document with a type.

use super::error::{DocumentError, DocumentErrorKind, Problem};
use super::mapping::ElementValue;
use super::namespace;
use super::target::Target;
use crate::xml::{Document, Edit, Element, Limits, NewElement, XmlError};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A value that has a whole document to itself.
pub trait DocumentRoot: ElementValue {
    /// The name of the document's first element.
    const ROOT: &'static str;

    /// Checks rules that more than one value has part in.
    ///
    /// # Errors
    ///
    /// One of them is broken.
    fn check(&self, root: Element<'_>) -> Result<(), DocumentError>;
}

/// A whole document, lossless, of which `T` is what is known by type. It was checked when this was made.
///
/// A change makes a new one, so that it can be shared as it is.
pub struct Config<T> {
    document: Document,
    root: PhantomData<fn() -> T>,
}

impl<T: DocumentRoot> Config<T> {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// It is not well-formed, another kind of document, or something that is known by type is missing or wrong.
    pub fn parse(text: impl Into<Box<str>> + AsRef<str>) -> Result<Self, DocumentError> {
        Self::try_from(Document::parse(text)?)
    }

    /// Reads a document from bytes, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Config::parse`].
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        Self::try_from(Document::parse_bytes(bytes, &Limits::DOCUMENT)?)
    }

    /// A new document with what is known by type and nothing else.
    ///
    /// # Errors
    ///
    /// A rule is broken, or a text has a character that XML does not allow.
    pub fn new(typed: &T) -> Result<Self, DocumentError> {
        Self::try_from(document_of(typed)?)
    }

    /// Makes a document of its own from an element of another, with the namespaces that are declared around it.
    ///
    /// # Errors
    ///
    /// As [`Config::parse`]; places are those in the other document.
    pub fn from_element(element: Element<'_>) -> Result<Self, DocumentError> {
        check::<T>(element)?;
        Ok(Self { document: element.to_document()?, root: PhantomData })
    }

    /// What is known by type. It is read anew on each call, which takes about a microsecond.
    #[must_use]
    pub fn typed(&self) -> T {
        T::read(self.root()).expect("it was read when the configuration was made")
    }

    /// The document after a change of what is known by type. Only what the change is about is written anew.
    ///
    /// # Errors
    ///
    /// The changed document would be wrong; places are those in it.
    pub fn with(&self, change: impl FnOnce(&mut T)) -> Result<Self, DocumentError> {
        let mut typed = self.typed();
        change(&mut typed);
        self.edited(|edit| {
            typed.write(&mut Target::Existing(edit, self.root()));
            Ok(())
        })
    }

    /// The document after an edit.
    ///
    /// # Errors
    ///
    /// What the edit says, or the edited document would be wrong.
    pub fn edited<'d>(
        &'d self,
        change: impl FnOnce(&mut Edit<'d>) -> Result<(), DocumentError>,
    ) -> Result<Self, DocumentError> {
        let mut edit = self.document.edit();
        change(&mut edit)?;
        Self::try_from(edit.finish()?)
    }

    /// The document after an edit that is known to keep the rules, such as the names that a driver gives to devices: only
    /// the form is checked again, which takes half the time.
    ///
    /// # Errors
    ///
    /// The edited document would not be well-formed, or too large.
    pub fn annotated<'d>(&'d self, annotate: impl FnOnce(&mut Edit<'d>)) -> Result<Self, DocumentError> {
        let mut edit = self.document.edit();
        annotate(&mut edit);
        let document = edit.finish()?;
        debug_assert!(check::<T>(document.root()).is_ok(), "the edit breaks a rule");
        Ok(Self { document, root: PhantomData })
    }
}

impl<T> Config<T> {
    /// The text of the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.document.as_str()
    }

    /// The text of the document as a value of its own.
    #[must_use]
    pub fn into_string(self) -> String {
        self.document.into_string()
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The document's first element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        self.document.root()
    }

    /// Bytes of memory that it takes, itself included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.document.memory_bytes()
    }
}

/// A new document with what is known by type, whatever rules it breaks.
pub(super) fn document_of<T: DocumentRoot>(typed: &T) -> Result<Document, XmlError> {
    let mut root = NewElement::new(T::ROOT);
    typed.write(&mut Target::New(&mut root));
    namespace::declare(&mut root);
    Document::try_from(&root)
}

/// Checks that the element is a good document of that type.
pub(crate) fn check<T: DocumentRoot>(root: Element<'_>) -> Result<(), DocumentError> {
    let expected = T::ROOT;
    let is_declared = root.prefix().is_none_or(|_| root.namespace().is_some());
    if root.local_name() != expected || !is_declared {
        return Err(
            Problem::invalid(format!("<{}> is here where <{expected}> must be", root.name())).at(root)
        );
    }
    if root.prefix().is_none() && root.namespace().is_some() {
        let problem = Problem::new(
            DocumentErrorKind::MissingName,
            "a default namespace hides every element from its reader",
        );
        return Err(problem.hint("leave the attribute xmlns out").at_attribute(root, "xmlns"));
    }
    T::read(root)?.check(root)
}

impl<T: DocumentRoot> TryFrom<Document> for Config<T> {
    type Error = DocumentError;

    fn try_from(document: Document) -> Result<Self, DocumentError> {
        check::<T>(document.root())?;
        Ok(Self { document, root: PhantomData })
    }
}

impl<T: DocumentRoot> FromStr for Config<T> {
    type Err = DocumentError;

    fn from_str(text: &str) -> Result<Self, DocumentError> {
        Self::parse(text)
    }
}

impl<T> Clone for Config<T> {
    fn clone(&self) -> Self {
        Self { document: self.document.clone(), root: PhantomData }
    }
}

/// Equal when the texts are.
impl<T> PartialEq for Config<T> {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl<T> Eq for Config<T> {}

impl<T> fmt::Debug for Config<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Config").field(&self.as_str()).finish()
    }
}

impl<T> fmt::Display for Config<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
