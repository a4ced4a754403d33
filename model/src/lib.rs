//! Omnivirt's plain data: no async, no I/O.
//!
//! * [`id`]: what names an object, and the small values that calls carry
//! * [`uri`]: connection URIs
//! * [`xml`]: the lossless XML tree, with positions
//! * [`document`]: how documents are mapped to types, and why one is refused
//! * [`domain`]: the domain document, and the other documents of the domain calls
//! * [`network`]: the network document
//! * [`network_parts`]: what networks and interfaces of domains have in common
//! * [`host_interface`]: the host interface document
//! * [`nwfilter`]: the network filter document
//! * [`node_device`]: the node device document
//! * [`capabilities`]: what hosts and drivers can do
//! * [`storage`]: storage pools and volumes
//! * [`secret`]: the secret document
//! * [`kinds`]: the kinds of document, for programs that take any of them
//! * [`difference`]: what differs between two documents
//! * [`storage_source`]: where the data of disks comes from
//! * [`normalise`]: what a driver would make of a document
//! * [`test_host`]: the description of a simulated host
//! * [`event`]: events and their renderings
//! * [`check`]: what the front door checks
//!
//! The options, results, enums and error kinds at the top are generated from the description in `api/`.

#![allow(
    clippy::field_reassign_with_default,
    reason = "a document's type has many fields, of which few are filled"
)]

pub mod capabilities;
pub mod check;
mod cpu_map;
pub mod difference;
pub mod document;
pub mod domain;
pub mod event;
mod generated;
pub mod host_interface;
pub mod id;
#[cfg(feature = "json")]
pub mod json;
pub mod kinds;
pub mod network;
pub mod network_parts;
pub mod node_device;
pub mod normalise;
pub mod nwfilter;
mod parameters;
mod retry;
pub mod secret;
pub mod storage;
pub mod storage_source;
pub mod test_host;
mod timestamp;
pub mod uri;
pub mod xml;

pub use generated::errors::ErrorKind;
pub use generated::*;
pub use id::*;
pub use retry::Retry;
pub use uri::ConnectUri;
