//! The conformance suite that every driver runs: one case a rule of the contract, each with its result.
//!
//! A driver crate has a `tests/conformance.rs` of three lines, and a `conformance.toml` that says what the driver does
//! not pass yet, and why:
//!
//! ```toml
//! # Cargo.toml
//! [[test]]
//! name = "conformance"
//! harness = false
//! ```
//!
//! ```ignore
//! // tests/conformance.rs
//! use omnivirt_testkit::UriFixture;
//! omnivirt_testkit::main!(UriFixture::new(my_driver::ENTRY, "mine:///"), include_str!("../conformance.toml"));
//! ```
//!
//! `cargo test --test conformance` then runs every case, `cargo test --test conformance -- lifecycle::` those of a
//! group, and `-- --list` lists them. With `OMNIVIRT_CONFORMANCE_REPORT=folder` the outcome is written there as JSON, as
//! JUnit's XML and as the table that is also printed at the end.
//!
//! A case runs against a connection of its own. It declares the calls that it needs: where a driver does not claim one,
//! the case is reported as not claimed. All else that a driver does not pass stands in `conformance.toml`: see [`Manifest`].
//! A case that is expected to fail and passes is a failure, as is an entry that names no case.
//!
//! Calls that must not be tried on a real host, such as `claims::Connection::node_suspend` with a driver that would put
//! the machine to sleep, are skipped there too.

mod action;
mod case;
mod cases;
mod failure;
mod fixture;
mod life;
mod manifest;
mod opening;
mod polled;
mod probe;
mod report;
mod rig;
mod suite;
mod watch;

pub use fixture::{Fixture, UriFixture};
pub use manifest::Manifest;
pub use opening::refuses_to_open;
pub use report::{CaseReport, Report, Status};
pub use suite::Suite;

#[doc(hidden)]
pub use suite::harness::run;

/// Makes the `main` of a driver's `tests/conformance.rs`, which has `harness = false`.
///
/// It takes a [`Fixture`] and the text of `conformance.toml`. A driver that cannot open anything yet calls
/// [`refuses_to_open`] in an ordinary test instead.
#[macro_export]
macro_rules! main {
    ($fixture:expr, $manifest:expr $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::run($fixture, $manifest)
        }
    };
}
