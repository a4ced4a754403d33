//! `cargo xtask parity`: documents as `omnivirt xml normalise` prints them, and the command lines made of them, beside what libvirt
//! made of them.
//!
//! The corpus lies beside the repository, as `shared/corpus`. `xtask/parity.toml` has the least of each kind.

mod command_line;

use crate::{TaskResult, repository};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the comparator found for a kind of document, in per cent; none where there is nothing to compare.
#[derive(Debug, Deserialize)]
struct Scores {
    comparisons: u32,
    accept_agree_pct: Option<f64>,
    semantic_equal_pct: Option<f64>,
    error_code_agree_pct: Option<f64>,
}

/// The least that each score of a kind must be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Least {
    accepted: f64,
    equal: f64,
    codes: f64,
}

/// The least that all scores must be.
#[derive(Debug, Deserialize)]
struct Leasts {
    #[serde(rename = "command-line")]
    command_line: command_line::Least,
    #[serde(flatten)]
    kinds: BTreeMap<String, Least>,
}

pub(crate) fn run() -> TaskResult {
    let comparator = repository::root().join("../shared/corpus/scripts/xml-parity");
    if !comparator.exists() {
        println!("not run: there is no corpus at {}", comparator.display());
        return Ok(());
    }
    let has_python =
        Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has_python {
        println!("not run: the comparator needs python3");
        return Ok(());
    }
    let scores = compare(&comparator, &built()?)?;
    let least = least()?;
    check(&scores, &least.kinds)?;
    command_line::run(&least.command_line)
}

/// The program, built as it is now.
fn built() -> TaskResult<PathBuf> {
    let root = repository::root();
    build(&["-p", "omnivirt-cli"], "debug/omnivirt", &root)
}

/// Builds a program. The answer is its path.
fn build(what: &[&str], program: &str, root: &Path) -> TaskResult<PathBuf> {
    let mut build = Command::new(env!("CARGO"));
    let status = build.args(["build", "--quiet"]).args(what).current_dir(root).status();
    if !status.is_ok_and(|status| status.success()) {
        return Err(format!("{program} cannot be built"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join(program))
}

fn compare(comparator: &Path, program: &Path) -> TaskResult<BTreeMap<String, Scores>> {
    let normalise = format!(
        "{} xml normalise --as {{run}} --kind {{kind}} --base={{base}} --op={{op}} --flags={{flags}} --preload={{preload}} {{input}}",
        program.display()
    );
    let mut command = Command::new("python3");
    command.arg(comparator).args([
        "--part",
        "dev",
        "--by",
        "kind",
        "--jobs",
        "2",
        "--timeout",
        "30",
        "--cmd",
        &normalise,
    ]);
    let output = command.output().map_err(|error| format!("cannot run the comparator: {error}"))?;
    if !output.status.success() {
        return Err(format!("the comparator failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("the comparator's scores: {error}"))
}

fn least() -> TaskResult<Leasts> {
    let path = repository::root().join("xtask/parity.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Prints the scores as a table, and fails where one is less than it must be.
fn check(scores: &BTreeMap<String, Scores>, least: &BTreeMap<String, Least>) -> TaskResult {
    println!("{:14} {:>6} {:>9} {:>9} {:>9}", "kind", "cases", "accepted", "equal", "codes");
    let mut below = Vec::new();
    for (kind, found) in scores {
        let cell = |score: Option<f64>| score.map_or("-".to_owned(), |score| format!("{score:.2} %"));
        println!(
            "{kind:14} {:>6} {:>9} {:>9} {:>9}",
            found.comparisons,
            cell(found.accept_agree_pct),
            cell(found.semantic_equal_pct),
            cell(found.error_code_agree_pct)
        );
        let Some(least) = least.get(kind) else {
            below.push(format!("{kind}: xtask/parity.toml has no least scores for it"));
            continue;
        };
        for (what, score, least) in [
            ("accepted", found.accept_agree_pct, least.accepted),
            ("equal", found.semantic_equal_pct, least.equal),
            ("codes", found.error_code_agree_pct, least.codes),
        ] {
            if score.is_some_and(|score| score < least) {
                below.push(format!("{kind}: {what} is below {least} %"));
            }
        }
    }
    if let Some(kind) = least.keys().find(|kind| !scores.contains_key(*kind)) {
        below.push(format!("{kind}: nothing was compared"));
    }
    if below.is_empty() { Ok(()) } else { Err(below.join("; ")) }
}
