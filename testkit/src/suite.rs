//! Running the cases against a driver.

use crate::case::Case;
use crate::cases;
use crate::failure::ensure;
use crate::fixture::Fixture;
use crate::manifest::{Expectation, Manifest};
use crate::report::{CaseReport, Report, Status};
use crate::rig::Rig;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a case may take before it counts as hanging.
const CASE_LIMIT: Duration = Duration::from_secs(180);

/// The cases, and the driver that they are run against.
///
/// [`main!`](crate::main) is what a driver's `tests/conformance.rs` calls; this is for programs that look at the
/// outcome themselves.
#[derive(Debug)]
pub struct Suite {
    fixture: Arc<dyn Fixture>,
    manifest: Manifest,
    cases: Vec<Case>,
}

/// A case's outcome before `conformance.toml` is asked.
#[derive(Debug)]
enum Found {
    Holds,
    Broken(String),
    NotClaimed(&'static str),
}

impl Suite {
    /// All cases, against this driver, with what it says that it does not pass.
    pub fn new(fixture: impl Fixture, manifest: Manifest) -> Self {
        let mut cases = cases::all();
        cases.push(manifest_is_true_to(&cases, &manifest));
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        Self { fixture: Arc::new(fixture), manifest, cases }
    }

    /// Runs the cases whose names the filter lets through, one after the other.
    #[must_use]
    pub fn run(&self, filter: impl Fn(&str) -> bool) -> Report {
        let chosen = self.cases.iter().filter(|case| filter(&case.name));
        self.report(chosen.map(|case| self.judge(case)).collect())
    }

    fn report(&self, mut cases: Vec<CaseReport>) -> Report {
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        Report {
            driver: self.fixture.entry().name.into(),
            uri: self.fixture.uri(),
            suite_version: env!("CARGO_PKG_VERSION"),
            filtered_out: self.cases.len() - cases.len(),
            cases,
        }
    }

