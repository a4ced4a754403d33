//! `cargo xtask virsh DAEMON`: writes down what virsh says to the session of `peers/virsh`.

use crate::{TaskResult, repository};
use std::process::Command;

pub(crate) fn run(daemon: &str) -> TaskResult {
    let mut program = Command::new(env!("CARGO"));
    program.args(["run", "--quiet", "-p", "omnivirt-peers", "--bin", "virsh-session", "--", daemon]);
    match program.current_dir(repository::root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the session with {daemon} failed ({status})")),
        Err(error) => Err(format!("cannot run the session: {error}")),
    }
}
