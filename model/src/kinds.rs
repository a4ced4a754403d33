//! The kinds of document, for programs that take any of them.
//!
//! ```
//! use omnivirt_model::kinds::DocumentKind;
//! use omnivirt_model::xml::Document;
//!
//! let document = Document::parse("<domainsnapshot><name/></domainsnapshot>")?;
//! let kind = DocumentKind::of(document.root()).expect("it is one of them");
//! assert_eq!(kind.name, "snapshot");
//! assert_eq!(kind.lay_out(&document), "<domainsnapshot>\n  <name/>\n</domainsnapshot>\n");
//! # Ok::<(), omnivirt_model::xml::XmlError>(())
//! ```

use crate::capabilities::{Capabilities, DomainCapabilities, PoolCapabilities};
use crate::document::{DocumentError, DocumentRoot, ElementValue, Shape, Unknown, check, lay_out, problems};
use crate::domain::{Backup, Checkpoint, Domain, Snapshot};
use crate::host_interface::HostInterface;
use crate::network::{Network, NetworkPort};
use crate::node_device::NodeDevice;
use crate::nwfilter::{Filter, FilterBinding};
use crate::secret::Secret;
use crate::storage::{Pool, Volume};
use crate::xml::{Document, Element};

/// A kind of document, and what can be done with any document of it.
#[derive(Debug, Clone, Copy)]
pub struct DocumentKind {
    /// What it is called, such as `domain` or `nwfilter`.
    pub name: &'static str,
    /// The name of the first element.
    pub root: &'static str,
    shape: fn(&mut Shape),
    check: fn(Element<'_>) -> Result<(), DocumentError>,
    #[cfg(feature = "json")]
    json: crate::json::Json,
    #[cfg(feature = "arbitrary")]
    round_trip: fn(&[u8]) -> Result<(), String>,
}

/// What a type needs for all that can be done with its documents.
mod bound {
    use crate::document::DocumentRoot;

    pub(super) trait Typed: DocumentRoot + Json + Made {}
    impl<T: DocumentRoot + Json + Made> Typed for T {}

    #[cfg(feature = "json")]
    pub(super) trait Json:
        serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema
    {
    }
    #[cfg(feature = "json")]
    impl<T: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema> Json for T {}
    #[cfg(not(feature = "json"))]
    pub(super) trait Json {}
    #[cfg(not(feature = "json"))]
    impl<T> Json for T {}

    #[cfg(feature = "arbitrary")]
    pub(super) trait Made: crate::document::Generate + std::fmt::Debug {}
    #[cfg(feature = "arbitrary")]
    impl<T: crate::document::Generate + std::fmt::Debug> Made for T {}
    #[cfg(not(feature = "arbitrary"))]
    pub(super) trait Made {}
    #[cfg(not(feature = "arbitrary"))]
    impl<T> Made for T {}
}

const fn kind<T: bound::Typed>(name: &'static str) -> DocumentKind {
    DocumentKind {
        name,
        root: <T as DocumentRoot>::ROOT,
        shape: <T as ElementValue>::shape,
        check: check::<T>,
        #[cfg(feature = "json")]
        json: crate::json::Json::of::<T>(),
        #[cfg(feature = "arbitrary")]
        round_trip: round_trip::<T>,
    }
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        kind::<Domain>("domain"),
        kind::<Snapshot>("snapshot"),
        kind::<Checkpoint>("checkpoint"),
        kind::<Backup>("backup"),
        kind::<Pool>("pool"),
        kind::<Volume>("vol"),
        kind::<Secret>("secret"),
        kind::<Capabilities>("capabilities"),
        kind::<DomainCapabilities>("domcaps"),
        kind::<PoolCapabilities>("poolcaps"),
        kind::<Filter>("nwfilter"),
        kind::<FilterBinding>("nwfilterbinding"),
        kind::<HostInterface>("interface"),
        kind::<NodeDevice>("nodedev"),
        kind::<Network>("network"),
        kind::<NetworkPort>("networkport"),
    ];

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| kind.name == name)
    }

    /// The kind of a document, by the name of its first element.
    #[must_use]
    pub fn of(root: Element<'_>) -> Option<&'static Self> {
        Self::ALL.iter().find(|kind| kind.root == root.local_name())
    }

    /// What its types know.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let mut shape = Shape::default();
        (self.shape)(&mut shape);
        shape
    }

    /// All that is wrong with a document, without a driver's own rules. The types read on behind what is wrong.
    #[must_use]
    pub fn problems(&self, document: &Document) -> Vec<DocumentError> {
        problems(document, self.check)
    }

    /// What no type knows in a document, in its order.
    #[must_use]
    pub fn unknown<'d>(&self, document: &'d Document) -> Vec<Unknown<'d>> {
        let mut found = Vec::new();
        self.shape().unknown(document.root(), &mut found);
        found
    }

    /// A document in libvirt's order and form: [`lay_out`].
    #[must_use]
    pub fn lay_out(&self, document: &Document) -> String {
        lay_out(document, &self.shape())
    }

    /// Makes up values from bytes and checks that each comes back from XML and JSON, and that each document can be changed into each other.
    ///
    /// # Errors
    ///
    /// Something does not come back: what, and how it was written.
    #[cfg(feature = "arbitrary")]
    pub fn round_trip(&self, bytes: &[u8]) -> Result<(), String> {
        (self.round_trip)(bytes)
    }

    /// What is known of a document by type, as JSON.
    ///
    /// # Errors
    ///
    /// The document is no good one of this kind.
    #[cfg(feature = "json")]
    pub fn to_json(&self, document: &Document) -> Result<serde_json::Value, DocumentError> {
        (self.check)(document.root())?;
        (self.json.read)(document.root())
    }

    /// A document from JSON.
    ///
    /// # Errors
    ///
    /// The JSON is none of this kind, or what it describes is no good document.
    #[cfg(feature = "json")]
    pub fn from_json(&self, json: serde_json::Value) -> Result<String, crate::json::JsonError> {
        (self.json.write)(json)
    }

    /// The JSON Schema of what [`DocumentKind::to_json`] gives.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn json_schema(&self) -> serde_json::Value {
        (self.json.schema)()
    }
}

#[cfg(feature = "arbitrary")]
fn round_trip<T: bound::Typed>(bytes: &[u8]) -> Result<(), String> {
    #[cfg(feature = "json")]
    crate::json::round_trip::<T>(bytes)?;
    crate::document::round_trip::<T>(bytes)
}
