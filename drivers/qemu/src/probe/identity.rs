//! What tells a program from every other, and from what it was before it was replaced.

use omnivirt_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A program as it is on disk now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    program: FileIdentity,
    /// A sum of its beginning, where a linker puts the identity of what it has built.
    beginning: u64,
    /// What belongs to it: its modules' folders, and what a script starts.
    parts: Vec<FileIdentity>,
}

/// A file as it is on disk now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileIdentity {
    path: String,
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// How much of a program is its beginning.
const BEGINNING_BYTES: usize = 4096;

/// Where QEMU looks for parts that are packaged apart.
const MODULE_FOLDERS: [&str; 5] = [
    "/usr/lib/qemu",
    "/usr/lib64/qemu",
    "/usr/lib/x86_64-linux-gnu/qemu",
    "/usr/lib/aarch64-linux-gnu/qemu",
    "/usr/local/lib/qemu",
];

impl Identity {
    /// That of a program. It blocks.
    ///
    /// # Errors
    ///
    /// `System` if it cannot be read.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let message = format!("cannot read the program '{}': {error}", path.display());
            Error::new(ErrorKind::System, message)
                .with_hint("install QEMU for this architecture, or name another emulator")
                .with_source(error)
        };
        let mut beginning = Vec::with_capacity(BEGINNING_BYTES);
        let file = std::fs::File::open(path).map_err(failed)?;
        let program = FileIdentity::of(path, &file.metadata().map_err(failed)?);
        file.take(BEGINNING_BYTES as u64).read_to_end(&mut beginning).map_err(failed)?;
        let mut parts: Vec<FileIdentity> =
            MODULE_FOLDERS.iter().filter_map(|folder| FileIdentity::find(folder)).collect();
        if beginning.starts_with(b"#!") {
            let text = String::from_utf8_lossy(&beginning);
            let words =
                text.split(|character: char| character.is_whitespace() || "=\"';".contains(character));
            parts.extend(words.filter(|word| word.starts_with('/')).filter_map(FileIdentity::find));
        }
        Ok(Self { program, beginning: sum(&beginning), parts })
    }
}

impl FileIdentity {
    fn of(path: &Path, metadata: &std::fs::Metadata) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn find(path: &str) -> Option<Self> {
        let path = Path::new(path);
        Some(Self::of(path, &std::fs::metadata(path).ok()?))
    }
}

/// A sum of bytes that is the same in every build of ours (FNV-1a).
pub(super) fn sum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_replaced_program_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("qemu-system-x86_64");
        let part = folder.path().join("real");
        let script = format!("#! /bin/sh\nexe={}\nexec \"$exe\" \"$@\"\n", part.display());
        std::fs::write(&path, &script).unwrap();
        std::fs::write(&part, "one").unwrap();
        let first = Identity::of(&path).unwrap();
        assert_eq!(first, Identity::of(&path).unwrap());
        std::fs::write(&part, "another").unwrap();
        let second = Identity::of(&path).unwrap();
        assert_ne!(first, second, "what a script starts belongs to it");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_ne!(second.program.changed, Identity::of(&path).unwrap().program.changed);
        assert!(Identity::of(&folder.path().join("none")).is_err());
    }
}
