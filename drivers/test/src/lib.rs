//! A simulated host: every call answers and every event can be raised, with no hypervisor.
//!
//! Opened with `test:///default`, or with `test:///path/to/host.xml` for a host that a file describes. The URI's
//! parameters add latency, faults and virtual time, and let connections share a host: see the README of this crate.
//!
//! Where things are:
//!
//! * `connection`: what is opened; `options`: the URI's parameters; `simulation`: latency and faults, around all calls
//! * `host/`: what is there once per host: the domains' table, the clock, the simulated files, the other objects
//! * `domains/`: one file per family of calls, and `state`: one simulated domain

mod connection;
mod domains;
mod host;
mod options;
mod simulation;

use omnivirt_core::{DriverEntry, register_driver};

register_driver!(ENTRY);

/// The test driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "test",
    schemes: &["test"],
    transports: &[],
    daemon_paths: &[],
    about: "a simulated host in memory, which needs no hypervisor",
    example: "test:///default",
    open: |request| Box::pin(connection::open(request)),
};
