//! Ways to stop a guest, and what a guest can cause: the same on Debian's libvirtd 9.0.0, on the qemu driver in this process and
//! through omnivirtd. What differs from libvirt stands in `scenarios/differences.toml`, each with its reason.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::result_large_err, reason = "errors are looked at as they came")]

#[path = "scenarios/all.rs"]
mod all;
#[path = "scenarios/play.rs"]
mod play;

use all::{SCENARIOS, Scenario};
use omnivirt::Connection;
use omnivirt_peers::{guest, libvirtd, omnivirtd};
use play::{FullDisk, Told};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What is told differently on purpose.
#[derive(Debug, Deserialize)]
struct Difference {
    reason: String,
    /// What the qemu driver tells instead.
    told: Vec<String>,
}

/// Opens a connection. A libvirtd that has only just started, on a host with much to do, may close the first one.
async fn connect(uri: &str) -> Connection {
    match omnivirt::connect(uri).await {
        Ok(connection) => connection,
        Err(first) => {
            omnivirt::connect(uri).await.unwrap_or_else(|error| panic!("{error}, and before that {first}"))
        }
    }
}

fn differences() -> BTreeMap<String, Difference> {
    toml::from_str(include_str!("scenarios/differences.toml")).unwrap()
}

/// Plays every scenario, and says for each what was told.
async fn play_all(connection: &Connection, folder: &Path, full: &FullDisk) -> BTreeMap<&'static str, Told> {
    let kernel = guest::build(folder).unwrap();
    // Whoever QEMU runs as makes its socket there.
    let viewers = folder.join("viewers");
    std::fs::create_dir(&viewers).unwrap();
    std::fs::set_permissions(viewers, Permissions::from_mode(0o777)).unwrap();
    let mut told = BTreeMap::new();
    for scenario in SCENARIOS {
        let played = play::play(connection, scenario, &kernel, folder, full).await;
        told.insert(scenario.name, played);
    }
    told
}

/// What a scenario's record of libvirt says.
fn recorded() -> BTreeMap<String, Vec<String>> {
    toml::from_str(include_str!("scenarios/libvirt-9.0.0.toml")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn libvirtd_tells_what_was_recorded() {
    let full = FullDisk::make();
    let daemon = libvirtd::start().unwrap();
    let connection = connect(&daemon.uri("qemu", "/system")).await;
    let mut told = play_all(&connection, daemon.folder(), &full).await;
    if let Some(path) = std::env::var_os("OMNIVIRT_RECORD_SCENARIOS") {
        let lines: BTreeMap<&str, &Vec<String>> =
            told.iter().map(|(name, told)| (*name, &told.lines)).collect();
        std::fs::write(path, toml::to_string(&lines).unwrap()).unwrap();
        connection.close().await.unwrap();
        return;
    }
    let recorded = recorded();
    // Its threads tell in an order of their own now and then: it is asked twice more what it usually tells.
    for _ in 0..2 {
        for scenario in SCENARIOS
            .iter()
            .filter(|scenario| recorded.get(scenario.name) != Some(&told[scenario.name].lines))
            .collect::<Vec<_>>()
        {
            let kernel = daemon.folder().join("guest.elf");
            let again = play::play(&connection, scenario, &kernel, daemon.folder(), &full).await;
            told.insert(scenario.name, again);
        }
    }
    connection.close().await.unwrap();
    let wrong: Vec<_> =
        told.iter().filter(|(name, told)| recorded.get(**name) != Some(&told.lines)).collect();
    assert!(wrong.is_empty(), "libvirtd tells otherwise than recorded: {wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_qemu_driver_tells_the_same_with_causes() {
    let full = FullDisk::make();
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("qemu:///embed?root={}", folder.path().join("root").display());
    let connection = omnivirt::connect(&uri).await.unwrap();
    let told = play_all(&connection, folder.path(), &full).await;
    connection.close().await.unwrap();
    compare(&told);
    let wrong: Vec<String> = SCENARIOS.iter().filter_map(|scenario| wrong_cause(scenario, &told)).collect();
    assert!(wrong.is_empty(), "causes are wrong:\n{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn omnivirtd_tells_the_same() {
    let full = FullDisk::make();
    let daemon = omnivirtd::start().unwrap();
    let connection = omnivirt::connect(&daemon.uri("qemu", "/system")).await.unwrap();
    let told = play_all(&connection, daemon.folder(), &full).await;
    connection.close().await.unwrap();
    compare(&told);
}

fn compare(told: &BTreeMap<&'static str, Told>) {
    let (recorded, differences) = (recorded(), differences());
    let mut wrong = Vec::new();
    for (name, told) in told {
        let wanted = match differences.get(*name) {
            Some(difference) => {
                assert!(!difference.reason.is_empty(), "{name} has no reason");
                &difference.told
            }
            None => recorded.get(*name).unwrap_or_else(|| panic!("{name} is not recorded")),
        };
        if *wanted != told.lines {
            wrong.push(format!("{name}\n  wanted {wanted:?}\n  told   {:?}", told.lines));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unknown: Vec<_> = differences.keys().filter(|name| !told.contains_key(name.as_str())).collect();
    assert!(unknown.is_empty(), "differences of no scenario: {unknown:?}");
}

/// The first event whose initiator is another than the scenario says.
fn wrong_cause(scenario: &Scenario, told: &BTreeMap<&'static str, Told>) -> Option<String> {
    let told = &told[scenario.name];
    let (line, initiator) = scenario.cause;
    let found = told.causes.iter().find(|(known, _)| known == line).map(|(_, initiator)| *initiator);
    (found != Some(initiator))
        .then(|| format!("{}: '{line}' by {found:?}, and not {initiator:?}", scenario.name))
}
