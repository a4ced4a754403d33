//! QEMU and KVM virtual machines.
//!
//! The crate registers its URIs so that programs can already name them; nothing starts or talks to QEMU so far. Opening one says so.

#[allow(dead_code, unused_imports, reason = "connections, which start guests, come next")]
mod command;

use omnivirt_core::{DriverEntry, Error, ErrorKind, OpenRequest, Result, register_driver};

register_driver!(ENTRY);

/// The qemu driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "qemu",
    schemes: &["qemu"],
    transports: &[],
    about: "QEMU and KVM virtual machines of this host",
    example: "qemu:///system",
    open: |request| Box::pin(async move { open(request) }),
};

fn open(_request: &OpenRequest) -> Result<std::sync::Arc<dyn omnivirt_core::Driver>> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "the qemu driver cannot open connections yet: nothing starts or talks to QEMU so far",
    )
    .with_hint("qemu+unix:///system reaches QEMU through a libvirtd until then"))
}

/// The command line that a domain's document stands for: environment and arguments on one line, quoted for a shell.
///
/// # Errors
///
/// The document is malformed, contradicts itself, or asks for what QEMU cannot do.
pub fn native_command_line(xml: &str) -> Result<String> {
    command::native(xml)
}
