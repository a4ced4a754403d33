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

/// The sessions that lie beside the repository, if they do: their packets, and what our daemon makes of the client's half.
pub(crate) fn run_beside() -> TaskResult {
    let folder = repository::root().join("../shared/protocol/transcripts");
    if !folder.is_dir() {
        println!("not run: there are no recorded sessions at {}", folder.display());
        return Ok(());
    }
    run(&folder)?;
    let mut replay = Command::new(env!("CARGO"));
    replay.args(["test", "--quiet", "-p", "omnivirt-peers", "--test", "replay", "--", "--ignored"]);
    match replay.current_dir(repository::root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("not all sessions can be played again ({status})")),
        Err(error) => Err(format!("cannot play the sessions again: {error}")),
    }
}
