//! What came out of a run, for people and for programs.

mod junit;
mod table;

use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The outcome of a run of the suite against one driver.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The driver's name.
    pub driver: String,
    /// The URI that the cases opened.
    pub uri: String,
    /// The version of the suite.
    pub suite_version: &'static str,
    /// How many cases were left out because the run was filtered.
    pub filtered_out: usize,
    /// The cases that were looked at, by name.
    pub cases: Vec<CaseReport>,
}

/// The outcome of one case.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// The case's name.
    pub name: String,
    /// The rule that it checks.
    pub rule: String,
    /// What came out.
    pub status: Status,
    /// Why: what was found, the reason in `conformance.toml`, or the calls that are not claimed.
    pub detail: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// What came out of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// The rule holds.
    Passed,
    /// The rule is broken, or `conformance.toml` is out of date.
    Failed,
    /// The rule is broken, as `conformance.toml` says.
    ExpectedFailure,
    /// Not run, as `conformance.toml` says.
    Skipped,
    /// The driver does not fill the calls that the case needs.
    NotClaimed,
}

impl CaseReport {
    /// The part of the name before the first `::`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.name.split_once("::").map_or(&*self.name, |(group, _)| group)
    }

    pub(crate) fn duration(&self) -> Duration {
        Duration::from_millis(self.duration_ms)
    }
}

impl Report {
    /// The cases of one status.
    pub fn of(&self, status: Status) -> impl Iterator<Item = &CaseReport> {
        self.cases.iter().filter(move |case| case.status == status)
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is plain data")
    }

    /// The report in the form that build servers read.
    #[must_use]
    pub fn to_junit(&self) -> String {
        junit::write(self)
    }

    /// The report for people: counts by group, then each case that did not simply pass, with the reason.
    #[must_use]
    pub fn to_table(&self) -> String {
        table::write(self)
    }

    /// Writes `conformance-<driver>.json`, `.xml` and `.txt` to a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write_to(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let forms = [("json", self.to_json()), ("xml", self.to_junit()), ("txt", self.to_table())];
        for (extension, text) in forms {
            std::fs::write(folder.join(format!("conformance-{}.{extension}", self.driver)), text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let case = |name: &str, status, detail: Option<&str>| CaseReport {
            name: name.into(),
            rule: format!("the rule of {name}"),
            status,
            detail: detail.map(Into::into),
            duration_ms: 1_002,
        };
        Report {
            driver: "toy".into(),
            uri: "toy:///".into(),
            suite_version: "1",
            filtered_out: 0,
            cases: vec![
                case("jobs::abort", Status::NotClaimed, Some("Domain::abort_job")),
                case("lookup::by_id", Status::Passed, None),
                case("lookup::by_name", Status::Failed, Some("found \"a\" & expected <b>\u{1}")),
                case("lookup::by_uuid", Status::Skipped, Some("no uuids")),
            ],
        }
    }

    #[test]
    fn people_see_counts_by_group_and_every_reason() {
        let expected = "\
conformance of the toy driver at toy:///
           passed  failed  expected failure  skipped  not claimed
jobs            0       0                 0        0            1
lookup          1       1                 0        1            0
total           1       1                 0        1            1

failed
  lookup::by_name: the rule of lookup::by_name
    found \"a\" & expected <b>\u{1}
skipped
  lookup::by_uuid: no uuids
";
        assert_eq!(report().to_table(), expected);
    }

    #[test]
    fn build_servers_get_xml_in_which_nothing_breaks_out() {
        let xml = report().to_junit();
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"omnivirt conformance: toy\" tests=\"4\" failures=\"1\" skipped=\"2\" time=\"4.008\">"), "{xml}");
        assert!(
            xml.contains("<failure message=\"found &quot;a&quot; &amp; expected &lt;b&gt;\u{fffd}\"/>"),
            "{xml}"
        );
    }

    #[test]
    fn programs_get_every_field() {
        let json: serde_json::Value = serde_json::from_str(&report().to_json()).unwrap();
        assert_eq!(json["cases"][2]["status"], "failed");
        assert_eq!(json["cases"][2]["duration_ms"], 1_002);
    }
}
