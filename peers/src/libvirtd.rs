//! Debian's libvirtd, private: it sees none of the machine's own, and leaves nothing behind.

use crate::daemon::Daemon;
use crate::{Result, program};
use rustix::process::Signal;
use std::process::Command;

/// Starts libvirtd and virtlogd, with all their drivers and no authentication.
///
/// They are in namespaces of their own: mounts, so that their state is in a folder of ours; network, so that their
/// bridges are nobody's; pids, so that whatever they leave ends with them.
///
/// # Errors
///
/// It is not installed, or this is not root.
pub fn start() -> Result<Daemon> {
    start_in(tempfile::tempdir().map_err(|error| error.to_string())?)
}

/// Starts another, which has the cache of one that runs: what its QEMU can do it knows already.
///
/// # Errors
///
/// Those of [`start`]; the cache cannot be copied.
pub fn start_after(before: &Daemon) -> Result<Daemon> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(before.folder().join("cache")).arg(folder.path());
    let copied = program::run(&mut copy)?;
    if copied.code != Some(0) {
        return Err(format!("{copy:?}: {}", copied.errors));
    }
    start_in(folder)
}

fn start_in(folder: tempfile::TempDir) -> Result<Daemon> {
    if !rustix::process::geteuid().is_root() {
        return Err("a private libvirtd can only be started as root".into());
    }
    let mut command = Command::new("unshare");
    command.args([
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "--propagation",
        "private",
    ]);
    command.args(["sh", "-c", include_str!("libvirtd.sh"), "libvirtd.sh"]).arg(folder.path());
    // unshare passes no other signal on; with it everything in the namespaces ends.
    Daemon::start(command, folder, "libvirt-sock", Signal::KILL, "libvirtd")
}
