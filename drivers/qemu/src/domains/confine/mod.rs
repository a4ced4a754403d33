//! What a guest's process is held to: as whom it runs, what it can use of the host, and how much.
//!
//! `named` has the files that a document names, `access` whether a user can use one, `lending` who uses which, `labels` whose
//! they are to stay; `chain` and `header` look into images; `limits` and `threads` have what the document says of CPUs, memory and devices.

mod access;
mod chain;
mod header;
mod labels;
mod lending;
mod limits;
mod named;
mod threads;

pub(crate) use lending::Lending;

use super::record::kept;
use crate::host::{Host, failed, replace};
use crate::process::{Bounds, Group};
use access::system_folder;
use lending::Borrower;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::Domain;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::process::Gid;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

pub(in crate::domains) use chain::complete as complete_chains;
pub(in crate::domains) use threads::place as place_threads;

/// Where the control group of a run is written down.
const GROUP: &str = "cgroup.json";
/// How often the removal of a group is tried: the kernel may take a moment to see that its processes have ended.
const TRIES: u32 = 100;

impl Host {
    /// Gives a run what its document names, and says what its process is to be held to. What was given stays so until
    /// `set_free`, also if this fails.
    ///
    /// # Errors
    ///
    /// `ResourceBusy`, `AccessDenied` and `ConfigUnsupported` name what cannot be had.
    pub(super) fn confine(&self, run: u32, domain: &Domain, folder: &Path) -> Result<Bounds> {
        labels::check(domain, self.credentials.as_ref())?;
        let limits = limits::of(domain)?;
        let cpus =
            threads::of_emulator(domain).map(|cpus| threads::set_of(cpus, "<emulatorpin>")).transpose()?;
        let groups = self.groups_of(domain);
        let borrower = Borrower {
            user: self.credentials.as_ref(),
            groups: &groups,
            kept: &self.paths.kept_from_guests(),
        };
        self.lending.lend(run, &domain.name, folder, &named::of(domain), &borrower)?;
        let mut bounds = Bounds {
            groups,
            cpus,
            may_dump: domain.memory.as_ref().is_some_and(|memory| memory.dump_core == Some(OnOff::On)),
            ..Bounds::default()
        };
        if !limits.is_empty() {
            let group = Group::make(run, &domain.name, &limits)?;
            let text = serde_json::to_vec(&group).map_err(|error| {
                Error::new(ErrorKind::Internal, "a control group cannot be written down").with_source(error)
            });
            let noted = text.and_then(|text| replace(&kept(folder).join(GROUP), &text, false));
            bounds.control_groups = match noted.and_then(|()| group.lists()) {
                Ok(lists) => lists,
                Err(error) => {
                    group.remove();
                    return Err(error);
                }
            };
        }
        Ok(bounds)
    }

    /// The groups that a guest's user needs besides its own: the one that may use the host's virtualisation.
    fn groups_of(&self, domain: &Domain) -> Vec<Gid> {
        if self.credentials.is_none() || &*domain.domain_type != "kvm" {
            return Vec::new();
        }
        let group = rustix::fs::stat("/dev/kvm").ok().map(|facts| facts.st_gid).filter(|group| *group != 0);
        group.map(Gid::from_raw).into_iter().collect()
    }

    /// Learns what a run was given that was begun before.
    pub(super) fn learn_files(&self, run: u32, folder: &Path) {
        if let Err(error) = self.lending.learn(run, folder) {
            tracing::warn!(run, %error, "the files that a run uses are not known");
        }
    }

    /// A run is over: what it was given is taken back, and its control group is removed.
    pub(super) async fn set_free(&self, run: u32, name: &str, folder: &Path) {
        let group = group_of(folder).unwrap_or_else(|error| {
            tracing::warn!(run, %error, "the control group of a run is not known");
            Group::default()
        });
        if let Some(bytes) = group.killed_for_memory() {
            self.tell_of_memory(name, bytes);
        }
        let mut tries = 0;
        while !group.remove() {
            tries += 1;
            if tries == TRIES {
                tracing::warn!(run, "the control group of a run cannot be removed");
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.lending.take_back(run);
    }

    /// Says in the guest's log what its QEMU cannot say itself.
    fn tell_of_memory(&self, name: &str, bytes: u64) {
        let said = format!(
            "omnivirt: the kernel has ended QEMU, because it has reached its limit of memory: <memtune><hard_limit> is {} KiB\n",
            bytes / 1024
        );
        tracing::warn!(
            domain = name,
            limit_kib = bytes / 1024,
            "the kernel has ended a QEMU for its limit of memory"
        );
        let path = self.paths.log(name);
        let written = std::fs::OpenOptions::new().append(true).create(true).open(&path);
        if let Err(error) = written.and_then(|mut file| file.write_all(said.as_bytes())) {
            tracing::warn!(%error, "the log of a guest cannot be written");
        }
    }
}

/// The control group of a run; an empty one if it has none.
///
/// # Errors
///
/// `System`, `ConfigSyntax`.
pub(super) fn group_of(folder: &Path) -> Result<Group> {
    let path = kept(folder).join(GROUP);
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Group::default()),
        text => text.map_err(|error| failed("read", &path, error))?,
    };
    serde_json::from_slice(&text).map_err(|error| {
        Error::new(ErrorKind::ConfigSyntax, format!("the record '{}' is damaged: {error}", path.display()))
    })
}
