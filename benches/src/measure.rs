//! Running the three sides in turn.

use crate::arguments::Options;
use crate::cases::{RUNS, Run};
use crate::harness::{self, Side};
use crate::noise::{self, Usage};
use crate::report::{Measured, Report};
use crate::scratch::Scratch;
use crate::{Outcome, table};
use nix::sys::resource::{UsageWho, getrusage};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// One figure, as every program prints it: a line of JSON.
#[derive(Debug, Deserialize)]
struct Figure {
    #[serde(rename = "m")]
    metric: String,
    #[serde(rename = "v")]
    value: f64,
    #[serde(rename = "u")]
    unit: String,
}

/// The figures of one round of a program, by name, with their units.
pub(crate) type Figures = BTreeMap<String, (f64, String)>;

struct Programs {
    ours: PathBuf,
    /// None where no run starts it.
    omnivirtd: Option<PathBuf>,
    libvirt: Side,
    virsh: Side,
    floor: Side,
    null_server: Side,
    lvqemu: Side,
    qmpfloor: Side,
}

/// Measures, prints the table, and writes the figures down.
pub(crate) fn run(options: &Options) -> Outcome {
    let is_chosen = |run: &&Run| {
        options.only.is_empty() || options.only.iter().any(|part| run.name.contains(part.as_str()))
    };
    let chosen: Vec<&Run> = RUNS.iter().filter(is_chosen).collect();
    let mut scratch = Scratch::new()?;
    // Each takes minutes to build: only what a chosen run starts is built.
    let starts = |program: &str| chosen.iter().any(|run| run.ours.contains(program));
    if starts("{omnivirt}") {
        let omnivirt = options.cli.clone().map_or_else(harness::build_omnivirt, Ok)?;
        scratch.name("{omnivirt}", &omnivirt);
    }
    let omnivirtd = match std::env::var_os("OMNIVIRTD") {
        Some(path) => Some(path.into()),
        None if starts("omnivirtd") => Some(harness::build_omnivirtd()?),
        None => None,
    };
    noise::go_first();
    let virsh = harness::first_line("virsh", &["--version"]);
    let programs = Programs {
        ours: std::env::current_exe()?,
        omnivirtd,
        libvirt: harness::build_c("lvbench", "libvirt", scratch.folder()),
        virsh: virsh.map(PathBuf::from).ok_or_else(|| "virsh is not installed".to_owned()),
        floor: harness::build_c("floor", "libxml-2.0", scratch.folder()),
        null_server: harness::build_c("nullserver", "libxml-2.0", scratch.folder()),
        lvqemu: harness::build_c("lvqemu", "libvirt-qemu", scratch.folder()),
        qmpfloor: harness::build_c("qmpfloor", "libxml-2.0", scratch.folder()),
    };
    let named = [
        ("{nullserver}", &programs.null_server),
        ("{lvqemu}", &programs.lvqemu),
        ("{qmpfloor}", &programs.qmpfloor),
    ];
    for (name, program) in named {
        if let Ok(program) = program {
            scratch.name(name, program);
        }
    }
    let mut report = Report::new(options.rounds);
    for run in chosen {
        report.runs.insert(run.name, measure(run, options, &scratch, &programs));
    }
    table::print(&report);
    report.write(&options.json)?;
    eprintln!("figures of every round: {}", options.json.display());
    let failed = report.runs.values().flat_map(|run| &run.failures).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} programs failed; see above").into()) }
}

fn measure(run: &Run, options: &Options, scratch: &Scratch, programs: &Programs) -> Measured {
    let is_daemon = run.ours.starts_with("daemon ");
    let is_qemu = run.ours.starts_with("qemu ");
    let is_command = is_daemon || is_qemu || run.ours.starts_with("spawn ");
    let here = || Ok(programs.ours.clone());
    let libvirt = match &programs.virsh {
        _ if !is_command => programs.libvirt.clone(),
        _ if is_qemu => programs.lvqemu.clone().and_then(|_| here()),
        Ok(_) => here(),
        Err(reason) => Err(reason.clone()),
    };
    let floor = match &programs.null_server {
        _ if !is_command => programs.floor.clone(),
        _ if is_qemu => programs.qmpfloor.clone().and_then(|_| here()),
        Err(reason) if is_daemon => Err(reason.clone()),
        _ => here(),
    };
    let mut measured = Measured::default();
    let mut sides = vec![("ours", here(), run.ours)];
    for (name, program, arguments) in [("libvirt", libvirt, run.libvirt), ("floor", floor, run.floor)] {
        match (program, arguments) {
            (Err(reason), Some(_)) => drop(measured.missing.insert(name, reason)),
            (program, Some(arguments)) => sides.push((name, program, arguments)),
            (_, None) => {}
        }
    }
    for round in 0..options.rounds {
        // Who goes first changes, so that nobody always runs on a machine that another has warmed up.
        sides.rotate_left(usize::from(round > 0));
        eprint!("\r\x1b[K{} {}/{}", run.name, round + 1, options.rounds);
        for (name, program, arguments) in &sides {
            let Ok(program) = program else { continue };
            let inside = *program == programs.ours;
            noise::wait_for_quiet(options.wait_quiet);
            let (before, cpu) = (Usage::now(), children_cpu());
            let result = execute(
                run.one_cpu,
                program,
                inside,
                programs.omnivirtd.as_deref(),
                &scratch.arguments(arguments),
            );
            measured.background.push(before.background_since(children_cpu().saturating_sub(cpu)));
            match result {
                Ok(figures) => measured.add(name, round, figures),
                Err(error) => measured.failures.push(format!("{} ({name}): {error}", run.name)),
            }
        }
    }
    eprintln!();
    for failure in &measured.failures {
        eprintln!("{failure}");
    }
    measured
}

fn execute(
    one_cpu: bool,
    program: &Path,
    inside: bool,
    omnivirtd: Option<&Path>,
    arguments: &[String],
) -> Outcome<Figures> {
    let mut command = match one_cpu {
        true => Command::new("taskset"),
        false => Command::new(program),
    };
    if one_cpu {
        command.args(["--cpu-list", &noise::a_cpu()?]).arg(program);
    }
    if inside {
        command.arg("workload");
    }
    if let Some(omnivirtd) = omnivirtd {
        command.env("OMNIVIRTD", omnivirtd);
    }
    let output = command.args(arguments).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", output.status, message.trim()).into());
    }
    let lines = String::from_utf8(output.stdout)?;
    let figures = lines.lines().map(serde_json::from_str::<Figure>).collect::<Result<Vec<_>, _>>()?;
    Ok(figures.into_iter().map(|figure| (figure.metric, (figure.value, figure.unit))).collect())
}

/// The CPU time of all programs that this one has started and that have ended.
fn children_cpu() -> Duration {
    getrusage(UsageWho::RUSAGE_CHILDREN)
        .map(|usage| [usage.user_time(), usage.system_time()])
        .map(|times| times.iter().map(crate::workload::duration).sum())
        .unwrap_or_default()
}
