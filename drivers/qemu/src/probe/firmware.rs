//! The host's firmware for guests, by its descriptor files: JSON of a form that QEMU's interoperability documents lay down.

use omnivirt_core::domain::rules::qemu::Architecture;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where descriptors are; one in a later folder stands for one of the same name in an earlier one.
const FOLDERS: [&str; 2] = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"];
/// Longer files are no descriptors.
const MOST_BYTES: u64 = 1 << 20;

/// A firmware that the host has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Firmware {
    /// `uefi`, `bios` and others.
    pub(crate) interface_types: Vec<String>,
    pub(crate) mapping: Mapping,
    pub(crate) targets: Vec<Target>,
    pub(crate) features: Vec<String>,
}

/// How a firmware comes into the guest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Mapping {
    /// `flash`, `memory`, `kernel`.
    pub(crate) device: String,
    pub(crate) executable: Option<MappedFile>,
    /// What a guest's own variables begin as.
    pub(crate) nvram_template: Option<MappedFile>,
    /// The file, where it is mapped into memory.
    pub(crate) filename: Option<String>,
}

/// A file of a firmware.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct MappedFile {
    pub(crate) filename: String,
    pub(crate) format: String,
}

/// Machines that a firmware is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Target {
    pub(crate) architecture: String,
    /// Patterns of names.
    pub(crate) machines: Vec<String>,
}

impl Firmware {
    /// All that the host has, the preferred ones first. It blocks.
    pub(crate) fn all() -> Vec<Self> {
        let mut folders: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).collect();
        // A user's own come before the host's.
        let own = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let own = own.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".config")));
        folders.extend(own.map(|own| own.join("qemu/firmware")));
        Self::of(&folders)
    }

    fn of(folders: &[PathBuf]) -> Vec<Self> {
        let mut files = BTreeMap::new();
        for folder in folders {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.extension().is_some_and(|extension| extension == "json") {
                    files.insert(path.file_name().map(ToOwned::to_owned), path);
                }
            }
        }
        files.values().filter_map(|path| Self::read(path)).collect()
    }

    /// An empty file takes a descriptor of the same name away.
    fn read(path: &Path) -> Option<Self> {
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        if length == 0 || length > MOST_BYTES {
            return None;
        }
        let text = std::fs::read(path).map_err(|error| error.to_string());
        let firmware = text.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
        firmware
            .inspect_err(|error| {
                tracing::warn!(path = %path.display(), error, "a firmware descriptor cannot be read and is left out");
            })
            .ok()
    }

    /// Whether it is for that machine, by its full name.
    pub(crate) fn suits(&self, architecture: Architecture, machine: &str) -> bool {
        let target = match architecture {
            Architecture::I686 => "i386",
            Architecture::Armv6l => return false,
            Architecture::Armv7l => "arm",
            other => other.as_str(),
        };
        self.targets
            .iter()
            .filter(|one| one.architecture == target)
            .any(|one| one.machines.iter().any(|pattern| matches(pattern.as_bytes(), machine.as_bytes())))
    }

    /// The file that a guest runs.
    pub(crate) fn program(&self) -> Option<&str> {
        let executable = self.mapping.executable.as_ref().map(|file| &file.filename);
        executable.or(self.mapping.filename.as_ref()).map(String::as_str)
    }

    /// Whether it has a feature, such as `secure-boot`.
    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|one| one == feature)
    }
}

/// Whether a name is of a pattern in which `*` stands for anything and `?` for one character.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut next) = (0, 0);
    // Where the last star was, and what it stands for so far.
    let mut star = None;
    while next < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, next));
                at += 1;
            }
            Some(one) if *one == b'?' || *one == name[next] => {
                at += 1;
                next += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    next = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_machines() {
        for (pattern, name, suits) in [
            ("pc-q35-*", "pc-q35-7.2", true),
            ("pc-q35-*", "pc-i440fx-7.2", false),
            ("*", "", true),
            ("*-7.?", "virt-7.2", true),
            ("virt-*-x", "virt-7-y-x", true),
            ("virt", "virt-7.2", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), suits, "{pattern} {name}");
        }
        // No pattern takes longer than its length times the name's.
        assert!(!matches("*a".repeat(500).as_bytes(), "a".repeat(400).as_bytes()));
    }

    #[test]
    fn a_later_folder_replaces_or_takes_away() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let firmware = |file: &str| {
            format!(
                r#"{{"description": "", "interface-types": ["uefi"], "mapping": {{"device": "flash",
                "executable": {{"filename": "{file}", "format": "raw"}}}},
                "targets": [{{"architecture": "x86_64", "machines": ["pc-q35-*"]}}], "features": [], "tags": []}}"#
            )
        };
        let write = |folder: usize, name: &str, text: &str| {
            std::fs::write(folders[folder].path().join(name), text).unwrap();
        };
        write(0, "50-a.json", &firmware("/a"));
        write(0, "60-b.json", &firmware("/b"));
        write(0, "70-c.json", &firmware("/c"));
        write(0, "80-d.json", "{ damaged");
        write(1, "50-a.json", &firmware("/own"));
        write(1, "60-b.json", "");
        let paths: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_owned()).collect();
        let all = Firmware::of(&paths);
        assert_eq!(all.iter().filter_map(Firmware::program).collect::<Vec<_>>(), ["/own", "/c"]);
        assert!(
            all[0].suits(Architecture::X86_64, "pc-q35-7.2")
                && !all[0].suits(Architecture::I686, "pc-q35-7.2")
        );
    }
}
