//! The table for people.

use super::{CaseReport, Report, Status};

const COLUMNS: [(Status, &str); 5] = [
    (Status::Passed, "passed"),
    (Status::Failed, "failed"),
    (Status::ExpectedFailure, "expected failure"),
    (Status::Skipped, "skipped"),
    (Status::NotClaimed, "not claimed"),
];

pub(super) fn write(report: &Report) -> String {
    let mut lines = vec![format!("conformance of the {} driver at {}", report.driver, report.uri)];
    let groups: Vec<&[CaseReport]> = report.cases.chunk_by(|one, next| one.group() == next.group()).collect();
    let width = groups.iter().map(|cases| cases[0].group().len()).chain([9]).max().unwrap_or_default();
    lines.push(row(width, "", &COLUMNS.map(|(_, title)| title.to_owned())));
    for cases in groups {
        lines.push(row(width, cases[0].group(), &counts(cases)));
    }
    lines.push(row(width, "total", &counts(&report.cases)));
    if report.filtered_out > 0 {
        lines.push(format!("{} cases were filtered out", report.filtered_out));
    }
    lines.push(String::new());
    for (status, title) in &COLUMNS[1..4] {
        details(report, *status, title, &mut lines);
    }
    lines.join("\n") + "\n"
}

fn counts(cases: &[CaseReport]) -> [String; 5] {
    COLUMNS.map(|(status, _)| cases.iter().filter(|case| case.status == status).count().to_string())
}

fn row(width: usize, name: &str, cells: &[String; 5]) -> String {
    let mut line = format!("{name:width$}");
    for (cell, (_, title)) in cells.iter().zip(COLUMNS) {
        line += &format!("  {cell:>width$}", width = title.len());
    }
    line
}

fn details(report: &Report, status: Status, title: &str, lines: &mut Vec<String>) {
    let mut cases = report.of(status).peekable();
    if cases.peek().is_some() {
        lines.push(title.to_owned());
    }
    for case in cases {
        let detail = case.detail.as_deref().unwrap_or_default();
        if status == Status::Skipped {
            lines.push(format!("  {}: {detail}", case.name));
        } else {
            lines.push(format!("  {}: {}\n    {detail}", case.name, case.rule));
        }
    }
}
