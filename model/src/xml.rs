//! The lossless XML tree: every byte of a document is kept, and every element and attribute knows its line and column.
//!
//! A [`Document`] is its text and a table of its elements, 24 bytes each; attributes, texts, comments and the rest are
//! read from the text when they are asked for. Writing it out is copying the text. An [`Edit`] gives a new document that
//! differs from the old one in what was asked for and nowhere else.
//!
//! Reading is strict and bounded. Whatever is not well-formed is refused with its line and column, and so is what is
//! larger than [`Limits`] allows. Nothing outside of a document is ever loaded: other files that a document type declaration
//! or an entity names are left alone. What a document defines itself, entities and defaults of attributes, holds for the
//! values that are asked for, within bounds; the text stays as it is written.
//!
//! ```
//! use omnivirt_model::xml::Document;
//!
//! let document = Document::parse("<domain type='kvm'>\n  <name>web</name>\n</domain>\n")?;
//! let name = document.root().child("name").expect("it is there");
//! assert_eq!((name.text().as_ref(), name.position().to_string()), ("web", "line 2, column 3".to_owned()));
//!
//! let mut edit = document.edit();
//! edit.set_text(name, "db");
//! assert_eq!(edit.finish()?.as_str(), "<domain type='kvm'>\n  <name>db</name>\n</domain>\n");
//!
//! let error = Document::parse("<domain>\n  <name></domain>").unwrap_err();
//! assert_eq!((error.line, error.column), (2, 9));
//! # Ok::<(), omnivirt_model::xml::XmlError>(())
//! ```

mod build;
mod characters;
mod definitions;
mod document;
mod edit;
mod element;
mod error;
mod limits;
mod node;
mod scan;
mod value;

pub use build::NewElement;
pub use document::Document;
pub use edit::{Edit, Place};
pub use element::{Children, Element};
pub(crate) use error::quoted;
pub use error::{Position, XmlError};
pub use limits::Limits;
pub use node::{Attribute, Attributes, Node, Nodes};
pub(crate) use value::{push_attribute, push_text};
