//! What all devices can have: names, places in the order to boot from, ROMs.

use super::Fault;
use super::addresses::{infos, infos_mut};
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::{DeviceInfo, Devices, Rom};
use std::collections::HashSet;

/// What the names that users choose start with; others are the driver's, which makes them anew.
const CHOSEN: &str = "ua-";

/// The kinds of device of which the firmware can run a program.
const WITH_ROM: [&str; 2] = ["interface", "hostdev"];

/// Drops what is not for the device or not for the user to choose, and checks the rest.
///
/// # Errors
///
/// Something cannot be.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    for (kind, position, info) in infos_mut(devices) {
        info.alias.take_if(|alias| !alias.name.as_deref().is_some_and(is_chosen));
        info.rom.take_if(|_| !WITH_ROM.contains(&kind));
        if let Some(parameter) = info.boot.as_mut().and_then(|boot| boot.loadparm.as_mut()) {
            parameter.make_ascii_uppercase();
        }
        check(info).map_err(|fault| fault.within(&format!("devices/{kind}[{}]", position + 1)))?;
    }
    Ok(())
}

fn is_chosen(alias: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    alias.starts_with(CHOSEN) && alias.chars().all(is_plain)
}

fn check(info: &DeviceInfo) -> Result<(), Fault> {
    if info.acpi.as_ref().is_some_and(|acpi| acpi.index == Some(0)) {
        return Err(Fault::new(DocumentErrorKind::Invalid, "acpi/@index", "indexes are counted from 1 on"));
    }
    let says_more = |rom: &Rom| rom.enabled == Some(YesNo::No) && (rom.bar.is_some() || rom.file.is_some());
    if info.rom.as_ref().is_some_and(says_more) {
        return Err(Fault::new(
            DocumentErrorKind::Unsupported,
            "rom",
            "there is no ROM, and more is said of it",
        )
        .hint("leave bar and file out"));
    }
    Ok(())
}

/// No two devices have the same name.
///
/// # Errors
///
/// Two have.
pub(super) fn check_aliases(devices: &Devices) -> Result<(), Fault> {
    let mut taken = HashSet::new();
    for (kind, position, info) in infos(devices) {
        if let Some(name) = info.alias.as_ref().and_then(|alias| alias.name.as_deref())
            && !taken.insert(name)
        {
            let message = format!("another device has the name '{name}'");
            let path = format!("devices/{kind}[{}]/alias/@name", position + 1);
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
        }
    }
    Ok(())
}
