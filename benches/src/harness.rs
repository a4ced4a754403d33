//! The programs of the three sides: found or built.

use crate::Outcome;
use crate::scratch::repository;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A side of the comparison that is not ours: the program, or why there is none.
pub(crate) type Side = Result<PathBuf, String>;

/// Builds a program of `libvirt/` into the folder.
pub(crate) fn build_c(program: &str, library: &str, folder: &Path) -> Side {
    for tool in ["make", "cc", "pkg-config"] {
        // How `cc --version` ends does not matter, as long as there is one.
        if Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            return Err(format!("{tool} is not installed"));
        }
    }
    let found = Command::new("pkg-config").args(["--exists", library]).status();
    if !found.is_ok_and(|status| status.success()) {
        return Err(format!("the development files of {library} are not installed"));
    }
    let built = folder.join(program);
    let output = Command::new("make")
        .args(["--silent", "-C"])
        .arg(repository().join("benches/libvirt"))
        .arg(format!("BUILD={}", folder.display()))
        .arg(&built)
        .output()
        .map_err(|error| format!("make did not start: {error}"))?;
    if output.status.success() {
        Ok(built)
    } else {
        Err(format!("{program} did not build: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Builds the `omnivirt` command as it is released, and says where it is.
pub(crate) fn build_omnivirt() -> Outcome<PathBuf> {
    build("omnivirt-cli")
}

/// Builds `omnivirtd` as it is released, and says where it is.
pub(crate) fn build_omnivirtd() -> Outcome<PathBuf> {
    build("omnivirt-daemon")
}

fn build(package: &str) -> Outcome<PathBuf> {
    eprintln!("building {package}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--package", package, "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(repository().join("Cargo.toml"))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{package} did not build").into());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let programs = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program =
        programs.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    program.ok_or_else(|| format!("cargo built no program of {package}").into())
}

/// What a command prints first; nothing where there is no such command.
pub(crate) fn first_line(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().filter(|_| output.status.success()).map(|line| line.trim().to_owned())
}
