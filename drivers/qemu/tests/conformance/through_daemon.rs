//! The qemu driver through the conformance suite, with real QEMU processes, as a client of omnivirtd meets it.

mod guests;

use guests::Guests;
use std::process::ExitCode;

fn main() -> ExitCode {
    let daemon = omnivirt_peers::omnivirtd::start_with("[qemu]\nembed = true\n").expect("omnivirtd starts");
    let outcome = Guests::new(Some(daemon.socket().to_owned())).run(include_str!("through_daemon.toml"));
    // The suite keeps its fixture until the process ends, which would leave the daemon behind.
    drop(daemon);
    outcome
}
