//! JUnit's XML, as far as build servers agree on it.

use super::{CaseReport, Report, Status};
use std::fmt::Write as _;
use std::time::Duration;

pub(super) fn write(report: &Report) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = format!("omnivirt conformance: {}", report.driver);
    open(&mut xml, "testsuites", &name, &report.cases);
    for cases in report.cases.chunk_by(|one, next| one.group() == next.group()) {
        open(&mut xml, "testsuite", cases[0].group(), cases);
        cases.iter().for_each(|case| write_case(&mut xml, case));
        xml.push_str("</testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn open(xml: &mut String, element: &str, name: &str, cases: &[CaseReport]) {
    let count = |wanted: &[Status]| cases.iter().filter(|case| wanted.contains(&case.status)).count();
    let failures = count(&[Status::Failed]);
    let skipped = count(&[Status::Skipped, Status::NotClaimed, Status::ExpectedFailure]);
    let time: Duration = cases.iter().map(CaseReport::duration).sum();
    let (name, tests, time) = (escaped(name), cases.len(), time.as_secs_f64());
    push(
        xml,
        format_args!(
            "<{element} name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{time:.3}\">\n"
        ),
    );
}

fn write_case(xml: &mut String, case: &CaseReport) {
    let (name, group, time) = (escaped(&case.name), escaped(case.group()), case.duration().as_secs_f64());
    push(xml, format_args!("<testcase name=\"{name}\" classname=\"{group}\" time=\"{time:.3}\""));
    let element = match case.status {
        Status::Passed => return xml.push_str("/>\n"),
        Status::Failed => "failure",
        Status::ExpectedFailure | Status::Skipped | Status::NotClaimed => "skipped",
    };
    let detail = escaped(case.detail.as_deref().unwrap_or_default());
    push(xml, format_args!("><{element} message=\"{detail}\"/></testcase>\n"));
}

fn push(xml: &mut String, text: std::fmt::Arguments<'_>) {
    xml.write_fmt(text).expect("a string takes any text");
}

/// Text as an attribute's value. What XML cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
