//! A session of virsh commands, run against a daemon.

use crate::daemon::Daemon;
use crate::program;
use crate::raw::RawClient;
use crate::transcript::Entry;
use crate::watcher::Watcher;
use crate::{Result, own_file};
use omnivirt_wire::{remote, structs};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Commands against one host.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// A line of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A command, run to its end.
    Run(String),
    /// A command that watches until `Unwatch`.
    Watch(String),
    /// All that watch are ended.
    Unwatch,
}

/// The session of the folder `virsh`.
///
/// # Errors
///
/// A line is outside of a part, or something is watched without an end.
pub fn read() -> Result<Vec<Part>> {
    let path = own_file("virsh/session.txt");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut parts: Vec<Part> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            parts.push(Part { name: name.to_owned(), steps: Vec::new() });
            continue;
        }
        let step = match line.strip_prefix("watch ") {
            Some(command) => Step::Watch(command.to_owned()),
            None if line == "unwatch" => Step::Unwatch,
            None => Step::Run(line.to_owned()),
        };
        parts.last_mut().ok_or_else(|| format!("{line:?} is outside of a part"))?.steps.push(step);
    }
    for part in &parts {
        let last = part.steps.iter().rev().find(|step| !matches!(step, Step::Run(_)));
        if matches!(last, Some(Step::Watch(_))) {
            return Err(format!("[{}] watches without an end", part.name));
        }
    }
    Ok(parts)
}

/// Runs a part against the test driver's host in a daemon. A connection is kept open all the while, so that it is the
/// same host for each command.
///
/// # Errors
///
/// The daemon does not answer, or virsh is not installed or hangs.
pub fn play(part: &Part, daemon: &Daemon) -> Result<Vec<Entry>> {
    let mut keeper = Keeper::open(daemon.socket())?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stage = Stage { uri: daemon.uri("test", "/default"), scratch: scratch.path() };
    let mut entries = Vec::new();
    let mut watchers: Vec<Watched<'_>> = Vec::new();
    let mut all_are_ready = true;
    for step in &part.steps {
        match step {
            Step::Watch(command) => {
                watchers.push(Watched { command, watcher: Watcher::start(stage.virsh(command))? });
                all_are_ready = false;
            }
            Step::Run(command) => {
                if !all_are_ready {
                    keeper.wait_for(&mut watchers)?;
                    all_are_ready = true;
                }
                let outcome = program::run(&mut stage.virsh(command))?;
                let entry = Entry::new(command, outcome.code, &outcome.output, &outcome.errors);
                entries.push(entry.with_words_for(&stage.own_words(daemon)));
            }
            Step::Unwatch => {
                keeper.mark_the_end()?;
                for watcher in watchers.drain(..) {
                    entries.push(watcher.end()?.with_words_for(&stage.own_words(daemon)));
                }
            }
        }
    }
    keeper.close()?;
    Ok(entries)
}

fn documents() -> PathBuf {
    own_file("virsh/documents")
}

struct Stage<'a> {
    uri: String,
    scratch: &'a Path,
}

impl Stage<'_> {
    fn virsh(&self, line: &str) -> Command {
        let mut command = Command::new("virsh");
        command.env_clear().current_dir(documents());
        command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.env("LC_ALL", "C").env("TZ", "UTC").env("HOME", self.scratch);
        command.arg("-c").arg(&self.uri);
        let line = line.strip_prefix("-r ").map_or(line, |line| {
            command.arg("-r");
            line
        });
        command.arg(line.replace("$SCRATCH", &self.scratch.display().to_string()));
        command
    }

    fn own_words(&self, daemon: &Daemon) -> [(String, &'static str); 4] {
        [
            (documents().display().to_string(), "$DOCUMENTS"),
            (rustix::system::uname().nodename().to_string_lossy().into_owned(), "$HOST"),
            (self.scratch.display().to_string(), "$SCRATCH"),
            (daemon.socket().display().to_string(), "$SOCKET"),
        ]
    }
}

/// Lines that virsh prints when `test` is stirred, before anything of the session happens.
const STIRRED: [&str; 2] = ["for domain 'test': Suspended Paused", "for domain 'test': Resumed Unpaused"];
/// Lines that it prints after everything of the session has happened.
const ENDED: [&str; 2] = ["for domain 'test': Stopped Destroyed", "for domain 'test': Started Booted"];

/// The connection that keeps the host, and stirs the domain `test` so that it is seen who watches already.
struct Keeper {
    client: RawClient,
    test: structs::Domain,
}

impl Keeper {
    fn open(socket: &Path) -> Result<Self> {
        let mut client = RawClient::open(socket, "test:///default")?;
        let args = remote::DomainLookupByNameArgs { name: "test".into() };
        let test = client.call::<remote::DomainLookupByName>(&args)?.dom;
        Ok(Self { client, test })
    }

    fn wait_for(&mut self, watchers: &mut [Watched<'_>]) -> Result<()> {
        let end = Instant::now() + program::PATIENCE;
        for watcher in watchers {
            while !watcher.watcher.sees_something(Duration::from_millis(50))? {
                if Instant::now() > end {
                    return Err(format!("virsh {}: sees no event", watcher.command));
                }
                let dom = self.test.clone();
                self.client.call::<remote::DomainSuspend>(&remote::DomainSuspendArgs { dom: dom.clone() })?;
                self.client.call::<remote::DomainResume>(&remote::DomainResumeArgs { dom })?;
            }
        }
        Ok(())
    }

    fn mark_the_end(&mut self) -> Result<()> {
        let dom = self.test.clone();
        self.client.call::<remote::DomainDestroy>(&remote::DomainDestroyArgs { dom: dom.clone() })?;
        self.client.call::<remote::DomainCreate>(&remote::DomainCreateArgs { dom })?;
        Ok(())
    }

    fn close(mut self) -> Result<()> {
        self.client.call::<remote::ConnectClose>(&())
    }
}

/// A command that watches.
struct Watched<'a> {
    command: &'a str,
    watcher: Watcher,
}

impl Watched<'_> {
    /// Waits for the last that was to be seen, and says what was seen of the session.
    fn end(mut self) -> Result<Entry> {
        let has_ended = |lines: &[String]| {
            let last = lines.iter().rev().zip(ENDED.iter().rev());
            lines.len() >= ENDED.len() && last.into_iter().all(|(line, ending)| line.ends_with(ending))
        };
        while !has_ended(self.watcher.seen()) {
            self.watcher
                .line(program::PATIENCE)
                .map_err(|error| format!("virsh {}: {error}", self.command))?;
        }
        let seen = self.watcher.seen();
        let stirred = |line: &&String| STIRRED.iter().any(|ending| line.ends_with(ending));
        let of_session = seen[..seen.len() - ENDED.len()].iter().skip_while(stirred);
        let output = of_session.map(String::as_str).collect::<Vec<_>>().join("\n");
        // Its closing lines count the events, those of the runner with them.
        // On a busy machine it may be interrupted before it sees to that itself, and ends by the signal.
        let code = self.watcher.interrupt()?.or(Some(0));
        Ok(Entry::new(&format!("watch {}", self.command), code, &output, ""))
    }
}
