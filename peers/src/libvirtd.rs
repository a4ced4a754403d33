//! Debian's libvirtd, private: it sees none of the machine's own, and leaves nothing behind.

use crate::Result;
use crate::daemon::Daemon;
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
    if !rustix::process::geteuid().is_root() {
        return Err("a private libvirtd can only be started as root".into());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
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
