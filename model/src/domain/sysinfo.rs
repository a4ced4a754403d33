//! What the guest's firmware tells of the machine.

use crate::document::{Text, mapped};

/// What the guest's firmware tells of the machine.
#[mapped(tag = "type")]
pub enum Sysinfo {
    /// In the tables of the SMBIOS.
    #[value("smbios")]
    Smbios(SmbiosInfo),
    /// Through QEMU's firmware configuration device.
    #[value("fwcfg")]
    FirmwareConfig(FirmwareConfig),
}

/// Tables of the SMBIOS.
#[mapped]
pub struct SmbiosInfo {
    /// The firmware.
    #[element("bios")]
    pub bios: Option<SmbiosTable>,
    /// The machine.
    #[element("system")]
    pub system: Option<SmbiosTable>,
    /// Its boards.
    #[element("baseBoard")]
    pub base_boards: Vec<SmbiosTable>,
    /// Its case.
    #[element("chassis")]
    pub chassis: Option<SmbiosTable>,
    /// Its processors.
    #[element("processor")]
    pub processors: Vec<SmbiosTable>,
    /// Its memory.
    #[element("memory")]
    pub memories: Vec<SmbiosTable>,
    /// Texts of the manufacturer.
    #[element("oemStrings")]
    pub oem_strings: Option<OemStrings>,
}

/// A table of the SMBIOS.
#[mapped(omit_empty)]
pub struct SmbiosTable {
    /// What it says.
    #[element("entry")]
    pub entries: Vec<SmbiosEntry>,
}

/// Something that a table of the SMBIOS says.
#[mapped]
pub struct SmbiosEntry {
    /// Which entry of the table it is.
    #[attribute("name")]
    pub name: Option<String>,
    /// The text.
    #[text]
    pub text: String,
}

/// Texts of the manufacturer.
#[mapped(omit_empty)]
pub struct OemStrings {
    /// The texts.
    #[element("entry")]
    pub entries: Vec<Text>,
}

/// What QEMU's firmware configuration device holds.
#[mapped]
pub struct FirmwareConfig {
    /// Its entries.
    #[element("entry")]
    pub entries: Vec<FirmwareConfigEntry>,
}

/// An entry of QEMU's firmware configuration device.
#[mapped]
pub struct FirmwareConfigEntry {
    /// Its name, such as `opt/com.example/x`.
    #[attribute("name")]
    pub name: Option<String>,
    /// The file that it comes from; absent where the text is here.
    #[attribute("file")]
    pub file: Option<String>,
    /// The text.
    #[text]
    pub text: String,
}
