//! Eight guests, what is done to them, and the model of both.

use super::monitor;
use crate::keeper::{Keeper, Root, signal};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long what must come about may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a guest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Off,
    Running,
    Paused,
}

impl Life {
    fn of(state: &str) -> Self {
        match state {
            "running" => Self::Running,
            "paused" => Self::Paused,
            "shutoff" => Self::Off,
            other => panic!("a guest is {other}"),
        }
    }
}

/// What is known of one guest.
#[derive(Debug)]
struct Guest {
    is_transient: bool,
    life: Life,
    /// What it may be doing instead: something was asked of it whose end nobody has seen.
    or: Option<Life>,
    /// Whether it comes about once the guest goes on: not if the keeper has ended that asked for it.
    is_sure: bool,
    pid: i32,
    run: Option<u64>,
    is_stopped: bool,
    is_saved: bool,
    /// What it does when it is restored.
    restored: Life,
    /// What its events say that it does; none after events may have been lost with a keeper.
    told: Option<Life>,
}

/// All of it.
pub(crate) struct World<'a> {
    root: &'a Root,
    keeper: Option<Keeper>,
    random: fastrand::Rng,
    guests: BTreeMap<String, Guest>,
    /// Fills the disk.
    filler: PathBuf,
    has_own_disk: bool,
    is_full: bool,
    done: BTreeMap<&'static str, usize>,
}

impl<'a> World<'a> {
    pub(crate) fn new(root: &'a Root, seed: u64) -> Self {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "none"]).arg(root.path()).status();
        let has_own_disk = mounted.is_ok_and(|status| status.success());
        if !has_own_disk {
            println!("no full disk: a file system for the test cannot be mounted");
        }
        let mut keeper = Keeper::open(root);
        let guests = (0..8).map(|number| {
            let (name, is_transient) = (format!("g{number}"), number > 5);
            if !is_transient {
                keeper.define(&root.xml(&name, ""));
            }
            let guest = Guest {
                is_transient,
                life: Life::Off,
                or: None,
                is_sure: true,
                pid: 0,
                run: None,
                is_stopped: false,
                is_saved: false,
                restored: Life::Running,
                told: Some(Life::Off),
            };
            (name, guest)
        });
        let guests = guests.collect();
        let filler = root.path().join("filler");
        let random = fastrand::Rng::with_seed(seed);
        let done = BTreeMap::new();
        Self { root, keeper: Some(keeper), random, guests, filler, has_own_disk, is_full: false, done }
    }

