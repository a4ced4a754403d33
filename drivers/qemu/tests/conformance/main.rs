//! The qemu driver through the conformance suite, with real QEMU processes.

mod guests;

use guests::Guests;
use std::process::ExitCode;

fn main() -> ExitCode {
    Guests::new(None).run(include_str!("../../conformance.toml"))
}
