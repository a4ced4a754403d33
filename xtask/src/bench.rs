//! `cargo xtask bench`: what SPECIFICATION.md promises, measured beside libvirt where it is installed.

use crate::packages::{self, Need};
use crate::{TaskResult, repository};
use std::process::Command;

/// What the comparison needs.
const NEEDED: [Need; 8] = [
    ("cc", &["--version"], "gcc"),
    ("make", &["--version"], "make"),
    ("pkg-config", &["--version"], "pkg-config"),
    ("pkg-config", &["--exists", "libvirt"], "libvirt-dev"),
    ("pkg-config", &["--exists", "libxml-2.0"], "libxml2-dev"),
    ("virsh", &["--version"], "libvirt-clients"),
    ("id", &["libvirt-qemu"], "libvirt-daemon-system"),
    ("taskset", &["--version"], "util-linux"),
];

/// `arguments` are the benches' own, save for `--install`.
pub(crate) fn run(arguments: &[&str]) -> TaskResult {
    let missing = packages::missing(&NEEDED);
    if arguments.contains(&"--install") {
        packages::install(&missing)?;
    } else if !missing.is_empty() {
        println!(
            "for the comparison with libvirt these packages are missing: {}\n\
             `cargo xtask bench --install` installs them, as root, with apt-get",
            missing.join(" ")
        );
    }
    let status = Command::new(env!("CARGO"))
        .args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--"])
        .args(arguments.iter().filter(|argument| **argument != "--install"))
        .current_dir(repository::root())
        .status()
        .map_err(|error| format!("cannot run the benches: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the benches failed ({status})")) }
}
