//! `cargo xtask COMMAND`: the project's own tasks. `cargo xtask help` lists them.
#![allow(clippy::print_stdout, reason = "this is a command line program")]

mod bench;
mod codegen;
mod packages;
mod parity;
mod repository;
mod test;
mod tidy;
mod virsh;
mod wire_check;

use std::process::ExitCode;

/// Why a task failed, as one message for the person at the shell.
pub(crate) type TaskResult<T = ()> = Result<T, String>;

const HELP: &str = "\
cargo xtask COMMAND

  bench              measure what SPECIFICATION.md promises, beside libvirt if it is installed
  bench --install    the same; as root, installs what the comparison needs first
  codegen            write the generated parts from api/
  codegen --check    fail if they are not what api/ says
  parity             compare documents with what libvirt made of them, if the corpus is beside the repository
  tidy               dependency directions, file sizes, names, links in the docs
  test               all that must hold before a change lands, set-up included; as root, installs what it needs
  test --install     only installs that
  virsh libvirtd     write down what virsh says to peers/virsh/session.txt with libvirt's daemon, as root
  virsh omnivirtd    and what it says with ours where that differs
  wire-check DIR     read and write again every packet of the recorded sessions in a folder
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["bench", arguments @ ..] => bench::run(arguments),
        ["codegen"] => codegen::run(codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(codegen::Mode::Check),
        ["parity"] => parity::run(),
        ["test"] => test::run(),
        ["test", "--install"] => packages::require_for_tests(),
        ["tidy"] => tidy::run(),
        ["virsh", daemon @ ("libvirtd" | "omnivirtd")] => virsh::run(daemon),
        ["wire-check", folder] => wire_check::run(folder.as_ref()),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no such task: {}\n\n{HELP}", other.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