    fn judge(&self, case: &Case) -> CaseReport {
        let started = Instant::now();
        let expectation = self.manifest.expectation(&case.name);
        let (status, detail) = match expectation {
            Expectation::Skipped(reason) => (Status::Skipped, Some(reason.to_owned())),
            _ => verdict(expectation, attempt(case, &self.fixture)),
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        CaseReport { name: case.name.clone(), rule: case.rule.clone(), status, detail, duration_ms }
    }
}

/// An entry that names no case would hide that a case was renamed.
fn manifest_is_true_to(cases: &[Case], manifest: &Manifest) -> Case {
    let names: Vec<&str> = cases.iter().map(|case| &*case.name).collect();
    let dangling: Vec<String> = manifest.dangling(&names).map(Into::into).collect();
    Case::new(
        "manifest",
        "entries_name_cases",
        "every entry of conformance.toml names a case",
        [],
        move |_| {
            let dangling = dangling.join(", ");
            async move {
                ensure!(dangling.is_empty(), "no case is named {dangling}");
                Ok(())
            }
        },
    )
}

fn verdict(expectation: Expectation<'_>, found: Found) -> (Status, Option<String>) {
    match (expectation, found) {
        (Expectation::Fails(reason), Found::Broken(found)) => {
            (Status::ExpectedFailure, Some(format!("{reason}: {found}")))
        }
        (Expectation::Fails(reason), Found::Holds) => (
            Status::Failed,
            Some(format!("passes, though conformance.toml expects a failure ({reason}): delete the entry")),
        ),
        (_, Found::Holds) => (Status::Passed, None),
        (_, Found::Broken(found)) => (Status::Failed, Some(found)),
        (Expectation::Fails(_), Found::NotClaimed(missing)) => (
            Status::Failed,
            Some(format!(
                "is expected to fail, but not run, as the driver lacks {missing}: delete the entry"
            )),
        ),
        (_, Found::NotClaimed(missing)) => (Status::NotClaimed, Some(missing.into())),
    }
}

/// Runs a case on a thread of its own: one that blocks, or panics, takes nothing else with it.
fn attempt(case: &Case, fixture: &Arc<dyn Fixture>) -> Found {
    let (sender, receiver) = channel();
    let (running, fixture) = (case.clone(), fixture.clone());
    let thread = std::thread::Builder::new()
        .name(case.name.clone())
        // Whoever waits may have given up by then.
        .spawn(move || drop(sender.send(run(&running, fixture))))
        .expect("the host has a thread to spare");
    match receiver.recv_timeout(CASE_LIMIT) {
        Ok(found) => found,
        Err(RecvTimeoutError::Timeout) => Found::Broken(format!("has not ended after {CASE_LIMIT:?}")),
        Err(RecvTimeoutError::Disconnected) => {
            let payload = thread.join().expect_err("a thread that sends nothing has panicked");
            let message = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref().copied());
            Found::Broken(format!("panicked: {}", message.unwrap_or("with something that is no text")))
        }
    }
}

fn run(case: &Case, fixture: Arc<dyn Fixture>) -> Found {
    // Where a host's clock is moved on, what that wakes has to have its turn before the next move: on one thread it has.
    let mut builder = match case.is_slow() {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build().expect("the host has threads to spare");
    let found = runtime.block_on(async {
        let rig = match Rig::open(fixture, case.is_slow()).await {
            Ok(rig) => Arc::new(rig),
            Err(error) => return Found::Broken(format!("the connection does not open: {error}")),
        };
        for need in &case.needs {
            if let Some(missing) = rig.lacks(*need).await {
                return Found::NotClaimed(missing);
            }
        }
        let outcome = case.run(rig.clone()).await;
        match outcome.and(rig.clean_up().await) {
            Ok(()) => Found::Holds,
            Err(failure) => Found::Broken(failure.to_string()),
        }
    });
    runtime.shutdown_background();
    found
}

/// What [`main!`](crate::main) runs: the cases, under the options of `cargo test`.
pub(crate) mod harness {
    use super::*;
    use libtest_mimic::{Arguments, Completion, Failed, Trial};
    use std::io::{self, Write};
    use std::path::PathBuf;
    use std::process::ExitCode;

    /// Names the folder that reports are written to.
    const REPORT_FOLDER: &str = "OMNIVIRT_CONFORMANCE_REPORT";

    /// Runs the suite under the options of `cargo test`, prints the table, and writes the report to the folder that
    /// the variable `OMNIVIRT_CONFORMANCE_REPORT` names.
    pub fn run(fixture: impl Fixture, manifest: &str) -> ExitCode {
        let arguments = Arguments::from_args();
        match try_run(&arguments, fixture, manifest) {
            Ok(code) => code,
            Err(problem) => {
                // Nothing is left to be told that the error stream is closed.
                let _ = writeln!(io::stderr(), "{problem}");
                ExitCode::FAILURE
            }
        }
    }

    fn try_run(arguments: &Arguments, fixture: impl Fixture, manifest: &str) -> Result<ExitCode, String> {
        let suite = Arc::new(Suite::new(fixture, Manifest::parse(manifest)?));
        let reports = Arc::new(Mutex::new(Vec::new()));
        let trials = (0..suite.cases.len()).map(|index| trial(&suite, index, &reports)).collect();
        let conclusion = libtest_mimic::run(arguments, trials);
        if !arguments.list {
            let report = suite.report(std::mem::take(&mut *reports.lock().expect("no case holds the lock")));
            writeln!(io::stdout(), "{}", report.to_table()).map_err(|error| error.to_string())?;
            if let Some(folder) = std::env::var_os(REPORT_FOLDER).map(PathBuf::from) {
                report
                    .write_to(&folder)
                    .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
            }
        }
        Ok(conclusion.exit_code())
    }

    fn trial(suite: &Arc<Suite>, index: usize, reports: &Arc<Mutex<Vec<CaseReport>>>) -> Trial {
        let (suite, reports) = (suite.clone(), reports.clone());
        let name = suite.cases[index].name.clone();
        Trial::ignorable_test(name, move || {
            let report = suite.judge(&suite.cases[index]);
            let (status, detail) = (report.status, report.detail.clone().unwrap_or_default());
            let rule = report.rule.clone();
            reports.lock().expect("no case holds the lock").push(report);
            match status {
                Status::Passed => Ok(Completion::Completed),
                Status::Failed => Err(Failed::from(format!("{rule}\n  {detail}"))),
                Status::NotClaimed => Ok(Completion::ignored_with(format!("the driver lacks {detail}"))),
                Status::Skipped => Ok(Completion::ignored_with(detail)),
                Status::ExpectedFailure => {
                    Ok(Completion::ignored_with(format!("fails as expected: {detail}")))
                }
            }
        })
    }
}
