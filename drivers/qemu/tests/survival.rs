//! Guests survive the process that looks after them, whatever happens to it and to them meanwhile.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what a keeper says is read by the test that has started it")]

mod keeper;

use keeper::{Keeper, Root, signal, uuid_of};
use omnivirt_core::{ConnectOptions, DefineOptions, Registry, StartOptions};
use omnivirt_driver_qemu::ENTRY;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// QEMU's monitor, as somebody uses it while nobody looks after the guest.
struct Monitor(BufReader<UnixStream>);

impl Monitor {
    fn of(run: &Path) -> Self {
        let mut this = Self(BufReader::new(UnixStream::connect(run.join("monitor.sock")).unwrap()));
        this.line();
        this.ask(&json!({"execute": "qmp_capabilities"}));
        this
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "QEMU has closed its monitor");
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.0.get_mut(), "{command}").unwrap();
        loop {
            let line = self.line();
            if line.get("event").is_none() {
                assert!(line.get("error").is_none(), "{command}: {line}");
                return line["return"].clone();
            }
        }
    }

    fn until(&mut self, event: &str) {
        while self.line()["event"] != event {}
    }
}

fn pid_of(root: &Root, domain: &Value) -> i32 {
    let run = domain["id"].as_u64().unwrap_or_else(|| panic!("it runs: {domain}"));
    let found = root.processes().into_iter().find(|(_, known)| *known == run);
    found.unwrap_or_else(|| panic!("there is a QEMU for {domain}")).0
}

fn state(domain: &Value) -> (String, String) {
    let text = |field: &str| domain[field].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[test]
fn guests_are_found_again_as_they_were() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    for name in ["runs", "stands"] {
        first.define(&root.xml(name, ""));
        first.on(name, "start").unwrap();
    }
    first.on("stands", "suspend").unwrap();
    first.ask(json!({"do": "create", "xml": root.xml("transient", "")})).unwrap();
    first.define(&root.xml("off", ""));
    let (before, processes) = (first.list(), root.processes());
    assert_eq!(processes.len(), 3);
    first.kill();

    let mut second = Keeper::open(&root);
    assert_eq!(second.list(), before);
    assert_eq!(root.processes(), processes);
    assert_eq!(second.told(), Vec::<String>::new(), "nothing has happened");
    second.on("stands", "resume").unwrap();
    second.on("runs", "suspend").unwrap();
    for name in ["runs", "stands", "transient"] {
        second.on(name, "destroy").unwrap();
    }
    assert_eq!(root.processes(), []);
    let told = second.told_until("transient Stopped(Destroyed)");
    assert_eq!(
        told,
        [
            "stands Resumed(Unpaused)",
            "runs Suspended(Paused)",
            "runs Stopped(Destroyed)",
            "stands Stopped(Destroyed)",
            "transient Stopped(Destroyed)"
        ]
    );
    let domain = second.domain("runs");
    second.on("runs", "start").unwrap();
    assert!(
        second.domain("runs")["id"].as_u64() > before[1]["id"].as_u64(),
        "{domain}: a number is given once"
    );
    second.on("runs", "destroy").unwrap();
    second.close();
}

