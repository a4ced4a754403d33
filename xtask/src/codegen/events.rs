//! The event kinds: `model/src/generated/events.rs` and their reference page, from `api/events.rs`.

mod page;
mod read;
mod rust;

use super::GeneratedFile;
use crate::TaskResult;

const SOURCE: &str = "api/events.rs";

pub(crate) fn generate(file: &syn::File) -> TaskResult<Vec<GeneratedFile>> {
    let events = read::read(file).map_err(|error| {
        let start = error.span().start();
        format!("{SOURCE}:{}:{}: {error}", start.line, start.column + 1)
    })?;
    Ok(vec![rust::generate(&events)?, page::generate(&events)])
}
