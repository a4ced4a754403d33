//! What a document asks for and QEMU, or this driver, cannot do.

use super::arguments::Arguments;
use omnivirt_core::{Error, ErrorKind, Result};

/// An error that names the element and says why it cannot be had.
pub(super) fn unsupported(element: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, format!("{element}: {why}")).with_context("element", element)
}

/// What a completed domain always has, and this one has not.
pub(super) fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the document has no {what}"))
        .with_context("element", what)
        .with_hint("it has to be completed by the hypervisor's rules first")
}

/// Refuses what no part of the command line is about.
pub(super) fn check(arguments: &Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    if let Some(lease) = domain.devices.leases.first() {
        let key = lease.key.as_deref().unwrap_or_default();
        arguments.refuse_start("lease", &format!("there is no lock manager for the lease '{key}'"))?;
    }
    if domain.performance.is_some() {
        arguments.refuse_start("perf", "events of a guest's process cannot be counted yet")?;
    }
    if domain.bootloader.is_some() {
        return Err(unsupported("bootloader", "QEMU has no boot loader on the host"));
    }
    if domain.os.as_ref().and_then(|os| os.init.as_ref()).is_some() {
        return Err(unsupported("os/init", "only containers have an init program"));
    }
    Ok(())
}
