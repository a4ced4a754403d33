//! Who uses which file of the host, and whose each was: files are given to the guests' user for a run, and given back.
//!
//! What a run uses is written down before anything is given, so that whoever looks after it in the end gives
//! it back, be it another process.

use super::access::{Lendable, denied, usable};
use super::named::{Named, Need};
use crate::domains::record::kept;
use crate::host::{failed, replace};
use crate::process::Credentials;
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use rustix::fs::{FileType, Stat};
use rustix::process::Gid;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Where it is written down.
const FILE: &str = "files.json";

/// A file of the host, by what the kernel knows it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct FileId {
    device: u64,
    inode: u64,
}

/// A file that a run uses, as it is written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Use {
    path: PathBuf,
    id: FileId,
    /// The same, but for a device whichever of its names is used.
    same: FileId,
    writes: bool,
    is_shareable: bool,
    /// Whether it is data, that only one can change at a time.
    is_data: bool,
    /// Whose it was and whose it is for the run, if it was given away.
    given: Option<(u32, u32)>,
}

/// What the runs of a root use.
#[derive(Debug, Default)]
pub(crate) struct Lending {
    runs: Mutex<HashMap<u32, (String, Vec<Use>)>>,
}

/// As whom guests run, and what is never given to them.
#[derive(Debug)]
pub(super) struct Borrower<'a> {
    pub(super) user: Option<&'a Credentials>,
    pub(super) groups: &'a [Gid],
    pub(super) kept: &'a [PathBuf],
}

impl Lending {
    /// Has a run use the files that its document names. Either it can use all of them, or nothing has changed.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if another run writes one, `AccessDenied` if the guests' user cannot have one.
    pub(super) fn lend(
        &self,
        run: u32,
        name: &str,
        folder: &Path,
        files: &[Named],
        borrower: &Borrower<'_>,
    ) -> Result<()> {
        let user = borrower.user.filter(|user| user.is_other());
        let mut runs = self.runs.lock();
        if user.is_some() {
            files.iter().filter(|named| named.need == Need::Make).try_for_each(make)?;
        }
        let there = files.iter().filter_map(|named| Some((named, rustix::fs::stat(&named.path).ok()?)));
        let there: Vec<(&Named, Stat)> = there.collect();
        let mut uses: Vec<Use> = there.iter().map(|(named, facts)| Use::of(named, facts)).collect();
        for wanted in &uses {
            wanted.check_free(&runs, run)?;
        }
        let mut given = Vec::new();
        if let Some(user) = user {
            let names: Vec<&Named> = there.iter().map(|(named, _)| *named).collect();
            let can_use = usable(&names, user, borrower.groups)?;
            for ((named, can_use), wanted) in names.iter().zip(can_use).zip(&mut uses) {
                // Whose it was in the first place is known if another run has it.
                wanted.given = runs
                    .values()
                    .flat_map(|(_, uses)| uses)
                    .find_map(|other| other.given.filter(|_| other.id == wanted.id));
                if !can_use {
                    let refuse = |why: String| denied(named, user, borrower.groups, &why);
                    let file = Lendable::open(named, borrower.kept).map_err(refuse)?;
                    let own = user.numbers().0;
                    if file.facts.st_uid == own {
                        return Err(refuse("it is theirs, but its mode does not let them".to_owned()));
                    }
                    wanted.id = FileId { device: file.facts.st_dev, inode: file.facts.st_ino };
                    wanted.given = Some((file.facts.st_uid, own));
                    given.push((*named, file, own));
                }
            }
        }
        if uses.is_empty() {
            return Ok(());
        }
        let text = serde_json::to_vec(&uses).map_err(|error| {
            Error::new(ErrorKind::Internal, "the files of a run cannot be written down").with_source(error)
        })?;
        replace(&kept(folder).join(FILE), &text, false)?;
        runs.insert(run, (name.to_owned(), uses));
        drop(runs);
        let done = give_all(&given, borrower);
        if done.is_err() {
            self.take_back(run);
        }
        done
    }

