//! Whether what a type holds comes back from what is written of it.

use super::config::{DocumentRoot, document_of};
use super::generate::Generate;
use super::layout::lay_out;
use super::shape::Shape;
use super::target::Target;
use crate::xml::Document;
use arbitrary::Unstructured;
use std::fmt::{Debug, Display};

/// Lines of a value that are told around the first that differs.
const TOLD: usize = 8;

/// Makes up two values from bytes; the first must come back from a new document, and the second from that document after it was
/// changed.
pub(crate) fn round_trip<T: DocumentRoot + Generate + Debug>(bytes: &[u8]) -> Result<(), String> {
    let mut source = Unstructured::new(bytes);
    let (Ok(first), Ok(second)) = (T::generate(&mut source), T::generate(&mut source)) else { return Ok(()) };
    let document =
        document_of(&first).map_err(|error| format!("it cannot be written: {error}\n{first:#?}"))?;
    comes_back(&document, &first)?;
    let laid_out = lay_out(&document, &Shape::of::<T>());
    if laid_out != document.as_str() {
        return Err(format!("what is written is laid out otherwise: {}", difference(&document, &laid_out)));
    }
    let mut unknown = Vec::new();
    Shape::of::<T>().unknown(document.root(), &mut unknown);
    if !unknown.is_empty() {
        return Err(format!("its own type does not know {unknown:?}\nin {document}"));
    }
    let mut edit = document.edit();
    second.write(&mut Target::Existing(&mut edit, document.root()));
    let changed = edit.finish().map_err(|error| format!("{document}\ncannot become another: {error}"))?;
    comes_back(&changed, &second).map_err(|problem| format!("changed from {document}\n{problem}"))
}

fn comes_back<T: DocumentRoot + Debug>(document: &Document, typed: &T) -> Result<(), String> {
    match T::read(document.root()) {
        Ok(read) if read == *typed => Ok(()),
        Ok(read) => {
            let difference = difference(&format!("{typed:#?}"), &format!("{read:#?}"));
            Err(format!("it comes back as another: {difference}\nfrom {document}"))
        }
        Err(error) => Err(format!("what is written is refused: {error}\nin {document}")),
    }
}

/// The first lines in which two texts differ.
pub(crate) fn difference(left: &impl Display, right: &impl Display) -> String {
    let (left, right) = (left.to_string(), right.to_string());
    let same = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    let told =
        |text: &str| text.lines().skip(same.saturating_sub(2)).take(TOLD).collect::<Vec<_>>().join("\n");
    format!("\n{}\n--- and not\n{}", told(&right), told(&left))
}
