//! The file system of a simulated host.

use crate::domains::saved::SavedImage;
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// A file that some call wrote.
#[derive(Debug, Clone)]
pub(crate) enum SimulatedFile {
    /// A saved domain.
    Saved(Arc<SavedImage>),
    /// A dump of a domain's memory. No call reads one.
    Dump,
    /// The variables of a domain's firmware. No call reads them.
    FirmwareVariables,
}

/// The files by path.
#[derive(Debug, Default)]
pub(crate) struct FileTable(Mutex<HashMap<String, SimulatedFile>>);

impl FileTable {
    /// Writes a file, in the place of what was there.
    pub(crate) fn write(&self, path: &str, file: SimulatedFile) {
        self.0.lock().insert(path.to_owned(), file);
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// `System` if there is none.
    pub(crate) fn read(&self, path: &str) -> Result<SimulatedFile> {
        self.0.lock().get(path).cloned().ok_or_else(|| {
            Error::new(ErrorKind::System, format!("there is no file '{path}' on the simulated host"))
                .with_hint("the test driver reads only what its own calls have written; real files are out of its reach")
        })
    }

    /// Deletes a file, if it is there.
    pub(crate) fn remove(&self, path: &str) {
        self.0.lock().remove(path);
    }
}