    /// A run does not use its files any more: those that no other run has are given back.
    pub(super) fn take_back(&self, run: u32) {
        let mut runs = self.runs.lock();
        let Some((_, uses)) = runs.remove(&run) else { return };
        for used in uses {
            let Some((was, is)) = used.given else { continue };
            if runs.values().flat_map(|(_, uses)| uses).any(|other| other.id == used.id) {
                continue;
            }
            // One that is another file now, or has another owner, is not what was given.
            let file = Lendable::again(&used.path, used.id.device, used.id.inode);
            let Some(file) = file.filter(|file| file.facts.st_uid == is) else { continue };
            if let Err(error) = file.give(was) {
                tracing::warn!(path = %used.path.display(), owner = was, %error, "a file cannot be given back");
            }
        }
    }

    /// Learns what a run uses that was begun before.
    ///
    /// # Errors
    ///
    /// `System`, `ConfigSyntax`.
    pub(super) fn learn(&self, run: u32, folder: &Path) -> Result<()> {
        let path = kept(folder).join(FILE);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            text => text.map_err(|error| failed("read", &path, error))?,
        };
        let uses = serde_json::from_slice(&text).map_err(|error| {
            let message = format!("the record '{}' is damaged: {error}", path.display());
            Error::new(ErrorKind::ConfigSyntax, message)
        })?;
        self.runs.lock().insert(run, (format!("number {run}"), uses));
        Ok(())
    }
}

impl Use {
    fn of(named: &Named, facts: &Stat) -> Self {
        let id = FileId { device: facts.st_dev, inode: facts.st_ino };
        let is_block = FileType::from_raw_mode(facts.st_mode).is_block_device();
        let same = if is_block { FileId { device: u64::MAX, inode: facts.st_rdev } } else { id };
        let is_data = is_block || FileType::from_raw_mode(facts.st_mode).is_file();
        Self {
            path: named.path.clone(),
            id,
            same,
            writes: matches!(named.need, Need::Write | Need::Make),
            is_shareable: named.is_shareable,
            is_data,
            given: None,
        }
    }

    /// Refuses a file that another run changes, or that this one would change under another.
    fn check_free(&self, runs: &HashMap<u32, (String, Vec<Self>)>, run: u32) -> Result<()> {
        let others = runs.iter().filter(|(other, _)| **other != run);
        for (_, (name, uses)) in others {
            let is_same = |other: &&Self| other.same == self.same && other.is_data && self.is_data;
            let conflicts =
                |other: &Self| (self.writes || other.writes) && !(self.is_shareable && other.is_shareable);
            if uses.iter().filter(is_same).any(conflicts) {
                let message = format!("'{}' is in use by the running domain '{name}'", self.path.display());
                return Err(Error::new(ErrorKind::ResourceBusy, message).with_hint(
                    "stop that domain, or mark the disk as <shareable/> in both if their guests can share it",
                ));
            }
        }
        Ok(())
    }
}

/// Makes a file that QEMU would make, if its user cannot.
fn make(named: &Named) -> Result<()> {
    let is_in_system = named.path.parent().and_then(super::access::system_folder).is_some();
    if is_in_system || named.path.exists() {
        return Ok(());
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&named.path);
    made.map(drop).map_err(|error| failed("make the file", &named.path, error))
}

fn give_all(given: &[(&Named, Lendable, u32)], borrower: &Borrower<'_>) -> Result<()> {
    let Some(user) = borrower.user.filter(|_| !given.is_empty()) else { return Ok(()) };
    for (named, file, owner) in given {
        file.give(*owner).map_err(|error| denied(named, user, borrower.groups, &error.to_string()))?;
    }
    let names: Vec<&Named> = given.iter().map(|(named, ..)| *named).collect();
    let can_use = usable(&names, user, borrower.groups)?;
    match names.iter().zip(can_use).find(|(_, can_use)| !can_use) {
        Some((named, _)) => Err(denied(named, user, borrower.groups, "its mode does not let its owner")),
        None => Ok(()),
    }
}