#[test]
fn what_happened_meanwhile_is_told_once() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    let names = ["killed", "panicked", "paused", "preserved", "resumed", "shutdown", "stopped", "untouched"];
    for name in names {
        let more = if name == "preserved" { "<on_crash>preserve</on_crash>" } else { "" };
        first.define(&root.xml(name, more));
        first.on(name, "start").unwrap();
    }
    first.on("resumed", "suspend").unwrap();
    let before: Vec<Value> = names.iter().map(|name| first.domain(name)).collect();
    let of = |name: &str| before.iter().find(|domain| domain["name"] == name).unwrap();
    let run = |name: &str| root.run(of(name)["id"].as_u64().unwrap());
    let stopped = pid_of(&root, of("stopped"));
    let killed = pid_of(&root, of("killed"));
    first.kill();

    Monitor::of(&run("paused")).ask(&json!({"execute": "stop"}));
    Monitor::of(&run("resumed")).ask(&json!({"execute": "cont"}));
    for name in ["panicked", "preserved"] {
        let line = json!({"execute": "human-monitor-command", "arguments": {"command-line": "o/b 0x505 1"}});
        let mut monitor = Monitor::of(&run(name));
        // QEMU may tell of it before it answers.
        monitor.ask(&line);
        let status = monitor.ask(&json!({"execute": "query-status"}));
        assert_eq!(status["status"], "guest-panicked");
    }
    let mut monitor = Monitor::of(&run("shutdown"));
    writeln!(monitor.0.get_mut(), r#"{{"execute": "system_powerdown"}}"#).unwrap();
    monitor.until("SHUTDOWN");
    drop(monitor);
    signal(killed, Signal::KILL);
    root.wait_for_processes(names.len() - 1);
    signal(stopped, Signal::STOP);

    let mut second = Keeper::open(&root);
    let mut told = second.told_until("shutdown Stopped(Shutdown)");
    while !told.iter().any(|event| event == "panicked Stopped(Crashed)") {
        told.extend(second.told());
    }
    told.sort();
    assert_eq!(
        told,
        [
            "killed Stopped(Failed)",
            "panicked Crashed(Panicked)",
            "panicked Stopped(Crashed)",
            "paused Suspended(Paused)",
            "preserved Crashed(Panicked)",
            "resumed Resumed(Unpaused)",
            "shutdown Shutdown(Guest)",
            "shutdown Stopped(Shutdown)",
        ]
    );
    let now = |second: &mut Keeper, name: &str| state(&second.domain(name)).0;
    let expected = [
        ("killed", "shutoff"),
        ("panicked", "shutoff"),
        ("paused", "paused"),
        ("preserved", "crashed"),
        ("resumed", "running"),
        ("shutdown", "shutoff"),
        ("stopped", "running"),
        ("untouched", "running"),
    ];
    for (name, state) in expected {
        assert_eq!(now(&mut second, name), state, "{name}");
    }
    // It answers nothing, but is known, and once it goes on it obeys.
    let error = second.on("stopped", "suspend").unwrap_err();
    assert!(error["text"].as_str().unwrap().contains("cannot be reached"), "{error}");
    signal(stopped, Signal::CONT);
    while second.on("stopped", "suspend").is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(now(&mut second, "stopped"), "paused");
    assert_eq!(second.told_until("stopped Suspended(Paused)"), ["stopped Suspended(Paused)"]);

    // Whoever comes third hears nothing of it again.
    second.kill();
    let mut third = Keeper::open(&root);
    assert_eq!(third.told(), Vec::<String>::new());
    assert_eq!(state(&third.domain("preserved")).0, "crashed");
    for name in ["paused", "preserved", "resumed", "stopped", "untouched"] {
        third.on(name, "destroy").unwrap();
    }
    assert_eq!(root.processes(), []);
    third.close();
}

#[test]
fn a_guest_that_ends_after_it_was_found_again_says_how() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    first.define(&root.xml("web", ""));
    first.on("web", "start").unwrap();
    first.kill();
    let mut second = Keeper::open(&root);
    let pid = pid_of(&root, &second.domain("web"));
    signal(pid, Signal::TERM);
    let told = second.told_until("web Stopped(Shutdown)");
    assert_eq!(told, ["web Shutdown(Host)", "web Stopped(Shutdown)"]);
    second.close();
}

#[test]
fn a_guest_that_was_to_end_with_its_connection_does() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    let bound = json!({"do": "create", "xml": root.xml("bound", ""), "auto_destroy": true});
    first.ask(bound).unwrap();
    first.kill();
    let mut second = Keeper::open(&root);
    assert_eq!(second.told_until("bound Stopped(Destroyed)"), ["bound Stopped(Destroyed)"]);
    assert_eq!(second.list(), Vec::<Value>::new());
    assert_eq!(root.processes(), []);
    second.close();
}

#[test]
fn a_keeper_killed_in_the_middle_of_a_start_leaves_all_or_nothing() {
    let root = Root::new();
    let mut random = fastrand::Rng::with_seed(7);
    let mut first = Keeper::open(&root);
    first.define(&root.xml("web", ""));
    first.close();
    let (mut whole, mut nothing) = (0, 0);
    for round in 0..12 {
        let mut keeper = Keeper::open(&root);
        keeper.send(json!({"do": "start", "domain": "web"}));
        std::thread::sleep(std::time::Duration::from_micros(random.u64(0..120_000)));
        keeper.kill();
        let mut keeper = Keeper::open(&root);
        let domain = keeper.domain("web");
        match state(&domain).0.as_str() {
            "running" => {
                whole += 1;
                assert_eq!(root.processes().len(), 1, "round {round}");
                assert_eq!(pid_of(&root, &domain), root.processes()[0].0);
                // A start that nobody has heard of may still be told.
                let told = keeper.told();
                assert!(told.is_empty() || told == ["web Started(Booted)"], "round {round}: {told:?}");
                keeper.on("web", "destroy").unwrap();
            }
            "shutoff" => {
                nothing += 1;
                assert_eq!(keeper.told(), Vec::<String>::new(), "round {round}: it has never been told");
            }
            other => panic!("round {round}: it is {other}"),
        }
        root.wait_for_processes(0);
        assert_eq!(keeper.domain("web")["id"], Value::Null);
        let left: Vec<_> =
            root.files().into_iter().filter(|path| path.starts_with(root.path().join("run"))).collect();
        assert!(left.is_empty(), "round {round}: {left:?}");
        keeper.close();
    }
    println!("{whole} times it runs, {nothing} times it does not");
}

