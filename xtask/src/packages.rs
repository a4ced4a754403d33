//! Debian's packages that a task needs.

use crate::TaskResult;
use std::process::{Command, Stdio};

/// Something that is needed: a program and its arguments that say whether it is there, and the package that has it.
pub(crate) type Need = (&'static str, &'static [&'static str], &'static str);

/// What the tests with real programs need: libvirt's daemon, with QEMU, and its clients.
const FOR_TESTS: [Need; 11] = [
    ("virsh", &["--version"], "libvirt-clients"),
    ("libvirtd", &["--version"], "libvirt-daemon-system"),
    // libvirtd does not start its QEMU driver without the user that is meant for it.
    ("id", &["libvirt-qemu"], "libvirt-daemon-system"),
    ("qemu-system-x86_64", &["--version"], "qemu-system-x86"),
    ("/usr/lib/qemu/virtiofsd", &["--version"], "qemu-system-common"),
    ("swtpm", &["--version"], "swtpm"),
    ("/usr/bin/python3", &["-c", "import libvirt"], "python3-libvirt"),
    ("/usr/bin/perl", &["-MSys::Virt", "-e", "1"], "libsys-virt-perl"),
    ("virt-install", &["--version"], "virtinst"),
    // The guest of `peers/guest` is assembled.
    ("ld", &["--version"], "binutils"),
    ("unshare", &["--version"], "util-linux"),
];

/// Sees to it that what the tests need is installed; installs it, as root.
pub(crate) fn require_for_tests() -> TaskResult {
    let missing = missing(&FOR_TESTS);
    install(&missing).map_err(|error| {
        format!("the tests with real programs need these packages: {}\n{error}", missing.join(" "))
    })?;
    if missing.is_empty() {
        println!("all packages are there");
    }
    Ok(())
}

/// The packages of what is not there.
pub(crate) fn missing(needed: &[Need]) -> Vec<&'static str> {
    let is_there = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Programs of the administrator's are not in everyone's path.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command.status().is_ok_and(|status| status.success())
    };
    let missing = needed.iter().filter(|(program, arguments, _)| !is_there(program, arguments));
    let mut packages: Vec<_> = missing.map(|need| need.2).collect();
    packages.dedup();
    packages
}

/// Installs packages with apt-get.
pub(crate) fn install(packages: &[&str]) -> TaskResult {
    if packages.is_empty() {
        return Ok(());
    }
    for arguments in [vec!["update"], [&["install", "--yes", "--no-install-recommends"], packages].concat()] {
        println!("apt-get {}", arguments.join(" "));
        let status =
            Command::new("apt-get").args(&arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
        let status = status.map_err(|error| format!("cannot run apt-get: {error}"))?;
        if !status.success() {
            return Err(format!(
                "apt-get {} failed ({status}); it has to be run as root",
                arguments.join(" ")
            ));
        }
    }
    Ok(())
}
