//! A Linux guest with Debian's kernel, busybox and the guest agent: for what the smallest guest cannot do.

mod archive;
mod parts;

use crate::{Result, own_file};
use archive::Archive;
use parts::Parts;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A guest that can be started with its kernel and its first file system.
///
/// It says `READY` on its first serial port, and runs the lines that it reads there in a shell. `agent start` and
/// `agent stop` are commands of its own; the agent runs from the beginning where it has a port. It turns itself off at
/// the power button. It takes 128 MiB of memory, and some seconds to start.
#[derive(Debug)]
pub struct Linux {
    /// The kernel, as QEMU loads it.
    pub kernel: PathBuf,
    /// The file system that it starts with.
    pub initrd: PathBuf,
}

impl Linux {
    /// What its kernel is to be told. On a busy host an emulated timer may be late; the kernel is not to give up for that.
    pub const COMMAND_LINE: &str = "console=ttyS0 quiet no_timer_check";
}

/// Builds the guest into a folder. What it is made of is kept in `cache`, and fetched with apt where it is not there.
///
/// # Errors
///
/// Debian's packages cannot be fetched or unpacked.
pub fn build(cache: &Path, into: &Path) -> Result<Linux> {
    // Tests that come at once fetch them once.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let turn = ONE_AT_A_TIME.lock().map_err(|_| "another test broke off while it built the guest")?;
    let parts = Parts::fetch(&cache.join("linux-guest"))?;
    drop(turn);
    let initrd = into.join("linux.initrd");
    fs::write(&initrd, first_file_system(&parts)?)
        .map_err(|error| format!("cannot write {}: {error}", initrd.display()))?;
    Ok(Linux { kernel: parts.kernel(), initrd })
}

/// The file system that the kernel starts with, which is the only one.
fn first_file_system(parts: &Parts) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for (path, source) in [
        ("init", "init.sh"),
        ("bin/agent", "agent.sh"),
        ("sbin/shutdown", "shutdown.sh"),
        // The name is that of the button in ACPI, and of what happens to it.
        ("etc/acpi/PWRF/00000080", "button.sh"),
    ] {
        archive.file(path, &read(&own_file("guest").join(source))?);
    }
    archive.file("bin/busybox", &read(&parts.busybox())?);
    archive.file("bin/qemu-ga", &read(&parts.agent())?);
    for library in parts.libraries_of_agent()? {
        archive.file(library.trim_start_matches('/'), &read(Path::new(&library))?);
    }
    // Their names begin with the number of their turn.
    for module in parts.modules()? {
        let name = module.file_name().unwrap_or_default().to_string_lossy();
        archive.file(&format!("modules/{name}"), &read(&module)?);
    }
    for folder in ["proc", "sys", "dev", "run", "tmp", "var/run", "var/log"] {
        archive.folder(folder);
    }
    Ok(archive.finish())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
