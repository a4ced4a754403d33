//! Reservations of SCSI disks, which a process with more rights than QEMU makes.

use super::storage;
use crate::command::address::alias;
use crate::command::arguments::{Arguments, text};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::storage_source::StorageSource;

/// Adds the manager of a disk's reservations. The answer is its name.
pub(super) fn add(
    arguments: &mut Arguments<'_>,
    disk: &Disk,
    source: &StorageSource,
) -> Result<Option<String>> {
    let reservations = storage::local(source).and_then(|local| local.reservations.as_ref());
    let Some(reservations) = reservations else { return Ok(None) };
    if reservations.managed == Some(YesNo::Yes) {
        // One serves all disks of the domain.
        let name = "pr-helper0";
        if !arguments.has_object(name) {
            arguments.refuse_start(
                "disk/source/reservations",
                "the process that makes them cannot be started yet",
            )?;
            let path = text(&arguments.path("pr-helper0.sock"));
            arguments.json("-object", Properties::object("pr-manager-helper", name).with("path", path));
        }
        return Ok(Some(name.to_owned()));
    }
    let path = reservations.source.as_ref().and_then(|source| source.path.as_deref());
    let path =
        path.ok_or_else(|| unsupported("disk/source/reservations", "it is not said where the manager is"))?;
    let name = format!("pr-helper-{}", alias(&disk.info, "disk")?);
    arguments.json("-object", Properties::object("pr-manager-helper", name.as_str()).with("path", path));
    Ok(Some(name))
}
