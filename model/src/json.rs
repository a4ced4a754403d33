//! Documents as JSON.

use crate::document::{Config, DocumentError, DocumentRoot};
use crate::xml::Element;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// How a kind of document becomes JSON and comes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json {
    pub(crate) read: fn(Element<'_>) -> Result<Value, DocumentError>,
    pub(crate) write: fn(Value) -> Result<String, JsonError>,
    pub(crate) schema: fn() -> Value,
}

/// Why JSON does not become a document.
#[derive(Debug)]
#[non_exhaustive]
pub enum JsonError {
    /// It has not the form that its schema says.
    Form(serde_json::Error),
    /// The document would be refused.
    Document(DocumentError),
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => error.fmt(formatter),
            Self::Document(error) => write!(formatter, "the document would be refused: {error}"),
        }
    }
}

impl std::error::Error for JsonError {}

impl Json {
    pub(crate) const fn of<T: DocumentRoot + Serialize + DeserializeOwned + JsonSchema>() -> Self {
        Self { read: read::<T>, write: write::<T>, schema: schema::<T> }
    }
}

fn read<T: DocumentRoot + Serialize>(root: Element<'_>) -> Result<Value, DocumentError> {
    let typed = T::read(root)?;
    Ok(serde_json::to_value(typed).expect("documents' types are always JSON"))
}

fn write<T: DocumentRoot + DeserializeOwned>(json: Value) -> Result<String, JsonError> {
    let typed: T = serde_json::from_value(json).map_err(JsonError::Form)?;
    Config::new(&typed).map(Config::into_string).map_err(JsonError::Document)
}

fn schema<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// Makes up a value from bytes, which must come back from its JSON.
#[cfg(feature = "arbitrary")]
pub(crate) fn round_trip<T>(bytes: &[u8]) -> Result<(), String>
where
    T: crate::document::Generate + PartialEq + fmt::Debug + Serialize + DeserializeOwned,
{
    let Ok(typed) = T::generate(&mut arbitrary::Unstructured::new(bytes)) else { return Ok(()) };
    let json =
        serde_json::to_string(&typed).map_err(|error| format!("it is no JSON: {error}\n{typed:#?}"))?;
    match serde_json::from_str::<T>(&json) {
        Ok(read) if read == typed => Ok(()),
        Ok(_) => Err(format!("what comes back is not what became {json}")),
        Err(error) => Err(format!("its JSON is refused: {error}\n{json}")),
    }
}
