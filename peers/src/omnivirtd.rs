//! Our daemon, built as it is now.

use crate::daemon::Daemon;
use crate::{Result, repository};
use rustix::process::Signal;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Starts it on a folder of its own, with no authentication.
///
/// # Errors
///
/// It cannot be built or started.
pub fn start() -> Result<Daemon> {
    start_with("")
}

/// Starts it with more lines in its configuration.
///
/// # Errors
///
/// It cannot be built or started.
pub fn start_with(configuration: &str) -> Result<Daemon> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    // The user whom QEMU runs as finds what is made in it.
    let open = std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711));
    open.map_err(|error| error.to_string())?;
    let file = folder.path().join("omnivirtd.toml");
    std::fs::write(&file, configuration).map_err(|error| error.to_string())?;
    let mut command = Command::new(program()?);
    command.arg("--config").arg(&file);
    command.arg("--socket-dir").arg(folder.path()).arg("--state-dir").arg(folder.path().join("state"));
    Daemon::start(command, folder, "libvirt-sock", Signal::TERM, "omnivirtd")
}

/// The program. `OMNIVIRTD` names one that is there already.
///
/// # Errors
///
/// It cannot be built.
pub fn program() -> Result<PathBuf> {
    static PROGRAM: OnceLock<Result<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("OMNIVIRTD").map_or_else(built, |path| Ok(path.into()))).clone()
}

fn built() -> Result<PathBuf> {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "-p", "omnivirt-daemon", "--bin", "omnivirtd"]).current_dir(repository());
    let status = build.status().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err("omnivirtd cannot be built".into());
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    Ok(target.join("debug/omnivirtd"))
}
