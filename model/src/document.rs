//! How documents are mapped to types: one declaration a type, from which both reading and writing come.
//!
//! A type with the attribute [`mapped`] says for each field where it stands in the XML. Reading an element gives the type, or
//! an error with line, column and path. Writing compares with what is there and changes only what differs, so that
//! everything the type does not know stays in place. A [`Config`] is a whole document of such a type.

pub(crate) mod choice;
mod config;
mod error;
#[cfg(feature = "arbitrary")]
mod generate;
mod hexadecimal;
mod layout;
pub(crate) mod mapping;
mod namespace;
mod number;
mod problems;
#[cfg(feature = "arbitrary")]
mod round_trip;
mod shape;
mod size;
mod switch;
mod target;
pub(crate) mod text;
mod verbatim;

pub use choice::ChoiceValue;
pub(crate) use config::check;
pub use config::{Config, DocumentRoot};
pub use error::{DocumentError, DocumentErrorKind, Problem};
#[cfg(feature = "arbitrary")]
pub use generate::Generate;
pub use hexadecimal::{AlwaysHexadecimal, Hexadecimal};
pub use layout::lay_out;
pub use mapping::{ElementValue, Slot, TextValue};
pub(crate) use omnivirt_model_macros::mapped;
pub(crate) use problems::problems;
#[cfg(feature = "arbitrary")]
pub(crate) use round_trip::round_trip;
pub use shape::{Shape, Unknown, Variant};
pub use size::{ByteSize, MebibyteSize, MemorySize};
pub use switch::{OnOff, YesNo};
pub use target::{Meant, Target};
pub use text::Text;
pub use verbatim::Verbatim;
