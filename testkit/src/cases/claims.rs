//! What a driver claims, held against what it does. One case a call: claimed, it must not answer `Unsupported`;
//! unclaimed, it must. What it raises must be among what the description says.

use super::rules;
use crate::case::Case;
use crate::failure::{Failure, Outcome, ensure};
use crate::life::Life;
use crate::probe::{PROBES, Probe, Subjects};
use crate::rig::Rig;
use omnivirt_core::*;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    let probes = PROBES.iter().map(|probe| {
        let rule = format!(
            "{} is done if it is claimed, is unsupported if not, and raises what it may",
            probe.call.title
        );
        Case::new("claims", probe.call.title, rule, [], move |rig| check(rig, probe))
    });
    let general = rules!["claims":
        are_calls_of_the_description []
            "each claim names a call of its family, once",
    ];
    probes.chain(general).collect()
}

/// What every call can raise, beyond what is its own.
const GENERAL: [ErrorKind; 8] = [
    ErrorKind::Unsupported,
    ErrorKind::InvalidArgument,
    ErrorKind::Timeout,
    ErrorKind::Cancelled,
    ErrorKind::ReadOnly,
    ErrorKind::AccessDenied,
    ErrorKind::ConnectionClosed,
    ErrorKind::Internal,
];

async fn check(rig: Arc<Rig>, probe: &'static Probe) -> Outcome {
    let claimed = rig.claims(probe.call);
    // A domain that runs lets calls come further than one that is not there.
    for life in [Life::Running, Life::ShutOff] {
        let domain = if life.needs().iter().all(|call| rig.claims(call)) {
            rig.domain(life).await?.reference().clone()
        } else {
            rig.fresh()
        };
        let subjects = Subjects {
            snapshot: SnapshotRef::new(domain.clone(), "none"),
            checkpoint: CheckpointRef::new(domain.clone(), "none"),
            domain,
            ..Subjects::default()
        };
        let driver = rig.connection().driver();
        let cx = CallCx::new(probe.call, driver.info().name, CallSettings::default().into());
        let answer = rig.drive((probe.run)(driver, &cx, &subjects)).await;
        judge(probe.call, claimed, answer)?;
    }
    Ok(())
}

fn judge(call: &CallDescription, claimed: bool, answer: Result<()>) -> Outcome {
    let error = match (claimed, answer) {
        (true, Ok(())) => return Ok(()),
        (false, Ok(())) => return Err(Failure::new("the call is done, and is not claimed")),
        (_, Err(error)) => error,
    };
    let unsupported = error.kind() == ErrorKind::Unsupported;
    ensure!(claimed || unsupported, "the call is not claimed, and answers {}: {error}", error.kind());
    ensure!(!claimed || !unsupported, "the call is claimed, and answers that it is unsupported: {error}");
    let may = call.raises.contains(&error.kind()) || GENERAL.contains(&error.kind());
    ensure!(may, "the call raises {}, which its description does not say: {error}", error.kind());
    ensure!(error.kind() != ErrorKind::Internal, "the call found a defect: {error}");
    Ok(())
}

async fn are_calls_of_the_description(rig: Arc<Rig>) -> Outcome {
    for (family, names) in rig.connection().claims() {
        let mut seen = HashSet::new();
        for name in names {
            let described = calls::ALL.iter().any(|call| call.family == family && call.name == *name);
            ensure!(described, "{family} has no call '{name}'");
            ensure!(seen.insert(name), "{family} is claimed to have '{name}' twice");
        }
    }
    Ok(())
}
