//! Control groups: what a run's processes get of the host, in versions 1 and 2.
//!
//! A run has a group of its own where its document asks for a limit, `omnivirt-qemu/ID-NAME` under the group in which this
//! process is, and within that one for each part of QEMU that has a limit of its own. Nothing else needs one.

mod hierarchy;

use hierarchy::Hierarchy;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// The group in which the groups of runs are.
const PARENT: &str = "omnivirt-qemu";
/// How many bytes of a domain's name are in that of its group.
const LONGEST_NAME: usize = 100;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Controller {
    Cpu,
    Memory,
    BlockIo,
}

impl Controller {
    /// What the kernel calls it.
    fn name(self, is_unified: bool) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::BlockIo if is_unified => "io",
            Self::BlockIo => "blkio",
        }
    }
}

/// A limit that a document asks for.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    /// The document's words for it.
    pub(crate) asked: String,
    pub(crate) controller: Controller,
    /// The part of QEMU that is limited; all of it where none is named.
    pub(crate) part: Option<String>,
    /// What is written in version 1, each value into the first of its files that is there.
    pub(crate) old: Vec<Setting>,
    /// What is written in version 2.
    pub(crate) unified: Vec<Setting>,
}

/// A value, and the files of a group into one of which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) files: &'static [&'static str],
    pub(crate) value: String,
}

/// The group of a run, as it is written down too.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    places: BTreeMap<Controller, Place>,
    parts: BTreeSet<String>,
}

/// The group in one hierarchy.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    folder: PathBuf,
    is_unified: bool,
}

impl Group {
    /// Makes the group of a run, with its limits.
    ///
    /// # Errors
    ///
    /// `ConfigUnsupported` names what the host does not permit. Then there is no group.
    pub(crate) fn make(id: u32, name: &str, limits: &[Limit]) -> Result<Self> {
        let mut group = Self::default();
        let made = limits.iter().try_for_each(|limit| group.limit(id, name, limit));
        if made.is_err() {
            group.remove();
        }
        made.map(|()| group)
    }

    fn limit(&mut self, id: u32, name: &str, limit: &Limit) -> Result<()> {
        let not_permitted = |why: String| {
            Error::new(
                ErrorKind::ConfigUnsupported,
                format!("the host does not permit {}: {why}", limit.asked),
            )
            .with_hint(
                "leave it out of the document, or have the daemon run where it may make control groups",
            )
        };
        let place = match self.places.get(&limit.controller) {
            Some(place) => place.clone(),
            None => {
                let hierarchy = Hierarchy::find(limit.controller).ok_or_else(|| {
                    not_permitted(format!(
                        "it has no control groups with the controller {}",
                        limit.controller.name(true)
                    ))
                })?;
                let other = self.places.values().find(|place| place.is_unified && hierarchy.is_unified);
                let place = match other {
                    Some(other) => other.with(limit.controller),
                    None => Place::make(&hierarchy, limit.controller, id, name),
                };
                let place = place.map_err(|error| not_permitted(error.to_string()).with_source(error))?;
                self.places.insert(limit.controller, place.clone());
                place
            }
        };
        let folder = match &limit.part {
            Some(part) => {
                self.parts.insert(part.clone());
                let made = place.make_part(limit.controller, part);
                made.map_err(|error| not_permitted(error.to_string()).with_source(error))?
            }
            None => place.folder,
        };
        let settings = if place.is_unified { &limit.unified } else { &limit.old };
        for Setting { files, value } in settings {
            let Some(file) = files.iter().map(|file| folder.join(file)).find(|file| file.exists()) else {
                return Err(not_permitted(format!("its control groups have no {}", files.join(" and no "))));
            };
            std::fs::write(&file, value).map_err(|error| {
                not_permitted(format!("'{value}' cannot be written into {}: {error}", file.display()))
                    .with_source(error)
            })?;
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The lists into which a process writes itself to be in the group.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn lists(&self) -> Result<Vec<OwnedFd>> {
        let folders: BTreeSet<&Path> = self.places.values().map(|place| &*place.folder).collect();
        let open = |folder: &Path| {
            let path = folder.join("cgroup.procs");
            rustix::fs::open(&path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())
                .map_err(|error| crate::host::failed("open", &path, error.into()))
        };
        folders.into_iter().map(open).collect()
    }

    /// Puts a thread of the run into one of its parts, if there is such a part.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn place_thread(&self, part: &str, thread: i32) -> Result<()> {
        if !self.parts.contains(part) {
            return Ok(());
        }
        for place in self.places.values() {
            let folder = place.folder.join(part);
            if folder.exists() {
                let file = folder.join(if place.is_unified { "cgroup.threads" } else { "tasks" });
                std::fs::write(&file, thread.to_string())
                    .map_err(|error| crate::host::failed("put a thread into", &file, error))?;
            }
        }
        Ok(())
    }

    /// The limit of memory, in bytes, if the kernel has ended a process of the group for it.
    pub(crate) fn killed_for_memory(&self) -> Option<u64> {
        let place = self.places.get(&Controller::Memory)?;
        let (told, limit) = match place.is_unified {
            true => ("memory.events", "memory.max"),
            false => ("memory.oom_control", "memory.limit_in_bytes"),
        };
        let told = std::fs::read_to_string(place.folder.join(told)).ok()?;
        let kills =
            told.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok())?;
        let limit = std::fs::read_to_string(place.folder.join(limit)).ok()?;
        (kills > 0).then(|| limit.trim().parse().unwrap_or(u64::MAX))
    }

