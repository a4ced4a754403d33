//! What is written down of a run, so that whoever opens the root next finds it.
//!
//! It is in a folder beside that of the run: the run's own belongs to the guests' user, and what is written down is believed.

use super::start::make_folder;
use crate::host::{failed, replace};
use crate::process::{Credentials, ProcessIdentity};
use omnivirt_core::{DomainState, DomainStateReason, Error, ErrorKind, Result, Uuid};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A run, as it is written down in `run.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The form of the record itself.
    format: u32,
    pub(crate) uuid: Uuid,
    pub(crate) name: String,
    pub(crate) id: u32,
    /// None while the process is being started: it is then found by the folder in which it runs.
    pub(crate) process: Option<ProcessIdentity>,
}

const FORMAT: u32 = 1;
const RECORD: &str = "run.json";
const DOMAIN: &str = "domain.xml";
const STATE: &str = "state";
/// What the names of folders in which it is written down end with.
pub(crate) const KEPT: &str = "kept";

/// Where it is written down what belongs to a run, by the run's folder.
pub(crate) fn kept(folder: &Path) -> PathBuf {
    folder.with_extension(KEPT)
}

/// Makes the folders of a run that is about to start.
///
/// # Errors
///
/// `System`.
pub(crate) fn begin(
    folder: &Path,
    owner: Option<&Credentials>,
    uuid: Uuid,
    name: &str,
    id: u32,
    xml: &str,
) -> Result<()> {
    make_folder(&kept(folder), None)?;
    make_folder(folder, owner)?;
    replace(&kept(folder).join(DOMAIN), xml.as_bytes(), false)?;
    write(folder, &Record { format: FORMAT, uuid, name: name.to_owned(), id, process: None })
}

/// Notes which process it is.
///
/// # Errors
///
/// `System`.
pub(crate) fn note_process(
    folder: &Path,
    uuid: Uuid,
    name: &str,
    id: u32,
    process: &ProcessIdentity,
) -> Result<()> {
    let process = Some(process.clone());
    write(folder, &Record { format: FORMAT, uuid, name: name.to_owned(), id, process })
}

fn write(folder: &Path, record: &Record) -> Result<()> {
    let text = serde_json::to_vec(record).map_err(|error| {
        Error::new(ErrorKind::Internal, "a run cannot be written down").with_source(error)
    })?;
    replace(&kept(folder).join(RECORD), &text, false)
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
/// that is most often in memory, written where the state changes, and nobody waits for a disk.
pub(crate) fn note_state(folder: &Path, state: DomainState, reason: DomainStateReason) {
    let text = format!("{} {}", state.number(), reason.number());
    if let Err(error) = std::fs::write(kept(folder).join(STATE), text) {
        tracing::warn!(folder = %folder.display(), %error, "the state of a run cannot be written down");
    }
}

/// Reads what was written down of a run: the record, its document, and what it was doing.
///
/// # Errors
///
/// `System`, `ConfigSyntax`.
pub(crate) fn read(folder: &Path) -> Result<(Record, String, (DomainState, DomainStateReason))> {
    let kept = kept(folder);
    let path = kept.join(RECORD);
    let text = std::fs::read_to_string(&path).map_err(|error| failed("read", &path, error))?;
    let record: Record = serde_json::from_str(&text).map_err(|error| {
        let message = format!("the record '{}' is damaged: {error}", path.display());
        Error::new(ErrorKind::ConfigSyntax, message)
    })?;
    let path = kept.join(DOMAIN);
    let xml = std::fs::read_to_string(&path).map_err(|error| failed("read", &path, error))?;
    let state = std::fs::read_to_string(kept.join(STATE)).ok().and_then(|text| {
        let (state, reason) = text.split_once(' ')?;
        Some((
            DomainState::from_number(state.parse().ok()?)?,
            DomainStateReason::from_number(reason.parse().ok()?)?,
        ))
    });
    let unknown = (DomainState::Paused, DomainStateReason::PausedStartingUp);
    Ok((record, xml, state.unwrap_or(unknown)))
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
