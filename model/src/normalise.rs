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

use crate::document::{DocumentError, DocumentErrorKind};
use crate::domain::rules::Fault;
use crate::xml::Element;
use std::fmt;
use uuid::Uuid;

/// The most bytes of a name of which a driver makes a file: the file is `NAME.xml`, and `NAME.xml.new` while it is written.
const LONGEST_FILE_NAME: usize = 247;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What the document describes: `domain`, `network`, `pool`, `vol`, `secret`, `nwfilter`, `interface`, `nodedev`,
    /// `snapshot`, `checkpoint`, `device`, `domcaps` or `lxc-native`.
    pub kind: String,
    /// Whose rules, of the [`drivers`] that the kind has: `test`, `qemu`, `lxc`, `network`, `storage`, and so on.
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

    /// Something that was asked for is none of those there are.
    fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Self::new(8, 0, format!("'{name}' is no {what}: it is one of {known}"))
    }
}

/// The longest text that libvirt's remote protocol carries; what is defined in the same process has no such limit.
const MOST_CARRIED_BYTES: usize = 4 << 20;

/// The code of an error of the remote protocol, and the number of its part.
const REMOTE: (u32, u32) = (39, 7);

/// A kind of document that can be normalised, and the drivers whose rules there are for it.
struct Kind {
    name: &'static str,
    drivers: &'static [&'static str],
    normalise: fn(&Request, &[u8]) -> Result<String, Refusal>,
}

const KINDS: &[Kind] = &[
    Kind { name: "domain", drivers: domain::DRIVERS, normalise: domain::normalise },
    Kind { name: "device", drivers: domain::DRIVERS, normalise: device::normalise },
    Kind { name: "snapshot", drivers: domain::DRIVERS, normalise: snapshot::normalise },
    Kind { name: "checkpoint", drivers: domain::DRIVERS, normalise: checkpoint::normalise },
    Kind { name: "network", drivers: &["network", "test"], normalise: network::normalise },
    Kind { name: "nwfilter", drivers: &["nwfilter"], normalise: nwfilter::normalise },
    Kind { name: "pool", drivers: &["storage", "test"], normalise: pool::normalise },
    Kind { name: "vol", drivers: &["storage", "test"], normalise: vol::normalise },
    Kind { name: "secret", drivers: &["secret"], normalise: secret::normalise },
    Kind { name: "interface", drivers: &["test"], normalise: |_, input| interface::normalise(input) },
    Kind { name: "nodedev", drivers: &["testnode", "test"], normalise: |_, input| nodedev::normalise(input) },
    Kind { name: "domcaps", drivers: &["qemu"], normalise: |_, input| domcaps::normalise(input) },
    Kind { name: "lxc-native", drivers: &["lxc"], normalise: |_, input| lxc_native::normalise(input) },
];

/// The drivers whose rules there are for a kind of document; none for a kind that cannot be normalised.
#[must_use]
pub fn drivers(kind: &str) -> &'static [&'static str] {
    KINDS.iter().find(|known| known.name == kind).map_or(&[], |known| known.drivers)
}

/// Prints a document as the driver would print it after defining it.
///
/// # Errors
///
/// The driver would refuse it.
pub fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let kinds = || KINDS.iter().map(|kind| kind.name);
    let kind = KINDS
        .iter()
        .find(|kind| kind.name == request.kind)
        .ok_or_else(|| Refusal::unknown("kind of document that can be normalised", &request.kind, kinds()))?;
    if !kind.drivers.contains(&request.driver.as_str()) {
        let what = format!("driver with rules for the kind {}", kind.name);
        return Err(Refusal::unknown(&what, &request.driver, kind.drivers.iter().copied()));
    }
    let length = input.iter().take(MOST_CARRIED_BYTES + 1).take_while(|byte| **byte != 0).count();
    if length > MOST_CARRIED_BYTES && !request.driver.ends_with("local") {
        let message = format!("the document is longer than a call can carry, {MOST_CARRIED_BYTES} bytes");
        return Err(Refusal::new(REMOTE.0, REMOTE.1, message));
    }
    (kind.normalise)(request, input)
}

/// Which of an object's name and UUID another object has without the other: they go together.
fn taken<'a>(
    (name, uuid): (&str, Option<Uuid>),
    others: impl IntoIterator<Item = (&'a str, Option<Uuid>)>,
) -> Option<&'static str> {
    others.into_iter().find_map(|(other_name, other_uuid)| {
        match (name == other_name, uuid.is_some() && uuid == other_uuid) {
            (true, false) => Some("name"),
            (false, true) => Some("uuid"),
            _ => None,
        }
    })
}

/// The refusal of an object whose name or UUID another one has.
fn refuse_taken(what: &'static str, root: Element<'_>, domain: u32) -> Refusal {
    let fault = Fault::new(DocumentErrorKind::Failed, what, format!("another object has the {what}"));
    Refusal::of(&fault.in_document(root), domain)
}

/// Drivers keep an object in a file of its name.
fn check_file_name(name: &str, root: Element<'_>, domain: u32) -> Result<(), Refusal> {
    if name.len() <= LONGEST_FILE_NAME {
        return Ok(());
    }
    let message = format!("the name is longer than that of a file can be, {LONGEST_FILE_NAME} bytes");
    let fault = Fault::new(DocumentErrorKind::System, "name", message);
    Err(Refusal::of(&fault.in_document(root), domain))
}