    /// Removes the group. Returns whether it is gone: one that a process is still in cannot be removed.
    pub(crate) fn remove(&self) -> bool {
        let mut is_gone = true;
        for place in self.places.values() {
            for part in &self.parts {
                is_gone &= remove(&place.folder.join(part));
            }
            is_gone &= remove(&place.folder);
        }
        is_gone
    }
}

fn remove(folder: &Path) -> bool {
    match std::fs::remove_dir(folder) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

impl Place {
    fn make(hierarchy: &Hierarchy, controller: Controller, id: u32, name: &str) -> io::Result<Self> {
        let is_unified = hierarchy.is_unified;
        let mut base = hierarchy.own.clone();
        if is_unified && let Err(error) = enable(&base, controller) {
            // A group with processes in it passes no controllers on. A daemon in a group of its own below its unit's leaves
            // that to be used.
            let name = base.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_unit = [".service", ".scope", ".slice"].iter().any(|ending| name.ends_with(ending));
            match base.parent() {
                Some(parent) if !is_unit && parent.join("cgroup.controllers").exists() => {
                    base = parent.to_owned();
                    enable(&base, controller)?;
                }
                _ => return Err(error),
            }
        }
        let parent = base.join(PARENT);
        make_folder(&parent)?;
        if is_unified {
            enable(&parent, controller)?;
        }
        let name = format!("{id}-{}", plain(name));
        // Another root may have a run of the same number and name.
        let folders = std::iter::once(name.clone()).chain((2..100).map(|number| format!("{name}.{number}")));
        for folder in folders.map(|name| parent.join(name)) {
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder, is_unified }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is in use", parent.join(name).display()),
        ))
    }

    /// The same group, with another controller: version 2 has one for all.
    fn with(&self, controller: Controller) -> io::Result<Self> {
        let above: Vec<&Path> = self.folder.ancestors().skip(1).take(2).collect();
        above.into_iter().rev().try_for_each(|folder| enable(folder, controller))?;
        Ok(self.clone())
    }

    fn make_part(&self, controller: Controller, part: &str) -> io::Result<PathBuf> {
        let folder = self.folder.join(part);
        make_folder(&folder)?;
        if self.is_unified {
            // Threads of one process in several groups: that is said before a controller is passed on.
            std::fs::write(folder.join("cgroup.type"), "threaded")?;
            enable(&self.folder, controller)?;
        }
        Ok(folder)
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Has the groups below a group of version 2 have a controller.
fn enable(folder: &Path, controller: Controller) -> io::Result<()> {
    let file = folder.join("cgroup.subtree_control");
    let name = controller.name(true);
    if std::fs::read_to_string(&file)?.split_whitespace().any(|there| there == name) {
        return Ok(());
    }
    std::fs::write(&file, format!("+{name}"))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
}

/// A domain's name as that of a folder.
fn plain(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).take(LONGEST_NAME).collect()
}
