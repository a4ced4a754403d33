//! A process that looks after the guests of a root, and can be killed: this test program, run once more.

#![allow(dead_code, reason = "each test uses what it needs of it")]

mod served;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a keeper may take for anything at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// A root with guests, which are ended with it.
pub(crate) struct Root {
    pub(crate) folder: tempfile::TempDir,
    kernel: PathBuf,
}

impl Root {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let kernel = omnivirt_peers::guest::build(folder.path()).expect("the guest can be built");
        std::fs::create_dir(folder.path().join("root")).unwrap();
        Self { folder, kernel }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    pub(crate) fn run(&self, id: u64) -> PathBuf {
        self.path().join("run").join(id.to_string())
    }

    /// The document of a small guest.
    pub(crate) fn xml(&self, name: &str, more: &str) -> String {
        let uuid = uuid_of(name);
        format!(
            "<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>16</memory>\
             <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{}</kernel></os><features><acpi/></features>{more}\
             <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>\
             <memballoon model='none'/><panic model='isa'/></devices></domain>",
            self.kernel.display()
        )
    }

    /// The QEMU processes that run in the root, and the number of the run in whose folder each is.
    pub(crate) fn processes(&self) -> Vec<(i32, u64)> {
        let runs = self.path().join("run");
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let mut found: Vec<(i32, u64)> = processes
            .filter_map(|process| {
                let pid = process.file_name().to_str()?.parse().ok()?;
                let cwd = std::fs::read_link(process.path().join("cwd")).ok()?;
                // A folder that was removed meanwhile has a note behind its name.
                let run = cwd.strip_prefix(&runs).ok()?.to_str()?.split(' ').next()?.parse().ok()?;
                Some((pid, run))
            })
            .collect();
        found.sort_unstable();
        found
    }

    /// Waits until so many QEMU processes run.
    pub(crate) fn wait_for_processes(&self, count: usize) {
        let begun = Instant::now();
        while self.processes().len() != count {
            assert!(begun.elapsed() < PATIENCE, "not {count} QEMU processes: {:?}", self.processes());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The files under the root whose names are not always there.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for folder in ["etc", "etc/autostart", "run", "lib", "lib/save", "lib/nvram", "lib/dump", "log"] {
            let entries = std::fs::read_dir(self.path().join(folder)).unwrap().filter_map(Result::ok);
            let is_known = |path: &PathBuf| {
                ["autostart", "save", "nvram", "dump", "autostarted"].iter().any(|name| path.ends_with(name))
            };
            all.extend(entries.map(|entry| entry.path()).filter(|path| !is_known(path)));
        }
        all.sort();
        all
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            signal(pid, rustix::process::Signal::KILL);
        }
    }
}

/// The UUID that the domain of that name has here.
pub(crate) fn uuid_of(name: &str) -> String {
    let number = name.bytes().fold(0_u64, |number, byte| number * 31 + u64::from(byte));
    format!("abc00000-1111-4222-8333-{:012x}", number & 0xffff_ffff_ffff)
}

pub(crate) fn signal(pid: i32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    // It may have ended meanwhile.
    let _ = rustix::process::kill_process(pid, signal);
}

/// A process that has a root open.
pub(crate) struct Keeper {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
}

impl Keeper {
    /// Starts one and has it open the root.
    pub(crate) fn open(root: &Root) -> Self {
        Self::try_open(&root.path()).unwrap_or_else(|error| panic!("the root opens: {error}"))
    }

    /// The same, where it may be refused.
    pub(crate) fn try_open(root: &Path) -> Result<Self, Value> {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["keeper::served::serve", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env("KEPT_ROOT", root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test program says things of its own around it.
                let Some((_, answer)) = line.split_once('@') else { continue };
                if sender.send(serde_json::from_str(answer).unwrap()).is_err() {
                    return;
                }
            }
        });
        let keeper = Self { child, input, answers };
        keeper.answer()?;
        Ok(keeper)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command without waiting for its answer.
    pub(crate) fn send(&mut self, command: Value) {
        writeln!(self.input, "{command}").unwrap();
    }

    fn answer(&self) -> Result<Value, Value> {
        let answer = self.answers.recv_timeout(PATIENCE).expect("the keeper answers");
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["ok"].clone()),
        }
    }

    pub(crate) fn ask(&mut self, command: Value) -> Result<Value, Value> {
        self.send(command);
        self.answer()
    }

    /// A command on a domain.
    pub(crate) fn on(&mut self, domain: &str, command: &str) -> Result<Value, Value> {
        self.ask(json!({"do": command, "domain": domain}))
    }

    pub(crate) fn define(&mut self, xml: &str) {
        self.ask(json!({"do": "define", "xml": xml})).unwrap();
    }

    /// Every domain: `{name, uuid, id, state, reason, persistent}`, by name.
    pub(crate) fn list(&mut self) -> Vec<Value> {
        self.ask(json!({"do": "list"})).unwrap().as_array().unwrap().clone()
    }

    pub(crate) fn domain(&mut self, name: &str) -> Value {
        self.list().into_iter().find(|domain| domain["name"] == name).unwrap_or(Value::Null)
    }

    /// What was told since the last time, as `NAME WHAT DETAIL`.
    pub(crate) fn told(&mut self) -> Vec<String> {
        let told = self.ask(json!({"do": "told"})).unwrap();
        told.as_array().unwrap().iter().map(|event| event.as_str().unwrap().to_owned()).collect()
    }

    /// Waits until something is told of a domain; what was told before is returned with it.
    pub(crate) fn told_until(&mut self, last: &str) -> Vec<String> {
        let begun = Instant::now();
        let mut told = Vec::new();
        while !told.iter().any(|event| event == last) {
            assert!(begun.elapsed() < PATIENCE, "'{last}' is not told: {told:?}");
            told.extend(self.told());
            std::thread::sleep(Duration::from_millis(5));
        }
        told
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Closes the root and ends.
    pub(crate) fn close(mut self) {
        self.ask(json!({"do": "close"})).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
