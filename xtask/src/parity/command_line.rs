//! QEMU's command lines beside those that libvirt makes.

use crate::{TaskResult, repository};
use serde::Deserialize;
use std::process::Command;

/// What the comparator found, in per cent or as a share of one.
#[derive(Debug, Deserialize)]
struct Scores {
    command_lines: u32,
    made: u32,
    exact_pct: Option<f64>,
    kv_jaccard_mean: Option<f64>,
    device_recall_pct: Option<f64>,
    crashes_or_timeouts: u32,
}

/// The least that each score must be, in per cent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Least {
    /// Command lines that are made at all.
    made: f64,
    /// Devices that are there.
    devices: f64,
    /// Properties that are the same, of all that one or the other has.
    properties: f64,
    /// Command lines that are the same.
    exact: f64,
}

/// Compares them, prints the scores, and fails where one is less than it must be.
pub(super) fn run(least: &Least) -> TaskResult {
    let root = repository::root();
    let comparator = root.join("../shared/corpus/scripts/argv-parity");
    let example = ["-p", "omnivirt-driver-qemu", "--example", "command_line"];
    let program = super::build(&example, "debug/examples/command_line", &root)?;
    let mut command = Command::new("python3");
    command.arg(&comparator).args(["--part", "dev", "--jobs", "2", "--timeout", "30"]);
    command.arg("--cmd").arg(format!("{} {{input}}", program.display()));
    let output = command.output().map_err(|error| format!("cannot run the comparator: {error}"))?;
    if !output.status.success() {
        return Err(format!("the comparator failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let scores: Scores = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("the comparator's scores of command lines: {error}"))?;
    check(&scores, least)
}

fn check(scores: &Scores, least: &Least) -> TaskResult {
    let made = 100.0 * f64::from(scores.made) / f64::from(scores.command_lines.max(1));
    let found = [
        ("made", Some(made), least.made),
        ("devices", scores.device_recall_pct, least.devices),
        ("properties", scores.kv_jaccard_mean.map(|share| 100.0 * share), least.properties),
        ("exact", scores.exact_pct, least.exact),
    ];
    println!("{} command lines", scores.command_lines);
    let mut below = Vec::new();
    for (what, score, least) in found {
        let Some(score) = score else {
            return Err("no command lines were compared".into());
        };
        println!("{what:14} {score:>8.2} %");
        if score < least {
            below.push(format!("command lines: {what} is below {least} %"));
        }
    }
    if scores.crashes_or_timeouts > 0 {
        below.push(format!("command lines: {} crashes or timeouts", scores.crashes_or_timeouts));
    }
    if below.is_empty() { Ok(()) } else { Err(below.join("; ")) }
}
