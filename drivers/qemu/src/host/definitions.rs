//! Definitions on disk: one file for each domain, written beside, synced and renamed, so that a crash leaves the old or the
//! new one.

use super::paths::{Paths, failed};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as IoErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// The extension of what is not written to its end yet.
const BESIDE: &str = "new";

/// A definition as it is read at the start.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) config: DomainConfig,
    pub(crate) autostart: bool,
}

/// Reads every definition. One that cannot be read stays where it is and is reported: it is not lost.
///
/// # Errors
///
/// `System` if the folder cannot be read.
pub(crate) fn read_all(paths: &Paths) -> Result<Vec<Stored>> {
    let folder = paths.definitions();
    let entries = std::fs::read_dir(&folder).map_err(|error| failed("read the folder", &folder, error))?;
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed("read the folder", &folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == BESIDE) {
            // Who wrote it has not come to its end, and what it was to replace is still there.
            remove_if_there(&path)?;
        }
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        match read(&path) {
            Ok(config) => {
                let autostart = paths.autostart_link(&config.name()).exists();
                all.push(Stored { config, autostart });
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a definition cannot be read and is left out");
            }
        }
    }
    Ok(all)
}

fn read(path: &Path) -> Result<DomainConfig> {
    let text = std::fs::read_to_string(path).map_err(|error| failed("read", path, error))?;
    let config = DomainConfig::parse(text)?;
    let expected = path.file_stem().is_some_and(|stem| stem == &*config.name());
    if expected && config.uuid().is_some() {
        return Ok(config);
    }
    Err(Error::new(
        ErrorKind::ConfigSyntax,
        format!("the definition in '{}' has no UUID, or another name than the file", path.display()),
    ))
}

/// Keeps a definition.
///
/// # Errors
///
/// `System`; then the old one is still there.
pub(crate) fn write(paths: &Paths, name: &str, xml: &str) -> Result<()> {
    replace(&paths.definition(name), xml.as_bytes(), true)
}

/// Forgets a definition.
///
/// # Errors
///
/// `System`.
pub(crate) fn remove(paths: &Paths, name: &str) -> Result<()> {
    remove_if_there(&paths.autostart_link(name))?;
    remove_if_there(&paths.definition(name))?;
    sync_folder(&paths.definitions())
}

/// Keeps a definition under another name.
///
/// # Errors
///
/// `System`; then it is kept under the old one alone, as before.
pub(crate) fn rename(paths: &Paths, from: &str, to: &str, xml: &str, autostart: bool) -> Result<()> {
    let moved = (|| {
        write(paths, to, xml)?;
        if autostart {
            set_autostart(paths, to, true)?;
        }
        remove(paths, from)
    })();
    if moved.is_err() {
        let undone = remove(paths, to).and_then(|()| match autostart {
            true => set_autostart(paths, from, true),
            false => Ok(()),
        });
        if let Err(error) = undone {
            tracing::warn!(from, to, %error, "a renaming that failed has left something of the new name");
        }
    }
    moved
}

/// Says whether a domain starts with the host.
///
/// # Errors
///
/// `System`.
pub(crate) fn set_autostart(paths: &Paths, name: &str, autostart: bool) -> Result<()> {
    let link = paths.autostart_link(name);
    if autostart {
        let target = PathBuf::from("..").join(format!("{name}.xml"));
        match symlink(target, &link) {
            Err(error) if error.kind() != IoErrorKind::AlreadyExists => {
                return Err(failed("make the link", &link, error));
            }
            _ => {}
        }
    } else {
        remove_if_there(&link)?;
    }
    sync_folder(&paths.autostart())
}

/// Puts new contents in a file's place: whoever reads it finds the old or the new ones, whole.
///
/// # Errors
///
/// `System`; then the old ones are still there.
pub(crate) fn replace(path: &Path, contents: &[u8], durable: bool) -> Result<()> {
    let beside = path.with_extension(BESIDE);
    let written = (|| {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(contents)?;
        if durable {
            file.sync_all()?;
        }
        std::fs::rename(&beside, path)
    })();
    if let Err(error) = written {
        // What is half written must not be taken for something.
        let _ = std::fs::remove_file(&beside);
        return Err(failed("write", path, error));
    }
    match path.parent().filter(|_| durable) {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// # Errors
///
/// `System`; a file that is not there is none.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != IoErrorKind::NotFound => Err(failed("remove", path, error)),
        _ => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| failed("sync the folder", folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renaming_that_fails_leaves_the_old_name_alone() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path().to_owned());
        std::fs::create_dir_all(paths.autostart()).unwrap();
        write(&paths, "old", "<domain/>").unwrap();
        set_autostart(&paths, "old", true).unwrap();
        rename(&paths, "old", "new", "<domain/>", true).unwrap();
        let names = |folder: PathBuf| {
            let entries = std::fs::read_dir(folder).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(paths.autostart()), ["new.xml"]);
        // A folder is no file that could be removed.
        std::fs::remove_file(paths.definition("new")).unwrap();
        std::fs::create_dir(paths.definition("new")).unwrap();
        let error = rename(&paths, "new", "newest", "<domain/>", true).unwrap_err();
        assert!(error.message().contains("new.xml"), "{error}");
        assert!(!paths.definition("newest").exists(), "{:?}", names(paths.definitions()));
        assert_eq!(names(paths.autostart()), ["new.xml"]);
    }
}
