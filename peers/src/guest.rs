//! The smallest guest: a real machine for QEMU's emulation, ready in a fraction of a second.

use crate::{Result, own_file};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the guest of the folder `guest` into a folder. It says `READY` on its first serial port, gives back what it
/// reads there, and turns itself off at the power button. `!` and a letter make it do what the table in `guest.s` says.
///
/// # Errors
///
/// There is no assembler or linker, which come with a C compiler.
pub fn build(into: &Path) -> Result<PathBuf> {
    let (object, kernel) = (into.join("guest.o"), into.join("guest.elf"));
    let run = |program: &str, arguments: &[&Path]| {
        let outcome =
            Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
        let message = String::from_utf8_lossy(&outcome.stderr).into_owned();
        if outcome.status.success() { Ok(()) } else { Err(format!("{program}: {message}")) }
    };
    run("as", &["--32".as_ref(), "-o".as_ref(), &object, &own_file("guest/guest.s")])?;
    let script = own_file("guest/guest.ld");
    run(
        "ld",
        &["-m".as_ref(), "elf_i386".as_ref(), "-T".as_ref(), &script, "-o".as_ref(), &kernel, &object],
    )?;
    Ok(kernel)
}

/// The processes that work in a folder or below it, as guests and their helpers do in that of their run.
#[must_use]
pub fn running_in(folder: &Path) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let there = processes.filter_map(std::result::Result::ok).filter(|process| {
        // One that has ended meanwhile works nowhere.
        std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    });
    there.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?)).collect()
}

/// Ends those processes: a test ends what it has started, also when it fails.
pub fn end_all_in(folder: &Path) {
    for pid in running_in(folder) {
        // It may have ended meanwhile, or be stopped.
        let _ = kill_process(pid, Signal::KILL);
    }
}