#[test]
fn a_keeper_killed_in_the_middle_of_a_destroy_has_it_done() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    first.define(&root.xml("web", ""));
    first.on("web", "start").unwrap();
    let pid = pid_of(&root, &first.domain("web"));
    // It cannot end yet.
    signal(pid, Signal::STOP);
    first.send(json!({"do": "destroy", "domain": "web"}));
    let noted = root.run(first.pid().into()).with_file_name("1.kept").join("state");
    while std::fs::read_to_string(&noted).unwrap().trim() != "04 001025" {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    first.kill();
    signal(pid, Signal::CONT);
    let mut second = Keeper::open(&root);
    assert_eq!(second.told_until("web Stopped(Destroyed)"), ["web Stopped(Destroyed)"]);
    assert_eq!(state(&second.domain("web")), ("shutoff".to_owned(), "shutoff_destroyed".to_owned()));
    second.close();
}

#[test]
fn another_process_is_told_who_has_the_root() {
    let root = Root::new();
    let first = Keeper::open(&root);
    let error = Keeper::try_open(&root.path()).err().unwrap();
    assert!(error["text"].as_str().unwrap().contains(&format!("the process {}", first.pid())), "{error}");
    first.close();
    Keeper::open(&root).close();
}

#[test]
fn a_restored_guest_is_not_restored_again() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    first.define(&root.xml("web", ""));
    first.on("web", "start").unwrap();
    first.on("web", "managed-save").unwrap();
    let image = root.path().join("lib/save/web.save");
    let copy = root.folder.path().join("copy");
    std::fs::copy(&image, &copy).unwrap();
    first.on("web", "start").unwrap();
    assert!(!image.exists());
    first.kill();
    // As if it had been killed just before it removed the image.
    std::fs::copy(&copy, &image).unwrap();
    let mut second = Keeper::open(&root);
    assert_eq!(second.domain("web")["managed_save"], false);
    assert!(!image.exists());
    second.on("web", "destroy").unwrap();
    second.close();
}

/// Damages a file of a run, and looks whether anything is lost.
fn damaged(names: &[&str], contents: Option<&[u8]>, is_persistent: bool) {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    for name in ["hurt", "well"] {
        if is_persistent {
            first.define(&root.xml(name, ""));
            first.on(name, "start").unwrap();
        } else {
            first.ask(json!({"do": "create", "xml": root.xml(name, "")})).unwrap();
        }
    }
    let (before, processes) = (first.list(), root.processes());
    let run = root.run(before[0]["id"].as_u64().unwrap()).with_extension("kept");
    first.kill();
    for name in names {
        match contents {
            Some(contents) => std::fs::write(run.join(name), contents).unwrap(),
            None => std::fs::remove_file(run.join(name)).unwrap(),
        }
    }
    let mut second = Keeper::open(&root);
    assert_eq!(root.processes(), processes, "{names:?}");
    let after = second.list();
    for (before, after) in before.iter().zip(&after) {
        for field in ["name", "uuid", "id", "state", "persistent"] {
            assert_eq!(before[field], after[field], "{names:?}: {field}");
        }
    }
    assert_eq!(before.len(), after.len());
    assert_eq!(second.told(), Vec::<String>::new(), "{names:?}");
    for name in ["hurt", "well"] {
        second.on(name, "suspend").unwrap();
        second.on(name, "destroy").unwrap();
    }
    assert_eq!(root.processes(), []);
    second.close();
}

#[test]
fn a_damaged_record_loses_nothing() {
    damaged(&["run.json"], Some(b"{\"format\": 1, \"uuid\""), true);
    damaged(&["run.json"], None, false);
}

#[test]
fn a_damaged_document_loses_nothing() {
    damaged(&["domain.xml"], Some(b"<domain type='qemu'><na"), true);
    damaged(&["domain.xml"], Some(b"\xff\xfe"), false);
}

#[test]
fn a_damaged_state_loses_nothing() {
    damaged(&["state"], Some(b"7 elephants"), true);
    damaged(&["run.json", "domain.xml", "state"], Some(b""), false);
}

