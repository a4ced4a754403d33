//! The smallest useful driver: domains in memory. `CONTRIBUTING.md` walks through it.
//!
//! * `lib.rs` registers the driver: its name, its URIs, and how a connection is opened.
//! * `connection.rs` is the connection: which families of calls it fills, and its events.
//! * `domains/` is what it controls: the domains, and one file for each family of calls.

mod connection;
mod domains;

use omnivirt_core::{DriverEntry, register_driver};

// For programs that name this crate. Tests take `ENTRY` and register nothing.
register_driver!(ENTRY);

/// The toy driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "toy",
    schemes: &["toy"],
    transports: &[],
    daemon_paths: &[],
    about: "domains in memory, to learn from",
    example: "toy:///",
    open: |request| Box::pin(async move { connection::open(request) }),
};
