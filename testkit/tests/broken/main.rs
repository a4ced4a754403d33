//! The suite bites: a driver that keeps the contract passes, and each that breaks it in one place fails in the case
//! that is meant to find that.

mod defect;
mod reference;

use defect::Defect;
use omnivirt_testkit::{Manifest, Report, Status, Suite, UriFixture};

fn run(defect: Defect, filter: impl Fn(&str) -> bool) -> Report {
    Suite::new(UriFixture::new(reference::ENTRY, defect.uri()), Manifest::default()).run(filter)
}

#[test]
fn a_driver_that_keeps_the_contract_passes() {
    let report = run(Defect::None, |_| true);
    assert!(report.of(Status::Failed).next().is_none(), "{}", report.to_table());
    for (defect, case) in Defect::ALL {
        let passed = report.of(Status::Passed).any(|passed| passed.name == *case);
        assert!(passed, "{case}, which has to find {defect:?}, does not pass without it");
    }
}

#[test]
fn every_defect_is_found_by_the_case_that_is_meant_to() {
    for (defect, case) in Defect::ALL {
        let report = run(*defect, |name| name == *case);
        assert!(report.of(Status::Failed).next().is_some(), "{defect:?} passes {case}");
    }
}
