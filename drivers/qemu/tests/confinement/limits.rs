//! What a document asks for of the host's CPUs and memory.

use crate::guests::{Guests, define, document, number, run, start, status, stop};
use omnivirt_core::event::{EventBody, EventKind, LifecycleChange, StoppedDetail};
use omnivirt_core::events::{EventFilter, Policy};
use omnivirt_core::{DomainState, DomainStateReason, ErrorKind};
use std::path::{Path, PathBuf};

/// The control groups of a process that were made for a run: their folders.
fn groups(process: i32) -> Vec<PathBuf> {
    let groups = std::fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap();
    let own = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let mount = if controllers.is_empty() { "" } else { controllers };
        path.contains("omnivirt-qemu").then(|| Path::new("/sys/fs/cgroup").join(mount).join(&path[1..]))
    });
    own.collect()
}

/// Whether control groups can be made here for memory and CPUs; says so if not.
fn are_permitted() -> bool {
    let probe = format!("omnivirt-probe-{}", std::process::id());
    let roots = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"];
    let root = roots.iter().map(Path::new).find(|root| {
        root.join("memory.limit_in_bytes").exists() || root.join("cgroup.subtree_control").exists()
    });
    let made = root.is_some_and(|root| {
        let folder = root.join(probe);
        std::fs::create_dir(&folder).and_then(|()| std::fs::remove_dir(&folder)).is_ok()
    });
    if !made {
        eprintln!("skipped: this host permits no control groups");
    }
    made
}

