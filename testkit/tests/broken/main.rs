//! The suite bites: a driver that keeps the contract passes, and each that breaks it in one place fails in the case
//! that is meant to find that.

mod defect;
mod reference;

use defect::Defect;
use omnivirt_testkit::{Manifest, Report, Status, Suite, UriFixture};

fn run(defect: Defect) -> Report {
    Suite::new(UriFixture::new(reference::ENTRY, defect.uri()), Manifest::default()).run(|_| true)
}

#[test]
fn a_driver_that_keeps_the_contract_passes() {
    let report = run(Defect::None);
    assert!(report.of(Status::Failed).next().is_none(), "{}", report.to_table());
    assert!(report.of(Status::Passed).count() > 100, "{}", report.to_table());
}

#[test]
fn every_defect_is_found_by_the_case_that_is_meant_to() {
    for (defect, case) in Defect::ALL {
        let report = run(*defect);
        for c in &report.cases { if c.duration_ms > 2000 { eprintln!("{defect:?} {} {}", c.name, c.duration_ms); } }
        let found = report.of(Status::Failed).any(|failed| failed.name == *case);
        assert!(found, "{defect:?} passes {case}\n{}", report.to_table());
    }
}
