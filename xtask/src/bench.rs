//! `cargo xtask bench`: what SPECIFICATION.md promises, measured beside libvirt where it is installed.

use crate::{TaskResult, repository};
use std::process::{Command, Stdio};

/// What the comparison needs: what says whether it is there, and Debian's package.
const NEEDED: [(&str, &[&str], &str); 7] = [
    ("cc", &["--version"], "gcc"),
    ("make", &["--version"], "make"),
    ("pkg-config", &["--version"], "pkg-config"),
    ("pkg-config", &["--exists", "libvirt"], "libvirt-dev"),
    ("pkg-config", &["--exists", "libxml-2.0"], "libxml2-dev"),
    ("virsh", &["--version"], "libvirt-clients"),
    ("taskset", &["--version"], "util-linux"),
];

/// `arguments` are the benches' own, save for `--install`.
pub(crate) fn run(arguments: &[&str]) -> TaskResult {
    let missing = missing();
    if arguments.contains(&"--install") {
        install(&missing)?;
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

fn missing() -> Vec<&'static str> {
    let is_there = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    NEEDED.iter().filter(|(program, arguments, _)| !is_there(program, arguments)).map(|need| need.2).collect()
}

fn install(packages: &[&str]) -> TaskResult {
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
