//! What is written down of a run, so that whoever opens the root next finds it.
//!
//! It is in a folder beside that of the run: the run's own belongs to the guests' user, and what is written down is believed.

use super::guest_devices::GuestDevices;
use super::start::make_folder;
use crate::host::{failed, replace};
use crate::process::{Credentials, ProcessIdentity};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{DomainState, DomainStateReason, Error, ErrorKind, Result, Uuid};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A run, as it is written down in `run.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The form of the record itself.
    format: u32,
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) id: u32,
    /// Whether it is to end with the connection that started it.
    #[serde(default)]
    pub(crate) auto_destroy: bool,
    /// None while the process is being started: it is then found by the folder in which it runs.
    pub(crate) process: Option<ProcessIdentity>,
}

/// What was noted last of what a domain is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Nothing: its start was broken off before anything was told of it.
    Nothing,
    /// Something that cannot be read any more.
    Damaged,
    Known(DomainState, DomainStateReason),
}

const FORMAT: u32 = 1;
const RECORD: &str = "run.json";
const DOMAIN: &str = "domain.xml";
const STATE: &str = "state";
const DEVICES: &str = "devices.json";
/// What the names of folders in which it is written down end with.
pub(crate) const KEPT: &str = "kept";

/// Where it is written down what belongs to a run, by the run's folder.
pub(crate) fn kept(folder: &Path) -> PathBuf {
    folder.with_extension(KEPT)
}

impl Record {
    pub(crate) fn new(uuid: Uuid, name: &str, id: u32, auto_destroy: bool) -> Self {
        Self { format: FORMAT, uuid, name: name.to_owned(), id, auto_destroy, process: None }
    }

    /// The same, and which process it is.
    pub(crate) fn of_process(self, process: &ProcessIdentity) -> Self {
        Self { process: Some(process.clone()), ..self }
    }

    /// Reads that of a folder.
    ///
    /// # Errors
    ///
    /// `System`, `ConfigSyntax`.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = kept(folder).join(RECORD);
        let text = std::fs::read(&path).map_err(|error| failed("read", &path, error))?;
        let damaged = |why: &dyn std::fmt::Display| {
            let message = format!("the record '{}' is damaged: {why}", path.display());
            Error::new(ErrorKind::ConfigSyntax, message)
        };
        let record: Self = serde_json::from_slice(&text).map_err(|error| damaged(&error))?;
        if record.format != FORMAT {
            return Err(damaged(&format_args!("it is of the form {}", record.format)));
        }
        Ok(record)
    }

    /// Writes it down.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|error| {
            Error::new(ErrorKind::Internal, "a run cannot be written down").with_source(error)
        })?;
        replace(&kept(folder).join(RECORD), &text, false)
    }
}

/// Makes the folders of a run that is about to start.
///
/// # Errors
///
/// `System`.
pub(crate) fn begin(folder: &Path, owner: Option<&Credentials>, record: &Record, xml: &str) -> Result<()> {
    make_folder(&kept(folder), None)?;
    make_folder(folder, owner)?;
    replace(&kept(folder).join(DOMAIN), xml.as_bytes(), false)?;
    record.write(folder)
}

/// Notes the document of a run that has changed.
///
/// # Errors
///
/// `System`.
pub(crate) fn note_document(folder: &Path, xml: &str) -> Result<()> {
    replace(&kept(folder).join(DOMAIN), xml.as_bytes(), false)
}

/// Notes what the domain is doing: who finds the run again can then say what has changed since. It is a few bytes in a folder
/// that is most often in memory, written where the state changes, and nobody waits for a disk. They are written at once in
/// the place of those before: whoever reads them finds the old or the new ones, also where a disk is full.
pub(crate) fn note_state(folder: &Path, state: DomainState, reason: DomainStateReason) {
    let text = format!("{:02} {:06}\n", state.number(), reason.number());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(kept(folder).join(STATE));
    if let Err(error) = file.and_then(|file| file.write_all_at(text.as_bytes(), 0)) {
        tracing::warn!(folder = %folder.display(), %error, "the state of a run cannot be written down");
    }
}

/// What was noted last.
pub(crate) fn noted_state(folder: &Path) -> Noted {
    let path = kept(folder).join(STATE);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Noted::Nothing,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the state of a run cannot be read");
            return Noted::Damaged;
        }
    };
    let read = || {
        let (state, reason) = std::str::from_utf8(&text).ok()?.trim_end().split_once(' ')?;
        let state = DomainState::from_number(state.parse().ok()?)?;
        Some(Noted::Known(state, DomainStateReason::from_number(reason.parse().ok()?)?))
    };
    read().unwrap_or_else(|| {
        tracing::warn!(path = %path.display(), "the state of a run is damaged; its QEMU is asked");
        Noted::Damaged
    })
}

/// Notes what the guest has made of its devices, so that nothing is told twice.
pub(crate) fn note_devices(folder: &Path, devices: &GuestDevices) {
    // Sets and maps of texts are always JSON.
    let text = serde_json::to_vec(devices).unwrap_or_default();
    if let Err(error) = replace(&kept(folder).join(DEVICES), &text, false) {
        tracing::warn!(folder = %folder.display(), %error, "what a guest has made of its devices cannot be written down");
    }
}

/// What was noted of them; nothing if that cannot be read: then it is told again.
pub(crate) fn noted_devices(folder: &Path) -> GuestDevices {
    let path = kept(folder).join(DEVICES);
    let read = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return GuestDevices::default(),
        Err(error) => Err(error.to_string()),
        Ok(text) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
    };
    read.unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), error, "what a guest has made of its devices cannot be read");
        GuestDevices::default()
    })
}

/// The document that the domain runs with.
///
/// # Errors
///
/// `System`, `ConfigSyntax`, and what is wrong with it.
pub(crate) fn document(folder: &Path) -> Result<DomainConfig> {
    let path = kept(folder).join(DOMAIN);
    let text = std::fs::read_to_string(&path).map_err(|error| failed("read", &path, error))?;
    Ok(DomainConfig::parse(text)?)
}

/// Removes what was written down of a run, with its sockets.
///
/// # Errors
///
/// `System`.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    // What is written down goes last: by that the rest is found.
    [folder.to_owned(), kept(folder)].iter().try_for_each(|folder| match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("remove the folder", folder, error))
        }
        _ => Ok(()),
    })
}
