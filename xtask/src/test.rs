//! `cargo xtask test`: all that must hold before a change lands, each step named and timed.

use crate::{TaskResult, codegen, packages, parity, repository, tidy, wire_check};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

pub(crate) fn run() -> TaskResult {
    let started = Instant::now();
    require_components()?;
    step("packages", packages::require_for_tests)?;
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("codegen", || codegen::run(codegen::Mode::Check))?;
    step("tidy", tidy::run)?;
    step("clippy", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step("docs", || {
        run_command(cargo_command(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("toy driver, outside the tree", toy_driver)?;
    step("unit, conformance, example and doc tests", || cargo(&["test", "--workspace", "--no-fail-fast"]))?;
    step("every kind of document, made up", || {
        cargo(&["test", "-p", "omnivirt-model", "--features", "json,arbitrary", "--test", "kinds"])
    })?;
    step("documents as libvirt has them", parity::run)?;
    step("packets as real peers send them", wire_check::run_beside)?;
    println!("\nxtask test: everything passed in {} s", started.elapsed().as_secs());
    Ok(())
}

/// rustfmt and clippy are parts of the toolchain that a minimal one lacks.
fn require_components() -> TaskResult {
    for (tool, component) in [("rustfmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        let there = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            println!("installing {component}");
            run_command(Command::new("rustup").args(["component", "add", component]))
                .map_err(|error| format!("{component} is missing and could not be installed: {error}"))?;
        }
    }
    Ok(())
}

/// The toy driver stands for one from outside the tree: it is copied away and built against the published surface.
fn toy_driver() -> TaskResult {
    let away = tempfile::tempdir().map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let source = repository::root().join("examples/toy_driver");
    copy_folder(&source, away.path())?;
    let manifest = away.path().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).map_err(|error| error.to_string())?;
    // Nothing is published yet: the paths stand for versions.
    let text = text.replace("\"../../", &format!("\"{}/", repository::root().display()));
    std::fs::write(&manifest, text).map_err(|error| error.to_string())?;
    // The same versions and profile as here: what is built already is not built again.
    std::fs::copy(repository::root().join("Cargo.lock"), away.path().join("Cargo.lock"))
        .map_err(|error| error.to_string())?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| repository::root().join("target").into());
    let mut test = Command::new(env!("CARGO"));
    test.arg("test").current_dir(away.path());
    run_command(test.env("CARGO_TARGET_DIR", target).env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only"))
}

fn copy_folder(from: &Path, to: &Path) -> TaskResult {
    let failed = |error: std::io::Error| format!("cannot copy {}: {error}", from.display());
    std::fs::create_dir_all(to).map_err(failed)?;
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
        }
    }
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> TaskResult) -> TaskResult {
    println!("\n==> {name}");
    let started = Instant::now();
    work().map_err(|error| format!("{name}: {error}"))?;
    println!("==> {name}: ok, {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(repository::root());
    // A change is judged by the same values as the one before it. New ones are drawn by the fuzz targets, and by the tests alone.
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        command.env("PROPTEST_RNG_SEED", "1");
    }
    command
}

fn cargo(arguments: &[&str]) -> TaskResult {
    run_command(&mut cargo_command(arguments))
}

fn run_command(command: &mut Command) -> TaskResult {
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed ({status})")) }
}
