//! What was measured, and how it compares.

use crate::Outcome;
use crate::cases::{CASES, Case};
use crate::harness::first_line;
use crate::measure::Figures;
use crate::statistics::median;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// All runs, and where and when they were made.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) rounds: usize,
    pub(crate) runs: BTreeMap<&'static str, Measured>,
}

/// What the sides of a run said, round by round.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    rounds: BTreeMap<(&'static str, usize), Figures>,
    /// Sides that could not run, and why.
    pub(crate) missing: BTreeMap<&'static str, String>,
    pub(crate) failures: Vec<String>,
    /// The share of the machine that others used, program by program.
    pub(crate) background: Vec<f64>,
}

/// A case, judged.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) run: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: String,
    /// The median of each side.
    pub(crate) ours: Option<f64>,
    pub(crate) libvirt: Option<f64>,
    pub(crate) floor: Option<f64>,
    /// The median, over the rounds, of ours divided by libvirt's of the same round.
    pub(crate) ratio: Option<f64>,
    pub(crate) goal: String,
    pub(crate) met: Option<bool>,
    /// What each round gave.
    rounds: BTreeMap<&'static str, Vec<f64>>,
}

impl Measured {
    /// Keeps what a side said in a round.
    pub(crate) fn add(&mut self, side: &'static str, round: usize, figures: Figures) {
        self.rounds.insert((side, round), figures);
    }

    fn value(&self, side: &'static str, round: usize, metric: &str) -> Option<f64> {
        self.rounds.get(&(side, round))?.get(metric).map(|(value, _)| *value)
    }

    fn judge(&self, case: &'static Case, rounds: usize) -> Judged {
        let values =
            |side| (0..rounds).filter_map(|round| self.value(side, round, case.metric)).collect::<Vec<_>>();
        let ratio = |round| {
            Some(self.value("ours", round, case.metric)? / self.value("libvirt", round, case.metric)?)
        };
        let ratios: Vec<f64> = (0..rounds).filter_map(ratio).collect();
        let unit =
            self.rounds.values().find_map(|figures| figures.get(case.metric)).map(|(_, unit)| unit.clone());
        let unit = unit.unwrap_or_default();
        let (ours, floor, ratio) = (median(&values("ours")), median(&values("floor")), median(&ratios));
        Judged {
            run: case.run,
            metric: case.metric,
            title: case.title,
            ours,
            libvirt: median(&values("libvirt")),
            floor,
            ratio,
            goal: case.goal.text(&unit),
            met: case.goal.is_met(ours, ratio, floor),
            unit,
            rounds: ["ours", "libvirt", "floor"].map(|side| (side, values(side))).into(),
        }
    }
}

impl Report {
    /// A report of nothing yet.
    pub(crate) fn new(rounds: usize) -> Self {
        Self { rounds, runs: BTreeMap::new() }
    }

    /// Every case that was measured, in the order of the cases.
    pub(crate) fn judged(&self) -> Vec<Judged> {
        CASES.iter().filter_map(|case| Some(self.runs.get(case.run)?.judge(case, self.rounds))).collect()
    }

    /// The share of the machine that others used while the programs ran: the middle of all of them.
    pub(crate) fn background(&self) -> f64 {
        let all: Vec<f64> = self.runs.values().flat_map(|run| run.background.iter().copied()).collect();
        median(&all).unwrap_or(0.0)
    }

    /// Why columns are empty.
    pub(crate) fn missing(&self) -> BTreeMap<&'static str, &str> {
        self.runs
            .values()
            .flat_map(|run| run.missing.iter().map(|(side, why)| (*side, why.as_str())))
            .collect()
    }

    /// Where and when it was measured, in words.
    pub(crate) fn circumstances(&self) -> Vec<(&'static str, String)> {
        let cpu_information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpu_information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let cpus = std::thread::available_parallelism().map_or(0, usize::from);
        let unknown = || "unknown".to_owned();
        vec![
            ("date", first_line("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]).unwrap_or_else(unknown)),
            ("machine", format!("{cpus} × {}", model.map_or("an unknown CPU", |(_, model)| model))),
            ("kernel", first_line("uname", &["-sr"]).unwrap_or_else(unknown)),
            ("compiler", first_line("rustc", &["--version"]).unwrap_or_else(unknown)),
            ("libvirt", first_line("virsh", &["--version"]).unwrap_or_else(|| "not installed".to_owned())),
            ("rounds", self.rounds.to_string()),
            ("used by others", format!("{:.0} % of the machine", self.background() * 100.0)),
        ]
    }

    /// Writes all of it as JSON.
    pub(crate) fn write(&self, path: &Path) -> Outcome {
        let circumstances: serde_json::Map<String, Value> = self
            .circumstances()
            .into_iter()
            .map(|(name, value)| (name.replace(' ', "_"), json!(value)))
            .collect();
        let failures: Vec<&String> = self.runs.values().flat_map(|run| &run.failures).collect();
        let report = json!({
            "circumstances": circumstances,
            "missing": self.missing(),
            "failures": failures,
            "cases": self.judged(),
        });
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?)
    }
}
