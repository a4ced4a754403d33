//! What is found in the folder of a run that another process began: also when part of it is damaged.

use super::record::{self, Noted, Record};
use crate::process::Process;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{Error, ErrorKind, Result, Uuid};
use rustix::process::Signal;
use std::path::Path;

/// A run as it is found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) record: Record,
    /// None if it has ended.
    pub(super) process: Option<Process>,
    /// What it runs with, or why that cannot be read.
    pub(super) config: Result<DomainConfig>,
    pub(super) noted: Noted,
}

impl Found {
    /// Looks for a run in its folder. None if nothing was ever told of it; its QEMU, if it came to that, is ended.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(super) fn in_folder(id: u32, folder: &Path) -> Result<Option<Self>> {
        let noted = record::noted_state(folder);
        let config = record::document(folder);
        let record = match Record::read(folder) {
            Ok(record) if record.id == id => record,
            Ok(record) => {
                let message =
                    format!("the record in '{}' is that of the run {}", folder.display(), record.id);
                return Self::without_record(
                    id,
                    folder,
                    config,
                    noted,
                    Error::new(ErrorKind::System, message),
                );
            }
            Err(error) => return Self::without_record(id, folder, config, noted, error),
        };
        let Some(identity) = &record.process else {
            for Qemu { process, .. } in Qemu::all_in(folder)? {
                let pid = process.identity().pid;
                tracing::warn!(pid, domain = %record.name, "a QEMU whose start was broken off is ended");
                process.signal(Signal::KILL)?;
            }
            return Ok(None);
        };
        let process = Process::find(identity)?;
        Ok(Some(Self { record, process, config, noted }))
    }

    /// Without a record a run is known by its QEMU, if it is there, and else by its document.
    fn without_record(
        id: u32,
        folder: &Path,
        config: Result<DomainConfig>,
        noted: Noted,
        why: Error,
    ) -> Result<Option<Self>> {
        let mut all = Qemu::all_in(folder)?;
        if let Some(Qemu { process, name, uuid }) = all.pop() {
            let record = Record::new(uuid, &name, id, false).of_process(process.identity());
            tracing::warn!(domain = %name, error = %why, "a run is known by its QEMU alone; its record is made anew");
            if let Err(error) = record.write(folder) {
                tracing::warn!(domain = %name, %error, "the record of a run cannot be made anew");
            }
            return Ok(Some(Self { record, process: Some(process), config, noted }));
        }
        let known =
            config.as_ref().ok().and_then(|config| Some((config.name().into_owned(), config.uuid()?)));
        match known {
            Some((name, uuid)) if noted != Noted::Nothing => {
                tracing::warn!(domain = %name, error = %why, "a run has ended of which there is no record");
                let record = Record::new(uuid, &name, id, false);
                Ok(Some(Self { record, process: None, config, noted }))
            }
            _ => {
                tracing::warn!(folder = %folder.display(), error = %why, "a start was broken off");
                Ok(None)
            }
        }
    }
}

/// A QEMU that runs in a folder of ours.
struct Qemu {
    process: Process,
    name: String,
    uuid: Uuid,
}

impl Qemu {
    /// All of a folder. Others that happen to be there, as somebody's shell, are not looked at.
    fn all_in(folder: &Path) -> Result<Vec<Self>> {
        let entries = std::fs::read_dir("/proc")
            .map_err(|error| Error::new(ErrorKind::System, format!("cannot list processes: {error}")))?;
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        Ok(pids.filter_map(|pid| Self::of(pid, folder)).collect())
    }

    fn of(pid: i32, folder: &Path) -> Option<Self> {
        let proc = Path::new("/proc").join(pid.to_string());
        let runs_there = || std::fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd == folder);
        if !runs_there() {
            return None;
        }
        // Held first: what is read then is of this process, or of none.
        let process = Process::of(pid).ok().filter(|_| runs_there())?;
        let line = std::fs::read(proc.join("cmdline")).ok()?;
        let words: Vec<&str> =
            line.split(|byte| *byte == 0).filter_map(|word| std::str::from_utf8(word).ok()).collect();
        let value =
            |option: &str| words.iter().position(|word| *word == option).and_then(|at| words.get(at + 1));
        let uuid = value("-uuid")?.parse().ok()?;
        Some(Self { process, name: guest_name(value("-name")?)?, uuid })
    }
}

/// The name in QEMU's option: what is behind `guest=` up to a comma; a comma of its own is written twice.
fn guest_name(option: &str) -> Option<String> {
    let mut name = String::new();
    let mut characters = option.strip_prefix("guest=")?.chars().peekable();
    while let Some(character) = characters.next() {
        if character == ',' && characters.next_if_eq(&',').is_none() {
            break;
        }
        name.push(character);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::guest_name;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        assert_eq!(guest_name("guest=web,debug-threads=on").as_deref(), Some("web"));
        assert_eq!(guest_name("guest=a,,b=c,,").as_deref(), Some("a,b=c,"));
        assert_eq!(guest_name("web"), None);
    }
}
