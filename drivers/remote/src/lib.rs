//! Hypervisors behind a libvirtd or an omnivirtd.
//!
//! Opened with any scheme and a transport, such as `qemu+unix:///system`: see the README of this crate for the URI's
//! parameters and the limits. It speaks libvirt's RPC with code of its own and needs no library of libvirt.
//!
//! Where things are:
//!
//! * `uri`: what a URI asks for; `transport/`: what carries the bytes
//! * `link`, `link/`: one socket: calls on their way, streams, keepalive
//! * `opening`: from a URI to an open link; `client`: the link that there is now, and calls on it
//! * `connection`: the driver; `events`: what is registered on the other side

mod by_hand;
mod client;
mod connection;
mod error;
mod events;
#[allow(clippy::clone_on_copy, reason = "one way of passing arguments serves every type")]
mod generated;
mod link;
mod opening;
mod supervision;
mod transport;
mod uri;
mod values;

#[cfg(test)]
mod tests;

use omnivirt_core::{DriverEntry, register_driver};

register_driver!(ENTRY);

/// The remote driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "remote",
    schemes: &["remote"],
    transports: &["unix", "tcp", "tls", "ssh", "libssh", "libssh2", "ext"],
    daemon_paths: &[],
    about: "hypervisors behind a libvirtd or an omnivirtd",
    example: "qemu+unix:///system",
    open: |request| Box::pin(connection::open(request)),
};
