//! File systems of QEMU.

use super::shared_memory::{SHARE_MEMORY, shares_memory};
use crate::document::DocumentErrorKind::{Malformed, Unsupported};
use crate::domain::Domain;
use crate::domain::devices::Filesystem;
use crate::domain::devices::filesystem::{AccessMode, FilesystemDriverType, FilesystemSource};
use crate::domain::rules::Fault;
use crate::domain::rules::filesystem::{has_socket, is_virtiofs};

/// Refuses file systems that QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    for (index, filesystem) in domain.devices.filesystems.iter().enumerate() {
        check_one(domain, filesystem)
            .map_err(|fault| fault.within(&format!("devices/filesystem[{}]", index + 1)))?;
    }
    Ok(())
}

fn check_one(domain: &Domain, filesystem: &Filesystem) -> Result<(), Fault> {
    use FilesystemDriverType::{Loop, Nbd, Ploop};
    let driver = filesystem.driver.as_ref().and_then(|driver| driver.driver_type);
    if matches!(driver, Some(Loop | Nbd | Ploop)) {
        return Err(Fault::new(Malformed, "driver/@type", "QEMU has no such driver of file systems"));
    }
    if !matches!(filesystem.source, FilesystemSource::Mount(_)) {
        return Err(Fault::new(Unsupported, "@type", "QEMU has file systems of the type mount alone"));
    }
    let has_modes = filesystem.file_mode.is_some() || filesystem.directory_mode.is_some();
    if has_modes && filesystem.access_mode != Some(AccessMode::Mapped) {
        return Err(Fault::new(Unsupported, "@fmode", "rights are for the access mode mapped"));
    }
    if !is_virtiofs(filesystem) {
        return Ok(());
    }
    check_virtiofs(filesystem)?;
    if !shares_memory(domain) {
        return Err(Fault::new(Unsupported, "driver/@type", "virtiofs needs memory that is shared")
            .hint(SHARE_MEMORY));
    }
    Ok(())
}

/// Refuses what virtiofs does not do.
fn check_virtiofs(filesystem: &Filesystem) -> Result<(), Fault> {
    // Who serves a socket decides on that.
    let is_mapped = !has_socket(&filesystem.source)
        && filesystem.access_mode.is_some_and(|mode| mode != AccessMode::Passthrough);
    let has_policy = filesystem.driver.as_ref().is_some_and(|driver| driver.write_policy.is_some());
    let wrong = [
        ("readonly", filesystem.is_read_only),
        ("@accessmode", is_mapped),
        ("driver/@wrpolicy", has_policy),
        ("@model", filesystem.model.is_some()),
        ("@multidevs", filesystem.multiple_devices.is_some()),
    ];
    match wrong.into_iter().find(|(_, is_there)| *is_there) {
        Some((path, _)) => Err(Fault::new(Unsupported, path, "virtiofs does not have this")),
        None => Ok(()),
    }
}
