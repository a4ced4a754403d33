//! `omnivirt-benches`: what `SPECIFICATION.md` promises, measured beside libvirt and the least code that could do the
//! same. See the README beside `Cargo.toml`.

mod arguments;
mod cases;
mod goal;
mod harness;
mod measure;
mod noise;
mod report;
mod scratch;
mod statistics;
mod table;
mod workload;

use std::process::ExitCode;

/// Why something could not be done, as one message for the person at the shell.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((mode, rest)) if mode == "workload" => workload::run(rest),
        _ => arguments::read(&arguments).and_then(|options| match options {
            Some(options) => measure::run(&options),
            None => Ok(()),
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("omnivirt-benches: {error}");
            ExitCode::FAILURE
        }
    }
}
