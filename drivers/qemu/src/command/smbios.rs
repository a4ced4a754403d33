//! What the guest's firmware tells of the machine: SMBIOS tables and entries of its own.

use super::arguments::Arguments;
use super::keyed::Keyed;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::os::SmbiosMode;
use omnivirt_core::domain::sysinfo::{SmbiosInfo, SmbiosTable, Sysinfo};

type Names = &'static [(&'static str, &'static str)];

/// Names of entries, and what QEMU calls them.
const BIOS: Names = &[("vendor", "vendor"), ("version", "version"), ("date", "date"), ("release", "release")];
const SYSTEM: Names = &[
    ("manufacturer", "manufacturer"),
    ("product", "product"),
    ("version", "version"),
    ("serial", "serial"),
    ("uuid", "uuid"),
    ("sku", "sku"),
    ("family", "family"),
];
const BASE_BOARD: Names = &[
    ("manufacturer", "manufacturer"),
    ("product", "product"),
    ("version", "version"),
    ("serial", "serial"),
    ("asset", "asset"),
    ("location", "location"),
];
const CHASSIS: Names = &[
    ("manufacturer", "manufacturer"),
    ("version", "version"),
    ("serial", "serial"),
    ("asset", "asset"),
    ("sku", "sku"),
];

/// Adds the tables.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let domain = arguments.domain;
    if let Some(uuid) = domain.uuid {
        arguments.option("-uuid", uuid.hyphenated().to_string());
    }
    let mode = domain.os.as_ref().and_then(|os| os.smbios.as_ref()).and_then(|smbios| smbios.mode);
    match mode {
        Some(SmbiosMode::Sysinfo) => {
            let info = domain.sysinfo.iter().find_map(|info| match info {
                Sysinfo::Smbios(info) => Some(info),
                _ => None,
            });
            let info = info.ok_or_else(|| {
                unsupported("os/smbios", "the document has no <sysinfo type='smbios'> to show")
            })?;
            add_tables(arguments, info)?;
        }
        Some(SmbiosMode::Host) => {
            return Err(unsupported("os/smbios", "the host's own tables cannot be shown")
                .with_hint("use mode='sysinfo'"));
        }
        _ => {}
    }
    for info in &domain.sysinfo {
        let Sysinfo::FirmwareConfig(config) = info else { continue };
        for entry in &config.entries {
            let option = Keyed::default().with("name", entry.name.as_deref().unwrap_or_default());
            let option = match &entry.file {
                Some(file) => option.with("file", file),
                None => option.with("string", &entry.text),
            };
            arguments.option("-fw_cfg", option);
        }
    }
    Ok(())
}

fn add_tables(arguments: &mut Arguments<'_>, info: &SmbiosInfo) -> Result<()> {
    let mut add = |number: u32, names: Names, table: &SmbiosTable| {
        let mut option = Keyed::default().with("type", number);
        for (name, key) in names {
            let entries = table.entries.iter().filter(|entry| entry.name.as_deref() == Some(name));
            for entry in entries {
                option.push(key, &entry.text);
            }
        }
        arguments.option("-smbios", option);
    };
    info.bios.iter().for_each(|table| add(0, BIOS, table));
    info.system.iter().for_each(|table| add(1, SYSTEM, table));
    info.base_boards.iter().for_each(|table| add(2, BASE_BOARD, table));
    info.chassis.iter().for_each(|table| add(3, CHASSIS, table));
    if !info.processors.is_empty() {
        arguments.refuse_start("sysinfo/processor", "QEMU itself tells of the processors")?;
    }
    if !info.memories.is_empty() {
        arguments.refuse_start("sysinfo/memory_device", "QEMU itself tells of the memory")?;
    }
    if let Some(strings) = &info.oem_strings {
        let mut option = Keyed::default().with("type", 11);
        for string in &strings.entries {
            option.push("value", &string.0);
        }
        arguments.option("-smbios", option);
    }
    Ok(())
}
