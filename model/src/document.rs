//! How documents are mapped to types: one declaration a type, from which both reading and writing come.
//!
//! A type that the macro `mapped!` declares says for each field where it stands in the XML. Reading an element gives the type, or
//! an error with line, column and path. Writing compares with what is there and changes only what differs, so that
//! everything the type does not know stays in place. A [`Config`] is a whole document of such a type.

mod config;
mod error;
pub(crate) mod mapping;
mod number;
mod size;
pub(crate) mod text;

pub use config::{Config, DocumentRoot};
pub use error::{DocumentError, DocumentErrorKind, Problem};
pub use mapping::{ElementValue, Slot, Target, TextValue};
pub use size::MemorySize;
