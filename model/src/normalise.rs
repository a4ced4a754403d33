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

mod checkpoint;
mod device;
mod domain;
mod domcaps;
mod interface;
mod lxc_native;
mod network;
mod nodedev;
mod nwfilter;
mod pool;
mod secret;
mod snapshot;
mod vol;

use crate::document::DocumentError;
use std::fmt;

/// The most bytes of a name that a driver makes a file of.
const LONGEST_FILE_NAME: usize = 247;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What the document describes: `domain`, `network`, `pool`, `vol`, `secret`, `nwfilter`, `interface`, `nodedev`,
    /// `snapshot`, `checkpoint`, `device`, `domcaps` or `lxc-native`.
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
    /// The same with the place apart, where it is about a place in the document.
    pub error: Option<Box<DocumentError>>,
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
        Self {
            error: Some(Box::new(error.clone())),
            ..Self::new(error.kind.libvirt_code(), domain, error.to_string())
        }
    }

    /// One that is about no place in the document.
    fn new(code: u32, domain: u32, message: impl Into<String>) -> Self {
        Self { code, domain, message: message.into(), error: None }
    }

    /// Something that was asked for is not there.
    fn unknown(what: &str, name: &str) -> Self {
        Self::new(8, 0, format!("'{name}' is no {what}"))
    }
}

/// The longest text that libvirt's remote protocol carries; what is defined in the same process has no such limit.
const MOST_CARRIED_BYTES: usize = 4 << 20;

/// The code of an error of the remote protocol, and the number of its part.
const REMOTE: (u32, u32) = (39, 7);

/// Prints a document as the driver would print it after defining it.
///
/// # Errors
///
/// The driver would refuse it.
pub fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let length = input.iter().take(MOST_CARRIED_BYTES + 1).take_while(|byte| **byte != 0).count();
    if length > MOST_CARRIED_BYTES && !request.driver.ends_with("local") {
        let message = format!("the document is longer than a call can carry, {MOST_CARRIED_BYTES} bytes");
        return Err(Refusal::new(REMOTE.0, REMOTE.1, message));
    }
    match request.kind.as_str() {
        "device" => device::normalise(request, input),
        "domain" => domain::normalise(request, input),
        "interface" => interface::normalise(input),
        "network" => network::normalise(request, input),
        "nwfilter" => nwfilter::normalise(request, input),
        "nodedev" => nodedev::normalise(input),
        "pool" => pool::normalise(request, input),
        "vol" => vol::normalise(request, input),
        "secret" => secret::normalise(request, input),
        "snapshot" => snapshot::normalise(request, input),
        "checkpoint" => checkpoint::normalise(request, input),
        "domcaps" => domcaps::normalise(input),
        "lxc-native" => lxc_native::normalise(input),
        other => Err(Refusal::unknown("kind of document", other)),
    }
}
