//! The files by which a host's packages describe their firmware.
//!
//! Their form is that of QEMU's `docs/interop/firmware.json`: one object in each `*.json` of the folders, of which later ones hide
//! those of the same name in earlier ones, and an empty one hides without taking the place.

use omnivirt_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where packages and administrators put them.
const FOLDERS: [&str; 2] = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"];

/// The largest that is read. Those of packages have less than 2 KiB.
const MOST_BYTES: u64 = 64 << 10;

/// What firmware there is, and for which machines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct FirmwareDescriptor {
    pub(super) interface_types: Vec<String>,
    pub(super) mapping: Mapping,
    pub(super) targets: Vec<Target>,
    #[serde(default)]
    pub(super) features: Vec<String>,
}

/// Where in the machine it is, and in which files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "device", rename_all = "kebab-case")]
pub(super) enum Mapping {
    /// In flash memory.
    #[serde(rename_all = "kebab-case")]
    Flash {
        #[serde(default)]
        mode: Mode,
        executable: Image,
        nvram_template: Option<Image>,
    },
    /// In a ROM.
    Memory { filename: String },
    /// Something that a newer QEMU has.
    #[serde(other)]
    Other,
}

/// Whether the variables are apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    /// In a file of their own.
    #[default]
    Split,
    /// In the same file.
    Combined,
    /// Nowhere.
    Stateless,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Image {
    pub(super) filename: String,
    pub(super) format: String,
}

/// Machines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Target {
    pub(super) architecture: String,
    pub(super) machines: Vec<String>,
}

impl FirmwareDescriptor {
    /// Reads those of this host, best first.
    ///
    /// # Errors
    ///
    /// `System`, if one cannot be read or is malformed.
    pub(crate) fn of_host() -> Result<Vec<Self>> {
        Self::read(&FOLDERS.map(Path::new))
    }

    fn read(folders: &[&Path]) -> Result<Vec<Self>> {
        let mut files = BTreeMap::<_, PathBuf>::new();
        for folder in folders {
            let entries = match std::fs::read_dir(folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(folder, error)),
            };
            for entry in entries {
                let path = entry.map_err(|error| failed(folder, error))?.path();
                if path.extension().is_some_and(|extension| extension == "json") {
                    files.insert(path.file_name().map(ToOwned::to_owned), path);
                }
            }
        }
        files.values().filter_map(|path| read_one(path).transpose()).collect()
    }
}

/// None for an empty one, which only hides.
fn read_one(path: &Path) -> Result<Option<FirmwareDescriptor>> {
    let length = std::fs::metadata(path).map_err(|error| failed(path, error))?.len();
    if length == 0 {
        return Ok(None);
    }
    if length > MOST_BYTES {
        let message = format!("'{}' is too large to describe firmware: {length} bytes", path.display());
        return Err(Error::new(ErrorKind::System, message));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(path, error))?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("cannot read the description of firmware '{}': {error}", path.display());
    Error::new(ErrorKind::System, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::FirmwareDescriptor;

    const ONE: &str = r#"{"description": "", "interface-types": ["uefi"], "mapping": {"device": "flash",
        "executable": {"filename": "/CODE", "format": "raw"}, "nvram-template": {"filename": "/VARS", "format": "raw"}},
        "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}], "features": ["secure-boot"], "tags": []}"#;

    #[test]
    fn a_later_folder_hides_what_has_the_same_name() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["10-a.json", "20-b.json", "30-c.txt"] {
            std::fs::write(first.path().join(name), ONE).unwrap();
        }
        std::fs::write(second.path().join("10-a.json"), "").unwrap();
        let read = FirmwareDescriptor::read(&[first.path(), second.path()]).unwrap();
        assert_eq!(read.len(), 1);
        std::fs::write(second.path().join("20-b.json"), "{").unwrap();
        let error = FirmwareDescriptor::read(&[first.path(), second.path()]).unwrap_err();
        assert!(error.message().contains("20-b.json"), "{error}");
    }
}
