//! Linux containers.
//!
//! The crate registers its URIs so that programs can already name them; nothing makes containers so far. Opening one says so.

use omnivirt_core::{DriverEntry, Error, ErrorKind, OpenRequest, Result, register_driver};

register_driver!(ENTRY);

/// The lxc driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "lxc",
    schemes: &["lxc"],
    transports: &[],
    daemon_paths: &[],
    about: "Linux containers of this host",
    example: "lxc:///system",
    open: |request| Box::pin(async move { open(request) }),
};

fn open(_request: &OpenRequest) -> Result<std::sync::Arc<dyn omnivirt_core::Driver>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "the lxc driver cannot open connections yet: nothing makes containers so far",
    )
    .with_hint("lxc+unix:///system reaches containers through a libvirtd until then"))
}
