//! `cargo xtask wire-check DIR`: every packet of recorded sessions is read and written again.

use crate::{TaskResult, repository};
use std::path::Path;
use std::process::Command;

pub(crate) fn run(folder: &Path) -> TaskResult {
    let folder = std::path::absolute(folder).map_err(|error| error.to_string())?;
    let mut check = Command::new(env!("CARGO"));
    check.args(["run", "--quiet", "-p", "omnivirt-wire", "--example", "check", "--"]).arg(&folder);
    let status = check.current_dir(repository::root()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the packets in {} do not all pass ({status})", folder.display())),
        Err(error) => Err(format!("cannot run the check: {error}")),
    }
}

/// The sessions that lie beside the repository, if they do.
pub(crate) fn run_beside() -> TaskResult {
    let folder = repository::root().join("../shared/protocol/transcripts");
    if folder.is_dir() {
        return run(&folder);
    }
    println!("not run: there are no recorded sessions at {}", folder.display());
    Ok(())
}
