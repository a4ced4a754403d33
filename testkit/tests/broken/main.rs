//! The suite bites: a driver that keeps the contract passes, and each that breaks it in one place fails in the case
//! that is meant to find that.

mod defect;
mod reference;

use defect::Defect;
use omnivirt_testkit::{Manifest, Report, Status, Suite, UriFixture};

fn run(defect: Defect, manifest: &str, filter: impl Fn(&str) -> bool) -> Report {
    let manifest = Manifest::parse(manifest).expect("the manifests here are in order");
    Suite::new(UriFixture::new(reference::ENTRY, defect.uri()), manifest).run(filter)
}

#[test]
fn a_driver_that_keeps_the_contract_passes() {
    let report = run(Defect::None, include_str!("conformance.toml"), |_| true);
    assert!(report.of(Status::Failed).next().is_none(), "{}", report.to_table());
    assert_eq!(report.of(Status::ExpectedFailure).count(), 4);
    for (defect, case) in Defect::ALL {
        let passed = report.of(Status::Passed).any(|passed| passed.name == *case);
        assert!(passed, "{case}, which has to find {defect:?}, does not pass without it");
    }
}

#[test]
fn every_defect_is_found_by_the_case_that_is_meant_to() {
    for (defect, case) in Defect::ALL {
        let report = run(*defect, "", |name| name == *case);
        assert!(report.of(Status::Failed).next().is_some(), "{defect:?} passes {case}");
    }
}

/// Runs one case under one entry of a manifest, and says what came out.
fn under(kind: &str, case: &str, run_case: &str) -> (Status, String) {
    let manifest = format!("[[{kind}]]\ncase = \"{case}\"\nreason = \"it was so\"\n");
    let report = run(Defect::None, &manifest, |name| name == run_case);
    let [case] = report.cases.as_slice() else { panic!("{} cases were run", report.cases.len()) };
    (case.status, case.detail.clone().unwrap_or_default())
}

#[test]
fn an_expected_failure_that_passes_is_a_failure() {
    let (status, detail) = under("expect_failure", "lookup::by_name", "lookup::by_name");
    assert_eq!(status, Status::Failed);
    assert!(detail.contains("passes, though"), "{detail}");
}

#[test]
fn an_expected_failure_of_what_is_not_claimed_is_a_failure() {
    let (status, detail) = under("expect_failure", "sizes::*", "sizes::memory_has_a_limit");
    assert_eq!(status, Status::Failed);
    assert!(detail.contains("lacks"), "{detail}");
}

#[test]
fn an_entry_that_names_no_case_is_a_failure() {
    let (status, detail) = under("skip", "lookup::by_nickname", "manifest::entries_name_cases");
    assert_eq!(status, Status::Failed);
    assert!(detail.contains("lookup::by_nickname"), "{detail}");
}

#[test]
fn a_skip_is_reported_with_its_reason() {
    assert_eq!(under("skip", "lookup::*", "lookup::by_name"), (Status::Skipped, "it was so".to_owned()));
}
