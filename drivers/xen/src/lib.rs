//! Xen domains.
//!
//! The crate registers its URIs so that programs can already name them; nothing talks to the Xen hypervisor so far. Opening one says so.

use omnivirt_core::{DriverEntry, Error, ErrorKind, OpenRequest, Result, register_driver};

register_driver!(ENTRY);

/// The xen driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "xen",
    schemes: &["xen"],
    transports: &[],
    daemon_paths: &[],
    about: "domains of this Xen host",
    example: "xen:///system",
    open: |request| Box::pin(async move { open(request) }),
};

fn open(_request: &OpenRequest) -> Result<std::sync::Arc<dyn omnivirt_core::Driver>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "the xen driver cannot open connections yet: nothing talks to the Xen hypervisor so far",
    )
    .with_hint("xen+unix:///system reaches Xen through a libvirtd until then"))
}
