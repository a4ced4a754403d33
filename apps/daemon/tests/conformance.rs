//! The remote driver through the conformance suite, with the daemon and its test driver behind it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]
#![allow(clippy::result_large_err, reason = "errors are looked at as they came")]

#[allow(dead_code, reason = "the suite has a client of its own")]
#[path = "daemon/client.rs"]
mod client;
#[allow(dead_code, reason = "the suite needs no more of it than that it runs")]
#[path = "daemon/daemon.rs"]
mod daemon;

use daemon::Daemon;
use omnivirt_testkit::Fixture;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

/// The hosts behind one daemon. What each case opens is a host of its own.
#[derive(Debug)]
struct Hosts {
    socket: PathBuf,
    opened: AtomicU32,
}

impl Hosts {
    fn named(&self, host: &str, more: &str) -> String {
        let socket = self.socket.display();
        format!("test+unix:///default?time=virtual&host={host}{more}&socket={socket}")
    }

    fn new_one(&self, more: &str) -> String {
        self.named(&format!("case-{}", self.opened.fetch_add(1, Ordering::Relaxed)), more)
    }
}

impl Fixture for Hosts {
    fn entry(&self) -> omnivirt_core::DriverEntry {
        omnivirt_driver_remote::ENTRY
    }

    fn uri(&self) -> String {
        self.new_one("")
    }

    fn tells_causes(&self) -> bool {
        false
    }

    fn shared_uri(&self, host: &str) -> Option<String> {
        Some(self.named(host, ""))
    }

    fn slow_uri(&self) -> Option<String> {
        Some(self.new_one("&latency_ms=100"))
    }
}

fn main() -> ExitCode {
    let daemon = Daemon::start();
    let hosts = Hosts { socket: daemon.path("libvirt-sock"), opened: AtomicU32::new(0) };
    let outcome = omnivirt_testkit::run(hosts, include_str!("../conformance.toml"));
    // The suite keeps its fixture until the process ends, which would leave the daemon behind.
    drop(daemon);
    outcome
}
