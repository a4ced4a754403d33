//! Hypervisors behind a libvirtd or an omnivirtd.
//!
//! The crate registers its URIs so that programs can already name them; nothing speaks the wire protocol so far. Opening one says so.

use omnivirt_core::{DriverEntry, Error, ErrorKind, OpenRequest, Result, register_driver};

register_driver!(ENTRY);

/// The remote driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "remote",
    schemes: &[],
    transports: &["unix", "tcp", "tls", "ssh", "ext"],
    about: "hypervisors behind a daemon, here or on another host",
    example: "qemu+ssh://host/system",
    open: |request| Box::pin(async move { open(request) }),
};

fn open(_request: &OpenRequest) -> Result<std::sync::Arc<dyn omnivirt_core::Driver>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "the remote driver cannot open connections yet: nothing speaks the wire protocol so far",
    )
    .with_hint("leave the transport and the host out of the URI for a driver of this process"))
}
