//! What the guest's firmware tells of the machine.

use super::Fault;
use crate::document::{DocumentErrorKind, TextValue};
use crate::domain::Domain;
use crate::domain::sysinfo::{FirmwareConfig, SmbiosInfo, SmbiosTable, Sysinfo};
use uuid::Uuid;

/// The entries of each table, in the order in which they are written.
const BIOS: &[&str] = &["vendor", "version", "date", "release"];
const SYSTEM: &[&str] = &["manufacturer", "product", "version", "serial", "uuid", "sku", "family"];
const BASE_BOARD: &[&str] = &["manufacturer", "product", "version", "serial", "asset", "location"];
const CHASSIS: &[&str] = &["manufacturer", "version", "serial", "asset", "sku"];
const PROCESSOR: &[&str] = &[
    "socket_destination",
    "type",
    "family",
    "manufacturer",
    "signature",
    "version",
    "external_clock",
    "max_speed",
    "status",
    "serial_number",
    "part_number",
];
const MEMORY: &[&str] = &[
    "size",
    "form_factor",
    "locator",
    "bank_locator",
    "type",
    "type_detail",
    "speed",
    "manufacturer",
    "serial_number",
    "part_number",
];

/// Brings the entries into order and checks those with a form of their own.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let uuid = domain.uuid;
    for sysinfo in &mut domain.sysinfo {
        match sysinfo {
            Sysinfo::Smbios(info) => complete_smbios(info, uuid)?,
            Sysinfo::FirmwareConfig(config) => complete_config(config)?,
        }
    }
    Ok(())
}

fn complete_smbios(info: &mut SmbiosInfo, uuid: Option<Uuid>) -> Result<(), Fault> {
    let single = [(&mut info.bios, BIOS), (&mut info.system, SYSTEM), (&mut info.chassis, CHASSIS)];
    for (table, names) in single {
        *table = table.take().map(|table| ordered(table, names)).filter(|table| !table.entries.is_empty());
    }
    let lists = [
        (&mut info.base_boards, BASE_BOARD),
        (&mut info.processors, PROCESSOR),
        (&mut info.memories, MEMORY),
    ];
    for (tables, names) in lists {
        let kept = tables.drain(..).map(|table| ordered(table, names));
        *tables = kept.filter(|table| !table.entries.is_empty()).collect();
    }
    let refuse = |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Syntax, path, message));
    let entry = |table: &Option<SmbiosTable>, name: &str| {
        let entries = table.as_ref().map(|table| table.entries.as_slice()).unwrap_or_default();
        let found = entries.iter().find(|entry| entry.name.as_deref() == Some(name));
        found.map(|entry| entry.text.clone())
    };
    if entry(&info.bios, "date").is_some_and(|date| !is_date(&date)) {
        return refuse("sysinfo/bios", "the firmware's date is not of the form month/day/year");
    }
    if let Some(text) = entry(&info.system, "uuid") {
        let Ok(own) = Uuid::from_text(&text) else {
            return refuse("sysinfo/system", "the machine's UUID is none");
        };
        if uuid.is_some_and(|uuid| uuid != own) {
            return refuse("sysinfo/system", "the machine's UUID is not the domain's");
        }
        let entries = info.system.iter_mut().flat_map(|table| &mut table.entries);
        entries
            .filter(|entry| entry.name.as_deref() == Some("uuid"))
            .for_each(|entry| entry.text = own.hyphenated().to_string());
    }
    Ok(())
}

/// The first entry of each name.
fn ordered(table: SmbiosTable, names: &[&str]) -> SmbiosTable {
    let mut kept = SmbiosTable::default();
    kept.entries = names
        .iter()
        .filter_map(|name| {
            let found = table.entries.iter().find(|entry| entry.name.as_deref() == Some(name))?;
            Some(found.clone()).filter(|entry| !entry.text.is_empty())
        })
        .collect();
    kept
}

/// Month, day and year; a year of two digits is of the last century.
fn is_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(month), Some(day), Some(year)] => {
            (1..=12).contains(month) && (1..=31).contains(day) && ((0..=99).contains(year) || *year >= 1900)
        }
        _ => false,
    }
}

fn complete_config(config: &mut FirmwareConfig) -> Result<(), Fault> {
    for (index, entry) in config.entries.iter_mut().enumerate() {
        let fault = |message: &str| {
            let path = format!("sysinfo/entry[{}]", index + 1);
            Err(Fault::new(DocumentErrorKind::Invalid, path, message))
        };
        if entry.name.is_none() {
            return fault("the entry has no name");
        }
        match &entry.file {
            Some(_) => entry.text.clear(),
            None if entry.text.is_empty() => return fault("the entry has neither a value nor a file"),
            None => {}
        }
    }
    Ok(())
}
