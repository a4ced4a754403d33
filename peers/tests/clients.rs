//! Debian's own clients drive domains through their lives in our daemon, and receive their events.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_peers::raw::RawClient;
use omnivirt_peers::{omnivirtd, own_file, program};
use std::process::Command;

/// Runs a client of the folder `clients`, and says what it printed.
fn printed(interpreter: &str, client: &str) -> String {
    let daemon = omnivirtd::start().unwrap();
    let mut command = Command::new(interpreter);
    command.arg(own_file("clients").join(client)).arg(daemon.uri("test", "/default"));
    let outcome = program::run(&mut command).unwrap();
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.output, outcome.errors);
    daemon.stop().unwrap();
    outcome.output
}

#[test]
fn python_drives_a_domain_and_sees_its_events() {
    let events = [
        "lifecycle py 0 0 first",
        "lifecycle py 2 0 first",
        "lifecycle py 3 0 first",
        "lifecycle py 4 0 first",
        "metadata py 1 None",
        "metadata py 2 http://example.org/py",
        "lifecycle py 5 1 first",
        "lifecycle py 1 0 first",
    ];
    // The interpreter of Debian's package, whatever else is in the path.
    assert_eq!(printed("/usr/bin/python3", "life.py").lines().collect::<Vec<_>>(), events);
}

#[test]
fn perl_drives_a_domain_and_sees_its_events() {
    let events = [
        "lifecycle pl 0 0",
        "lifecycle pl 2 0",
        "lifecycle pl 3 0",
        "lifecycle pl 4 0",
        "lifecycle pl 5 1",
        "lifecycle pl 1 0",
    ];
    assert_eq!(printed("/usr/bin/perl", "life.pl").lines().collect::<Vec<_>>(), events);
}

#[test]
fn virt_install_makes_a_domain_that_runs() {
    let daemon = omnivirtd::start().unwrap();
    // Like libvirt's, the test driver's host is there for as long as anybody is connected to it.
    let _keeper = RawClient::open(daemon.socket(), "test:///default").unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let uri = daemon.uri("test", "/default");
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.env("HOME", scratch.path()).env("LC_ALL", "C").args(["--connect", &uri]).args(arguments);
        let outcome = program::run(&mut command).unwrap();
        assert_eq!(outcome.code, Some(0), "{program} {arguments:?}: {}{}", outcome.output, outcome.errors);
        outcome.output
    };
    let guest: Vec<&str> = [
        &["--name", "made", "--memory", "64", "--vcpus", "1", "--disk", "none", "--network", "none"][..],
        &[
            "--graphics",
            "none",
            "--osinfo",
            "detect=off,require=off",
            "--import",
            "--noautoconsole",
            "--virt-type",
            "test",
        ],
    ]
    .concat();
    let document = run("virt-install", &[guest.as_slice(), &["--print-xml"]].concat());
    assert!(document.contains("<name>made</name>"), "{document}");
    run("virt-install", &guest);
    assert_eq!(run("virsh", &["domstate", "made"]).trim(), "running");
    assert!(run("virsh", &["dumpxml", "made"]).contains("<name>made</name>"));
    run("virt-xml", &["made", "--edit", "--metadata", "title=Made by virt-install"]);
    assert_eq!(run("virsh", &["desc", "made", "--title", "--config"]).trim(), "Made by virt-install");
    run("virsh", &["destroy", "made"]);
    assert!(
        run("virt-clone", &["--original", "made", "--name", "cloned", "--auto-clone", "--print-xml"])
            .contains("cloned")
    );
    run("virsh", &["undefine", "made"]);
    assert!(!run("virsh", &["list", "--all", "--name"]).contains("made"));
    daemon.stop().unwrap();
}
