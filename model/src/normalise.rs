//! What a driver would make of a document: defining it and reading it back, without a driver.
//!
//! ```
//! use omnivirt_model::normalise::{Request, normalise};
//!
//! let request = Request::new("domain", "test");
//! let xml = normalise(&request, b"<domain type='test'><name>a</name><memory>1</memory><os><type>hvm</type></os></domain>")?;
//! assert!(xml.contains("<memory unit='KiB'>1</memory>"));
//! assert_eq!(normalise(&request, b"<domain").unwrap_err().code, 35);
//! # Ok::<(), omnivirt_model::normalise::Refusal>(())
//! ```

mod domain;
mod interface;
mod nodedev;

use crate::document::DocumentError;
use std::fmt;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What the document describes: `domain`, `network`, `pool`, `vol`, `secret`, `nwfilter`, `interface`, `nodedev`,
    /// `snapshot`, `checkpoint`, `backup`, `device`, `domcaps`, `cpu-baseline` or `lxc-native`.
    pub kind: String,
    /// Whose rules: `test`, `qemu`, `lxc`, `network`, `storage`, and so on.
    pub driver: String,
    /// The domain that a device, a snapshot or a checkpoint is for.
    pub base: Option<String>,
    /// What is done with a device: `attach`, `detach` or `update`.
    pub operation: Option<String>,
    /// The call's flags, with libvirt's numbers.
    pub flags: u32,
    /// Documents that are defined before.
    pub preload: Vec<String>,
}

impl Request {
    /// A document of a kind under the rules of a driver.
    #[must_use]
    pub fn new(kind: impl Into<String>, driver: impl Into<String>) -> Self {
        Self { kind: kind.into(), driver: driver.into(), ..Self::default() }
    }
}

/// Why a document is refused, with libvirt's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the error.
    pub code: u32,
    /// The part of libvirt that reports it.
    pub domain: u32,
    /// What is wrong and where.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// Of a document of a kind of object, with the number of libvirt's part for that.
    fn of(error: &DocumentError, domain: u32) -> Self {
        Self { code: error.kind.libvirt_code(), domain, message: error.to_string() }
    }

    /// Something that was asked for is not there.
    fn unknown(what: &str, name: &str) -> Self {
        Self { code: 8, domain: 0, message: format!("'{name}' is no {what}") }
    }
}

/// Prints a document as the driver would print it after defining it.
///
/// # Errors
///
/// The driver would refuse it.
pub fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    match request.kind.as_str() {
        "domain" => domain::normalise(request, input),
        "interface" => interface::normalise(input),
        "nodedev" => nodedev::normalise(input),
        other => Err(Refusal::unknown("kind of document", other)),
    }
}
