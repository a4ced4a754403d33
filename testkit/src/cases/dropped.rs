//! Every call that changes something, dropped part-way: the domain is in a state that there is, no job is left on it,
//! and it can be used.

use crate::action::Action;
use crate::case::{Case, Need};
use crate::failure::{Outcome, ensure};
use crate::life::Life;
use crate::polled::polled;
use crate::probe::{PROBES, Probe, Subjects};
use crate::rig::Rig;
use omnivirt_core::call::Access;
use omnivirt_core::*;
use std::sync::Arc;

/// How often a call is polled before it is dropped: a call that runs as a job has more points at which to be dropped.
const POLLS: usize = 3;
const POLLS_OF_A_JOB: usize = 12;

/// How often a job that nobody waits for is looked for before it counts as left over.
const MOST_LOOKS: usize = 100;

pub(super) fn cases() -> Vec<Case> {
    let writes = PROBES.iter().filter(|probe| probe.call.access == Access::Write && may_be_tried(probe.call));
    writes
        .map(|probe| {
            let rule =
                format!("{} that is dropped part-way leaves a domain that can be used", probe.call.title);
            let needs = [probe.call, &calls::CONNECTION_DEFINE, &calls::DOMAIN_START, &calls::DOMAIN_DESTROY];
            Case::new("dropped", probe.call.title, rule, needs, move |rig| check(rig, probe))
                .and(Need::SlowHost)
        })
        .collect()
}

/// What steers a simulated host has no place on one whose time is moved on meanwhile.
fn may_be_tried(call: &CallDescription) -> bool {
    call.accessor != calls::CONNECTION_ADVANCE_TIME.accessor
}

async fn check(rig: Arc<Rig>, probe: &'static Probe) -> Outcome {
    let most = if probe.call.job.is_some() { POLLS_OF_A_JOB } else { POLLS };
    for polls in 1..=most {
        let domain = rig.domain(Life::Running).await?;
        let driver = rig.connection().driver();
        let cx = CallCx::new(probe.call, driver.info().name, CallSettings::default().into());
        let subjects = Subjects { domain: domain.reference().clone(), ..Subjects::default() };
        // What it answers, should it come to that, is another case's matter.
        drop(polled(&rig, polls, (probe.run)(driver, &cx, &subjects)).await);
        can_be_used(&rig, &domain, polls).await?;
    }
    Ok(())
}

/// What is not known to have been given up, as on the other side of a connection, may still go on for a while.
async fn can_be_used(rig: &Rig, domain: &Domain, polls: usize) -> Outcome {
    for look in 1..=MOST_LOOKS {
        leaves_no_job(rig, domain).await?;
        let life = rig.life(domain).await?;
        let action = match life {
            Life::Gone => return Ok(()),
            Life::ShutOff => Action::Start,
            _ => Action::Destroy,
        };
        let answer = rig.drive(action.make(domain)).await;
        if answer.is_ok() {
            return Ok(());
        }
        ensure!(
            look < MOST_LOOKS,
            "dropped after {polls} polls, the domain is {} and {answer:?} follows",
            life.words()
        );
    }
    Ok(())
}

async fn leaves_no_job(rig: &Rig, domain: &Domain) -> Outcome {
    if !rig.claims(&calls::DOMAIN_JOB_INFO) {
        return Ok(());
    }
    for _ in 0..MOST_LOOKS {
        match rig.drive(domain.job_info(JobInfoOptions::default())).await {
            Ok(info) if matches!(info.status, JobStatus::Bounded | JobStatus::Unbounded) => {}
            Ok(_) => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidState) => {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(crate::failure::Failure::new("a job is left on the domain"))
}