#[test]
fn a_damaged_definition_stays_where_it_is() {
    let root = Root::new();
    let mut first = Keeper::open(&root);
    for name in ["hurt", "well"] {
        first.define(&root.xml(name, ""));
    }
    first.on("hurt", "start").unwrap();
    let pid = pid_of(&root, &first.domain("hurt"));
    first.kill();
    let definition = root.path().join("etc/hurt.xml");
    std::fs::write(&definition, "<domain").unwrap();
    std::fs::write(root.path().join("etc/well.new"), "<domain").unwrap();
    let mut second = Keeper::open(&root);
    assert_eq!(state(&second.domain("well")).0, "shutoff");
    assert_eq!(pid_of(&root, &second.domain("hurt")), pid);
    assert_eq!(second.domain("hurt")["persistent"], false);
    assert_eq!(std::fs::read_to_string(&definition).unwrap(), "<domain");
    assert!(!root.path().join("etc/well.new").exists(), "what was half written is removed");
    second.define(&root.xml("hurt", ""));
    second.on("hurt", "destroy").unwrap();
    assert_eq!(second.domain("hurt")["uuid"].as_str().unwrap(), uuid_of("hurt"));
    second.close();
}

/// A small file system of its own that is full in the end.
struct Full<'a>(&'a Path);

impl<'a> Full<'a> {
    fn mounted(at: &'a Path) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "none"])
            .arg(at)
            .status()
            .unwrap();
        assert!(mounted.success(), "a small file system can be mounted, which asks for root");
        Self(at)
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Full<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_the_old_definition_stays() {
    let root = Root::new();
    let etc = root.path().join("etc");
    let disk = Full::mounted(&etc);
    let mut keeper = Keeper::open(&root);
    keeper.define(&root.xml("web", ""));
    let before = std::fs::read_to_string(etc.join("web.xml")).unwrap();
    disk.fill();
    let more = format!("<description>{}</description>", "x".repeat(8192));
    let error = keeper.ask(json!({"do": "define", "xml": root.xml("web", &more)})).unwrap_err();
    let text = error["text"].as_str().unwrap();
    assert!(text.contains("No space left") && text.contains("web.xml"), "{text}");
    assert_eq!(std::fs::read_to_string(etc.join("web.xml")).unwrap(), before);
    keeper.ask(json!({"do": "define", "xml": root.xml("other", "")})).unwrap_err();
    assert_eq!(keeper.list().len(), 1);
    keeper.on("web", "start").unwrap();
    keeper.on("web", "destroy").unwrap();
    disk.empty();
    keeper.define(&root.xml("web", &more));
    keeper.close();
    assert_eq!(Keeper::open(&root).list().len(), 1);
}

#[test]
fn runs_go_on_where_their_folder_is_full() {
    let root = Root::new();
    let run = root.path().join("run");
    let disk = Full::mounted(&run);
    let mut keeper = Keeper::open(&root);
    for name in ["runs", "starts"] {
        keeper.define(&root.xml(name, ""));
    }
    keeper.on("runs", "start").unwrap();
    disk.fill();
    let error = keeper.on("starts", "start").unwrap_err();
    assert!(error["text"].as_str().unwrap().contains("No space left"), "{error}");
    assert_eq!(root.processes().len(), 1);
    // Its state is noted all the same.
    keeper.on("runs", "suspend").unwrap();
    let before = keeper.list();
    keeper.kill();
    let mut keeper = Keeper::open(&root);
    assert_eq!(keeper.list(), before);
    assert_eq!(keeper.told(), Vec::<String>::new());
    disk.empty();
    keeper.on("starts", "start").unwrap();
    for name in ["runs", "starts"] {
        keeper.on(name, "destroy").unwrap();
    }
    keeper.close();
}

/// A process that closes a root and lives on is still the parent of what it has started.
#[tokio::test]
async fn a_guest_that_ends_after_its_root_was_closed_is_no_zombie() {
    let root = Root::new();
    let uri = format!("qemu:///embed?root={}", root.path().display());
    let mut pids = Vec::new();
    for name in ["one", "other"] {
        let connection = Registry::of([ENTRY]).open(&uri, ConnectOptions::default()).await.unwrap();
        let domain = connection.define(&root.xml(name, ""), DefineOptions::default()).await.unwrap();
        domain.start(StartOptions::default()).await.unwrap();
        connection.close().await.unwrap();
        drop((domain, connection));
        pids = root.processes();
    }
    assert_eq!(pids.len(), 2, "guests outlive the connection");
    for (pid, _) in pids {
        signal(pid, Signal::KILL);
        let begun = Instant::now();
        while Path::new(&format!("/proc/{pid}")).exists() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{pid} is a zombie");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
