//! Where things are in the checkout, and reading and writing them with errors that name the file.

use crate::TaskResult;
use std::path::{Path, PathBuf};

/// The checkout's top folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.to_path_buf(), Path::to_path_buf)
}

/// The text of a file, by its path from the top of the checkout.
pub(crate) fn read(path: &Path) -> TaskResult<String> {
    std::fs::read_to_string(root().join(path))
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Every file with the ending below a folder, in a stable order, as paths from the top of the checkout.
pub(crate) fn files_below(folder: &Path, ending: &str) -> TaskResult<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let relative = path.strip_prefix(root()).map_err(|error| error.to_string())?;
                found.push(relative.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
