//! An archive of files in the form that Linux takes its first file system in: cpio's "newc".

use std::collections::BTreeSet;

/// Kinds of file, with their permissions.
const FILE: u32 = 0o100_755;
const FOLDER: u32 = 0o040_755;

/// An archive that grows.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    /// Folders that are there already.
    folders: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    /// Adds a file that everyone may read and run, and the folders that it is in. The path has no slash before it.
    pub(super) fn file(&mut self, path: &str, content: &[u8]) {
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.folder(folder);
        }
        self.entry(path, FILE, content);
    }

    /// Adds a folder, and those that it is in.
    pub(super) fn folder(&mut self, path: &str) {
        if !self.folders.insert(path.to_owned()) {
            return;
        }
        if let Some((outer, _)) = path.rsplit_once('/') {
            self.folder(outer);
        }
        self.entry(path, FOLDER, &[]);
    }

    /// The whole archive.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
        // Number, mode, user, group, links, time, size, two numbers of its device and two of its own, path, checksum.
        let fields = [self.entries, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, length, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(content);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}