fn read(groups: &[PathBuf], files: &[&str]) -> String {
    let paths = groups.iter().flat_map(|group| files.iter().map(move |file| group.join(file)));
    let path = paths.into_iter().find(|path| path.exists());
    let path = path.unwrap_or_else(|| panic!("no {files:?} in {groups:?}"));
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

#[tokio::test]
async fn limits_are_those_of_a_group_that_goes_with_the_run() {
    if !are_permitted() {
        return;
    }
    let guests = Guests::new();
    let connection = guests.open("").await;
    let asked = "<memtune><hard_limit unit='MiB'>400</hard_limit></memtune>\
                 <cputune><shares>512</shares><period>50000</period><quota>25000</quota>\
                 <emulator_period>50000</emulator_period><emulator_quota>40000</emulator_quota></cputune>";
    let domain = start(&connection, &guests.xml("a,b", asked, "")).await.unwrap();
    let process = guests.process(number(&domain).await);
    let groups = groups(process);
    println!("{groups:?}");
    assert_eq!(read(&groups, &["memory.limit_in_bytes", "memory.max"]), "419430400");
    assert_eq!(read(&groups, &["../cpu.shares", "../cpu.weight", "cpu.shares", "cpu.weight"]), "512");
    // The main thread is in the part of the emulator, the virtual CPU's in its own.
    let parts: Vec<PathBuf> = groups.iter().filter_map(|group| group.parent().map(Path::to_owned)).collect();
    let quota = read(&parts, &["vcpu0/cpu.cfs_quota_us", "vcpu0/cpu.max"]);
    assert!(quota.starts_with("25000"), "{quota}");
    let quota = read(&parts, &["emulator/cpu.cfs_quota_us", "emulator/cpu.max"]);
    assert!(quota.starts_with("40000"), "{quota}");
    let thread = read(&parts, &["vcpu0/tasks", "vcpu0/cgroup.threads"]);
    let name = std::fs::read_to_string(format!("/proc/{process}/task/{thread}/comm")).unwrap();
    assert!(name.starts_with("CPU 0"), "{name}");
    stop(&domain).await;
    assert!(groups.iter().all(|group| !group.exists()), "{groups:?}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_guest_that_asks_for_nothing_needs_no_group() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let domain = start(&connection, &guests.xml("a", "", "")).await.unwrap();
    assert_eq!(groups(guests.process(number(&domain).await)), Vec::<PathBuf>::new());
    stop(&domain).await;
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_guest_that_reaches_its_limit_of_memory_has_failed() {
    if !are_permitted() {
        return;
    }
    let guests = Guests::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/confinement/hog.s");
    let (object, kernel) = (guests.path("hog.o"), guests.path("hog.elf"));
    run("as", &["--32", "-o", object.to_str().unwrap(), source.to_str().unwrap()]);
    run(
        "ld",
        &["-m", "elf_i386", "-Ttext=0x100000", "-o", kernel.to_str().unwrap(), object.to_str().unwrap()],
    );
    let connection = guests.open("").await;
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    let mut events = connection.subscribe(lifecycle, Policy::default()).await.unwrap();
    let limit = "<memtune><hard_limit unit='MiB'>120</hard_limit><swap_hard_limit unit='MiB'>120</swap_hard_limit></memtune>";
    let xml = document("hog", &kernel, limit, "").replace(">32</memory>", ">256</memory>");
    let domain = start(&connection, &xml).await.unwrap();
    let run = number(&domain).await;
    let stopped = loop {
        let due = std::time::Duration::from_secs(60);
        let delivery = tokio::time::timeout(due, events.recv()).await.expect("it is ended").unwrap();
        let event = delivery.event().unwrap().clone();
        if let EventBody::Lifecycle(lifecycle) = &event.body
            && let LifecycleChange::Stopped(detail) = lifecycle.change
        {
            break (detail, serde_json::to_string(&event.cause).unwrap());
        }
    };
    assert_eq!(stopped.0, StoppedDetail::Failed);
    assert!(stopped.1.contains("host"), "{}", stopped.1);
    let state = domain.state().await.unwrap();
    assert_eq!((state.state, state.reason), (DomainState::Shutoff, DomainStateReason::ShutoffCrashed));
    let log = std::fs::read_to_string(guests.log("hog.log")).unwrap();
    println!("{log}");
    assert!(log.contains("limit of memory: <memtune><hard_limit> is 122880 KiB"), "{log}");
    assert!(!guests.path("root").join(format!("run/{run}.kept")).exists());
    connection.close().await.unwrap();
}

#[tokio::test]
async fn threads_run_where_the_document_pins_them() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let allowed = status("self", "Cpus_allowed_list");
    let last = allowed.rsplit([',', '-']).next().unwrap();
    let pins = format!("<cputune><vcpupin vcpu='0' cpuset='{last}'/><emulatorpin cpuset='0'/></cputune>");
    let xml = guests.xml("a", &pins, "").replace("<vcpu>1<", "<vcpu>2<");
    let domain = start(&connection, &xml).await.unwrap();
    let process = guests.process(number(&domain).await);
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let mut seen = Vec::new();
    for thread in threads {
        let thread = format!("{process}/task/{}", thread.unwrap().file_name().to_str().unwrap());
        seen.push((status(&thread, "Name"), status(&thread, "Cpus_allowed_list")));
    }
    println!("{seen:?}");
    let of = |name: &str| &seen.iter().find(|(thread, _)| thread.starts_with(name)).unwrap().1;
    assert_eq!(of("CPU 0"), last);
    assert_eq!(of("CPU 1"), &allowed, "it is not where the emulator is");
    assert_eq!(of("qemu-system"), "0");
    stop(&domain).await;
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_the_host_does_not_permit_is_named() {
    let guests = Guests::new();
    let connection = guests.open("").await;
    let cases = [
        ("<cputune><vcpupin vcpu='0' cpuset='900'/></cputune>", "<vcpupin vcpu='0'>"),
        ("<cputune><emulatorpin cpuset='900'/></cputune>", "<emulatorpin>"),
        ("<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune>", "<vcpusched>"),
    ];
    for (number, (asked, named)) in cases.into_iter().enumerate() {
        let domain = define(&connection, &guests.xml(&format!("a{number}"), asked, "")).await.unwrap();
        let error = domain.start(Default::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigUnsupported, "{error}");
        assert!(error.message().contains(named), "{error}");
        println!("{}", error.message());
        assert_eq!(domain.state().await.unwrap().state, DomainState::Shutoff);
    }
    let mut left = std::fs::read_dir(guests.path("root/run")).unwrap();
    assert!(left.next().is_none());
    connection.close().await.unwrap();
}
