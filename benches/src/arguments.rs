//! The command line.

use crate::{Outcome, cases};
use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "\
Measures what SPECIFICATION.md promises, beside libvirt where it is installed.

  --rounds N          how often each program runs, the three sides in turn (default 5)
  --only TEXT         only runs whose name contains TEXT; may be repeated
  --wait-quiet SECS   before each program, wait up to SECS for the machine to be quiet (default 2)
  --json PATH         where the figures go (default reports/bench.json in the checkout)
  --cli PATH          an omnivirt command that is built already
  --list              the names of the runs, and what each shows
  --help
";

/// How to measure.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// Parts of the names of the runs; all of them if there are none.
    pub(crate) only: Vec<String>,
    /// How long to wait for a quiet machine before each program.
    pub(crate) wait_quiet: Duration,
    pub(crate) json: PathBuf,
    pub(crate) cli: Option<PathBuf>,
}

/// Reads the command line; nothing if it asked for help only, which has been printed.
pub(crate) fn read(arguments: &[String]) -> Outcome<Option<Options>> {
    let mut options = Options {
        rounds: 5,
        only: Vec::new(),
        wait_quiet: Duration::from_secs(2),
        json: crate::scratch::repository().join("reports/bench.json"),
        cli: None,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value\n\n{HELP}"));
        match argument.as_str() {
            "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
            "--only" => options.only.push(value()?.clone()),
            "--wait-quiet" => options.wait_quiet = Duration::from_secs(value()?.parse()?),
            "--json" => options.json = value()?.into(),
            "--cli" => options.cli = Some(value()?.into()),
            "--list" => {
                for case in cases::CASES {
                    println!("{:24} {}", case.run, case.title);
                }
                return Ok(None);
            }
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(None);
            }
            other => return Err(format!("no such option: {other}\n\n{HELP}").into()),
        }
    }
    Ok(Some(options))
}
