//! The remote driver through the conformance suite, with the daemon and its test driver behind it.

#[path = "support/daemon.rs"]
mod daemon;

use daemon::Daemon;
use omnivirt_testkit::Fixture;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

/// The hosts behind one daemon. What each case opens is a host of its own.
#[derive(Debug)]
struct Hosts {
    daemon: Daemon,
    opened: AtomicU32,
}

impl Hosts {
    fn named(&self, host: &str, more: &str) -> String {
        self.daemon.uri(&format!("time=virtual&host={host}{more}"))
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
    match Daemon::start(&[]) {
        Ok(daemon) => omnivirt_testkit::run(
            Hosts { daemon, opened: AtomicU32::new(0) },
            include_str!("../conformance.toml"),
        ),
        Err(error) => {
            eprintln!("omnivirtd does not start: {error}");
            ExitCode::FAILURE
        }
    }
}