    /// Does something to somebody, and looks at everything.
    pub(crate) fn step(&mut self, step: u64) {
        let what = self.random.u8(0..100);
        let mut name = format!("g{}", self.random.u8(0..8));
        // Most often somebody to whom it can be done.
        for _ in 0..3 {
            let is_off = self.guests[&name].life == Life::Off;
            if is_off == matches!(what, 0..30 | 89..96) {
                break;
            }
            name = format!("g{}", self.random.u8(0..8));
        }
        match what {
            0..30 => self.call("start", &name),
            30..38 => self.call("destroy", &name),
            38..52 => self.call("suspend", &name),
            52..65 => self.call("resume", &name),
            65..69 => self.call("managed-save", &name),
            69..76 => self.stop(&name),
            76..81 => self.go_on(&name),
            81..86 => self.kill(&name),
            86..89 => self.close_monitor(&name),
            89..93 => self.fill_disk(),
            93..96 => self.start_and_kill_keeper(&name),
            _ => self.kill_keeper(),
        }
        self.check(&format!("step {step}, {what} on {name}"));
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn keeper(&mut self) -> &mut Keeper {
        self.keeper.as_mut().unwrap()
    }

    /// A call, and what comes of it.
    fn call(&mut self, what: &'static str, name: &str) {
        let is_full = self.is_full;
        let guest = &self.guests[name];
        let (life, is_stopped, is_transient) = (guest.life, guest.is_stopped, guest.is_transient);
        if guest.or.is_some() && what != "destroy" || what == "managed-save" && is_transient {
            return;
        }
        let possible = match what {
            "start" => life == Life::Off,
            "suspend" => life == Life::Running,
            "resume" => life == Life::Paused,
            _ => life != Life::Off,
        };
        if what == "managed-save" && (is_full || !possible) {
            return;
        }
        let mut command = json!({"do": what, "domain": name});
        if what == "start" && is_transient {
            command = json!({"do": "create", "xml": self.root.xml(name, "")});
        }
        let waits = is_stopped && matches!(what, "suspend" | "resume" | "managed-save");
        if waits {
            command["timeout_ms"] = json!(100);
        }
        let begun = Instant::now();
        let answer = loop {
            let answer = self.keeper().ask(command.clone());
            let text = answer.as_ref().err().map(|error| error["text"].as_str().unwrap().to_owned());
            // Its monitor was closed just now, and is about to be opened again.
            let closed =
                |text: &String| text.contains("cannot be reached") || text.contains("monitor is closed");
            if possible && !waits && text.as_ref().is_some_and(closed) && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            break answer;
        };
        let guest = self.guests.get_mut(name).unwrap();
        let error = answer.err().map(|error| error["text"].as_str().unwrap().to_owned());
        match (what, possible, &error) {
            (_, false, Some(_)) => {}
            ("start", true, Some(text)) if is_full => assert!(text.contains("No space left"), "{text}"),
            ("start", true, None) => {
                guest.life = if guest.is_saved { guest.restored } else { Life::Running };
                guest.is_saved = false;
            }
            ("destroy", true, None) => guest.life = Life::Off,
            ("managed-save", true, None) => {
                (guest.life, guest.is_saved, guest.restored) = (Life::Off, true, life);
            }
            ("managed-save", true, Some(text)) if waits => {
                assert!(text.contains("waiting for") || text.contains("cannot be reached"), "{text}");
                // It goes on when the guest does: nobody knows where it ends.
                signal(guest.pid, Signal::KILL);
                guest.life = Life::Off;
            }
            ("suspend", true, None) => guest.life = Life::Paused,
            ("resume", true, None) => guest.life = Life::Running,
            (_, true, Some(text)) if waits => {
                let asked = if what == "suspend" { Life::Paused } else { Life::Running };
                if text.contains("waiting for QEMU's answer") {
                    (guest.or, guest.is_sure) = (Some(asked), true);
                } else {
                    let known =
                        text.contains("cannot be reached") || text.contains("waiting for another change");
                    assert!(known, "{what} on a stopped guest: {text}");
                }
            }
            _ => panic!("{what} on {name}, {guest:?}: {error:?}"),
        }
        if guest.life == Life::Off {
            (guest.run, guest.or, guest.is_stopped) = (None, None, false);
        }
        let what = if waits {
            "call on a stopped guest"
        } else if error.is_some() {
            "refused call"
        } else {
            what
        };
        self.count(what);
    }

    fn stop(&mut self, name: &str) {
        let guest = self.guests.get_mut(name).unwrap();
        if guest.life != Life::Off && !guest.is_stopped {
            signal(guest.pid, Signal::STOP);
            guest.is_stopped = true;
            self.count("SIGSTOP");
        }
    }

    fn go_on(&mut self, name: &str) {
        let guest = self.guests.get_mut(name).unwrap();
        if guest.is_stopped {
            signal(guest.pid, Signal::CONT);
            guest.is_stopped = false;
            self.count("SIGCONT");
        }
    }

    fn kill(&mut self, name: &str) {
        let guest = self.guests.get_mut(name).unwrap();
        if guest.life != Life::Off {
            signal(guest.pid, Signal::KILL);
            (guest.life, guest.or, guest.run, guest.is_stopped) = (Life::Off, None, None, false);
            self.count("kill -9 of QEMU");
        }
    }

    fn close_monitor(&mut self, name: &str) {
        let guest = &self.guests[name];
        if guest.life != Life::Off && !guest.is_stopped && guest.or.is_none() {
            match monitor::close(guest.pid) {
                Ok(()) => self.count("monitor closed"),
                Err(reason) => println!("no closed monitor: {reason}"),
            }
        }
    }

    fn fill_disk(&mut self) {
        if !self.has_own_disk {
            return;
        }
        if self.is_full {
            std::fs::remove_file(&self.filler).unwrap();
        } else {
            let mut file = std::fs::File::create(&self.filler).unwrap();
            while file.write_all(&[0; 4096]).is_ok() {}
            let define = json!({"do": "define", "xml": self.root.xml("more", "")});
            let error = self.keeper().ask(define).unwrap_err();
            assert!(error["text"].as_str().unwrap().contains("No space left"), "{error}");
            self.count("disk full");
        }
        self.is_full = !self.is_full;
    }

    /// A keeper is killed while it starts a guest.
    fn start_and_kill_keeper(&mut self, name: &str) {
        let guest = self.guests.get_mut(name).unwrap();
        if guest.life != Life::Off || guest.is_transient || self.is_full {
            return;
        }
        (guest.or, guest.told) = (Some(Life::Running), None);
        // Half restored, the image is still there; whole, it is not.
        let command = json!({"do": "start", "domain": name});
        self.keeper().send(command);
        std::thread::sleep(Duration::from_micros(self.random.u64(0..100_000)));
        self.keeper.take().unwrap().kill();
        self.count("keeper killed in a start");
        self.keeper = Some(Keeper::open(self.root));
        let domain = self.keeper().domain(name);
        let root = self.root;
        let guest = self.guests.get_mut(name).unwrap();
        guest.is_saved = domain["managed_save"] == true;
        guest.or = None;
        guest.life = Life::of(domain["state"].as_str().unwrap());
        if guest.life != Life::Off {
            guest.run = domain["id"].as_u64();
            guest.pid = root.processes().into_iter().find(|(_, run)| Some(*run) == guest.run).unwrap().0;
        }
        self.resolve();
    }

    /// The keeper is killed, and something happens before the next one comes.
    fn kill_keeper(&mut self) {
        self.keeper.take().unwrap().kill();
        self.count("keeper killed");
        for _ in 0..self.random.u8(0..3) {
            let name = format!("g{}", self.random.u8(0..8));
            match self.random.u8(0..4) {
                0 => self.kill(&name),
                1 => self.go_on(&name),
                _ => {
                    let guest = self.guests.get_mut(&name).unwrap();
                    if guest.life == Life::Off || guest.is_stopped || guest.or.is_some() {
                        continue;
                    }
                    let pauses = guest.life == Life::Running;
                    let run = self.root.run(guest.run.unwrap());
                    monitor::ask(&run, &[if pauses { "stop" } else { "cont" }]);
                    guest.life = if pauses { Life::Paused } else { Life::Running };
                    self.count("changed while nobody looked");
                }
            }
        }
        let running = self.guests.values().filter(|guest| guest.life != Life::Off).count();
        self.root.wait_for_processes(running);
        self.resolve();
        self.keeper = Some(Keeper::open(self.root));
    }

    /// What nobody knew is asked of QEMU itself, where nobody else does just now.
    fn resolve(&mut self) {
        for guest in self.guests.values_mut() {
            if guest.or.is_none() {
                continue;
            }
            (guest.told, guest.is_sure) = (None, false);
            if guest.is_stopped {
                continue;
            }
            if self.keeper.is_none() {
                let status = monitor::status(&self.root.run(guest.run.unwrap()));
                guest.life = Life::of(&status);
                guest.or = None;
            }
        }
    }

    /// Holds everything against the model.
    fn check(&mut self, when: &str) {
        let begun = Instant::now();
        loop {
            let wrong = self.differences();
            if wrong.is_empty() {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{when}: {wrong:?}\n{:#?}", self.guests);
            std::thread::sleep(Duration::from_millis(5));
        }
        self.hear(when);
    }

    fn differences(&mut self) -> Vec<String> {
        let list = self.keeper().list();
        let processes = self.root.processes();
        let mut wrong = Vec::new();
        let names: Vec<&str> = list.iter().filter_map(|domain| domain["name"].as_str()).collect();
        let expected: Vec<&str> = self
            .guests
            .iter()
            .filter(|(_, guest)| !guest.is_transient || guest.life != Life::Off)
            .map(|(name, _)| name.as_str())
            .collect();
        if names != expected {
            wrong.push(format!("there are {names:?} and not {expected:?}"));
            return wrong;
        }
        for domain in &list {
            let guest = self.guests.get_mut(domain["name"].as_str().unwrap()).unwrap();
            let state = Life::of(domain["state"].as_str().unwrap());
            if state != guest.life && !(guest.or == Some(state)) {
                wrong.push(format!("{domain} and not {:?}", guest.life));
                continue;
            }
            if guest.or.is_none() || guest.is_stopped || !guest.is_sure {
                // Nothing is on its way, or nobody knows whether it is.
            } else if guest.or == Some(state) {
                // It has come about.
                (guest.life, guest.or) = (state, None);
            } else {
                wrong.push(format!("{domain}: what was asked for does not come about"));
            }
            if guest.life != Life::Off && guest.run.is_none() {
                guest.run = domain["id"].as_u64();
                guest.pid =
                    processes.iter().find(|(_, run)| Some(*run) == guest.run).map_or(0, |(pid, _)| *pid);
            }
            if domain["id"].as_u64() != guest.run {
                wrong.push(format!("{domain} is not the run {:?}", guest.run));
            }
            if domain["managed_save"] != guest.is_saved {
                wrong.push(format!("{domain} is not saved: {}", guest.is_saved));
            }
        }
        let running = self.guests.values().filter(|guest| guest.life != Life::Off);
        let mut expected: Vec<(i32, u64)> =
            running.map(|guest| (guest.pid, guest.run.unwrap_or(0))).collect();
        expected.sort_unstable();
        if processes != expected {
            wrong.push(format!("there run {processes:?} and not {expected:?}"));
        }
        wrong
    }

    /// What is told of a guest makes sense in its order, ends where the guest is, and nothing is told twice.
    fn hear(&mut self, when: &str) {
        let begun = Instant::now();
        loop {
            for event in self.keeper().told() {
                let (name, what) = event.split_once(' ').unwrap();
                let change = what.split('(').next().unwrap();
                let Some(guest) = self.guests.get_mut(name) else { continue };
                let next = match change {
                    "Started" | "Resumed" => Life::Running,
                    "Suspended" => Life::Paused,
                    "Stopped" => Life::Off,
                    _ => continue,
                };
                let Some(before) = guest.told else { continue };
                let fits = match change {
                    "Started" => before == Life::Off,
                    "Resumed" => before == Life::Paused,
                    "Suspended" => before == Life::Running,
                    _ => before != Life::Off,
                };
                assert!(fits, "{when}: {event} where {name} was {before:?}");
                guest.told = Some(next);
            }
            let late =
                |guest: &Guest| guest.or.is_none() && guest.told.is_some_and(|told| told != guest.life);
            let late: Vec<&String> =
                self.guests.iter().filter(|(_, guest)| late(guest)).map(|(name, _)| name).collect();
            if late.is_empty() {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{when}: nothing is told of {late:?}\n{:#?}", self.guests);
            std::thread::sleep(Duration::from_millis(5));
        }
        for guest in self.guests.values_mut() {
            if guest.or.is_none() && guest.told.is_none() {
                // All that may still be told of before has been.
                guest.told = Some(guest.life);
            }
        }
    }

    /// Ends all, and looks whether anything is left. Returns what was done.
    pub(crate) fn end(mut self) -> String {
        let names: Vec<String> = self.guests.keys().cloned().collect();
        if self.is_full {
            self.fill_disk();
        }
        for name in &names {
            if self.guests[name].life != Life::Off {
                self.call("destroy", name);
            }
        }
        self.check("the end");
        for name in &names {
            if !self.guests[name].is_transient {
                self.keeper().on(name, "undefine").unwrap();
            }
        }
        assert_eq!(self.root.processes(), []);
        let logs = self.root.path().join("log");
        let left: Vec<PathBuf> =
            self.root.files().into_iter().filter(|path| !path.starts_with(&logs)).collect();
        assert!(left.is_empty(), "{left:?}");
        // As many descriptors as one has that has just begun.
        let mut last = self.keeper.take().unwrap();
        let files = last.ask(json!({"do": "files"})).unwrap();
        last.close();
        let mut fresh = Keeper::open(self.root);
        assert_eq!(fresh.list(), Vec::<Value>::new());
        let expected = fresh.ask(json!({"do": "files"})).unwrap();
        assert!(files.as_u64() <= expected.as_u64(), "{files} descriptors are open, and {expected} at first");
        fresh.close();
        let done: Vec<String> = self.done.iter().map(|(what, count)| format!("{count} × {what}")).collect();
        done.join(", ")
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        drop(self.keeper.take());
        for (pid, _) in self.root.processes() {
            signal(pid, Signal::KILL);
        }
        if self.has_own_disk {
            let _ = Command::new("umount").arg("--lazy").arg(self.root.path()).status();
        }
    }
}
