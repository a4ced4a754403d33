//! Deadlines, cancellation, and futures that are dropped: a call that is given up leaves a state from before or after
//! it, never one between, and the object stays usable.

use super::rules;
use crate::action::{Action, Effect};
use crate::case::Case;
use crate::failure::{Outcome, ensure, refused};
use crate::life::Life;
use crate::polled::polled;
use crate::rig::{BETWEEN_LOOKS, Rig};
use crate::watch::Watch;
use omnivirt_core::*;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(super) fn cases() -> Vec<Case> {
    let drops =
        Action::ALL.into_iter().flat_map(|action| [drop_case(action, false), drop_case(action, true)]);
    let rules = rules!["giving_up":
        a_deadline_ends_a_call [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_INJECT_FAULTS, CONNECTION_ADVANCE_TIME]
            "a call that takes longer than its limit ends as timeout, and the domain stays usable",
        a_cancelled_call_ends [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_INJECT_FAULTS, CONNECTION_ADVANCE_TIME]
            "a call that is cancelled ends as cancelled, and the domain stays usable",
        one_call_holds_up_no_other [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_INJECT_FAULTS, CONNECTION_ADVANCE_TIME]
            "while a call on one domain waits, calls on another answer",
        nothing_happens_before_a_call_is_polled [CONNECTION_DEFINE, DOMAIN_START, CONNECTION_DOMAIN_BY_UUID]
            "a driver's call does nothing until its future is polled",
        a_dropped_define_leaves_all_or_nothing [CONNECTION_DEFINE, CONNECTION_DOMAIN_BY_NAME, CONNECTION_DOMAIN_BY_UUID]
            "a define that is dropped has made a whole domain or none",
        a_dropped_create_leaves_all_or_nothing [CONNECTION_CREATE, CONNECTION_DOMAIN_BY_NAME, CONNECTION_DOMAIN_BY_UUID]
            "a create that is dropped has made a whole domain or none",
    ];
    drops.chain(rules).collect()
}

/// How long calls are held up, in the host's time.
const HELD_MS: u64 = 10_000;
/// How long a call may take, in real time, that has nothing to wait for.
const MOST_PATIENCE: Duration = Duration::from_secs(5);

/// Makes every call on the domain wait for an hour of the host's time.
async fn hold(rig: &Rig, domain: &Domain, hold: bool) -> Result<()> {
    let rule = FaultRule::default().domain(domain.name().to_owned()).delay_ms(HELD_MS);
    let rules = if hold { vec![rule] } else { Vec::new() };
    rig.connection().inject_faults(&rules, FaultOptions::default()).await
}

/// Lets what was held up go on, and looks whether the domain still does what it has to.
async fn stays_usable(rig: &Rig, domain: &Domain) -> Outcome {
    hold(rig, domain, false).await?;
    rig.connection().advance_time(HELD_MS).await?;
    let life = rig.life(domain).await?;
    ensure!(matches!(life, Life::ShutOff | Life::Running), "the domain is {}", life.words());
    if life == Life::ShutOff {
        domain.start(StartOptions::default()).await?;
    }
    ensure!(rig.life(domain).await? == Life::Running, "the domain was started and does not run");
    Ok(())
}

/// Polls a call once.
async fn answers_at_once(mut call: Pin<&mut impl Future>) -> bool {
    poll_fn(|task| Poll::Ready(call.as_mut().poll(task).is_ready())).await
}

async fn a_deadline_ends_a_call(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    hold(&rig, &domain, true).await?;
    let answer = domain.with_timeout(Duration::from_millis(10)).start(StartOptions::default()).await;
    refused(answer, ErrorKind::Timeout, "a call that is held up")?;
    stays_usable(&rig, &domain).await
}

async fn a_cancelled_call_ends(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    hold(&rig, &domain, true).await?;
    let token = CancellationToken::new();
    let cancellable = domain.with_settings(CallSettings::default().with_cancellation(token.clone()));
    let mut call = pin!(cancellable.start(StartOptions::default()));
    ensure!(!answers_at_once(call.as_mut()).await, "a call that is held up has answered");
    token.cancel();
    refused(call.await, ErrorKind::Cancelled, "a call that was cancelled")?;
    stays_usable(&rig, &domain).await
}

async fn one_call_holds_up_no_other(rig: Arc<Rig>) -> Outcome {
    let (held, other) = (rig.domain(Life::ShutOff).await?, rig.domain(Life::ShutOff).await?);
    hold(&rig, &held, true).await?;
    let mut call = pin!(held.start(StartOptions::default()));
    ensure!(!answers_at_once(call.as_mut()).await, "a call that is held up has answered");
    let answer = tokio::time::timeout(MOST_PATIENCE, other.start(StartOptions::default())).await;
    ensure!(answer.is_ok(), "a call on another domain waits too");
    ensure!(rig.life(&other).await? == Life::Running, "the other domain does not run");
    Ok(rig.drive(call).await?)
}

/// How often a future is polled at most before it is dropped. More than any simulated call needs.
const MOST_POLLS: usize = 6;

fn drop_case(action: Action, slow: bool) -> Case {
    let life = Life::ALL
        .into_iter()
        .find(|life| matches!(action.effect(*life), Effect::Becomes(_)))
        .expect("each action does something in some state");
    let call = action.call();
    let mut needs = life.needs();
    needs.push(call);
    if slow {
        needs.extend([&calls::CONNECTION_INJECT_FAULTS, &calls::CONNECTION_ADVANCE_TIME]);
    }
    let name =
        format!("a_dropped_{}{}leaves_before_or_after", call.name, if slow { "_that_waits_" } else { "_" });
    let rule = format!("{} that is dropped has been done or not, never by half", call.title);
    Case::new("giving_up", &name, rule, needs, move |rig| check_drop(rig, life, action, slow))
}

async fn check_drop(rig: Arc<Rig>, before: Life, action: Action, slow: bool) -> Outcome {
    let Effect::Becomes(after) = action.effect(before) else { unreachable!("the state was chosen for that") };
    // A guest that takes its time may do it in the end, or not.
    let is_up_to_the_guest = action.needs_the_guest() && !rig.fixture().guest_obeys();
    for polls in 0..=MOST_POLLS {
        let domain = rig.domain(before).await?;
        let mut watch = Watch::all(rig.connection()).await?;
        if slow {
            let rule = FaultRule::default().call(action.call().title.to_owned()).delay_ms(500);
            rig.connection().inject_faults(&[rule], FaultOptions::default()).await?;
        }
        let answer = polled(&rig, polls, action.make(&domain)).await;
        if slow {
            rig.connection().inject_faults(&[], FaultOptions::default()).await?;
            rig.connection().advance_time(1_000).await?;
        }
        if answer.is_none() && polls > 0 && rig.fixture().finishes_what_it_began() && !is_up_to_the_guest {
            until(|| async { Ok(rig.life(&domain).await? == after) }).await?;
        }
        let found = rig.life(&domain).await?;
        if let Some(answer) = answer {
            answer?;
            let done = found == after || is_up_to_the_guest && found == before;
            ensure!(done, "the call has answered, and the domain is {}", found.words());
        } else {
            let whole = found == before || found == after;
            ensure!(whole, "dropped after {polls} polls, the call leaves a domain that is {}", found.words());
            ensure!(
                polls > 0 || found == before,
                "a call that was never polled has made the domain {}",
                found.words()
            );
        }
        if is_up_to_the_guest {
            continue;
        }
        let told = watch.of_until_now(&rig, &domain).await?;
        let changed = found != before;
        // An action that keeps the state, such as a reboot, may have been done or not.
        let fits = !watch.is_on() || changed != told.is_empty() || before == after;
        ensure!(fits, "dropped after {polls} polls, the domain is {}, and told is {told:?}", found.words());
        still_works(&rig, &domain, found).await?;
    }
    Ok(())
}

/// Whether the domain does what its state says that it can do: something half done shows here at the latest.
async fn still_works(rig: &Rig, domain: &Domain, life: Life) -> Outcome {
    let next = rig.actions().find_map(|action| match action.effect(life) {
        Effect::Becomes(next) => Some((action, next)),
        _ => None,
    });
    if let Some((action, next)) = next {
        rig.drive(action.make(domain)).await?;
        let found = rig.life(domain).await?;
        ensure!(found == next, "then {} makes the domain {}", action.call().title, found.words());
    }
    Ok(())
}

async fn nothing_happens_before_a_call_is_polled(rig: Arc<Rig>) -> Outcome {
    // Below the front door, whose own futures would hide what a driver does too early.
    let driver = rig.connection().driver();
    let context = |call| CallCx::new(call, driver.info().name, CallSettings::default().into());
    let domain = rig.domain(Life::ShutOff).await?;
    let cx = context(&calls::DOMAIN_START);
    drop(driver.lifecycle().start(&cx, domain.reference(), &StartOptions::default()));
    ensure!(
        rig.life(&domain).await? == Life::ShutOff,
        "a start that was never polled has started the domain"
    );
    let wanted = rig.fresh();
    let (cx, xml) = (context(&calls::CONNECTION_DEFINE), rig.xml(&wanted));
    drop(driver.configuration().define(&cx, &xml, &DefineOptions::default()));
    let found = rig.connection().domain_by_uuid(wanted.uuid).await;
    refused(found, ErrorKind::NotFound, "looking for a domain whose define was never polled")
}

/// Waits until something is so; whether it is, the case looks itself.
async fn until<F: Future<Output = Result<bool>>>(is_so: impl Fn() -> F) -> Outcome {
    let waited = async {
        while !is_so().await? {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok::<(), Error>(())
    };
    match tokio::time::timeout(MOST_PATIENCE, waited).await {
        Ok(so) => Ok(so?),
        Err(_) => Ok(()),
    }
}

async fn all_or_nothing(rig: &Rig, wanted: &DomainRef, was_polled: bool) -> Outcome {
    if was_polled && rig.fixture().finishes_what_it_began() {
        until(|| async {
            let found = rig.connection().domain_by_uuid(wanted.uuid).await;
            Ok(found.is_ok() && rig.connection().domain_by_name(&wanted.name).await.is_ok())
        })
        .await?;
    }
    let by_name = rig.connection().domain_by_name(&wanted.name).await;
    let by_uuid = rig.connection().domain_by_uuid(wanted.uuid).await;
    match (by_name, by_uuid) {
        (Ok(domain), Ok(_)) => {
            ensure!(was_polled, "a call that was never polled has made a domain");
            let life = rig.life(&domain).await?;
            still_works(rig, &domain, life).await
        }
        (Err(one), Err(other)) => {
            let gone = one.kind() == ErrorKind::NotFound && other.kind() == ErrorKind::NotFound;
            ensure!(gone, "looking for the domain fails: {one}; {other}");
            Ok(())
        }
        (by_name, by_uuid) => Err(crate::failure::Failure::new(format!(
            "the domain is half there: by name {by_name:?}, by UUID {by_uuid:?}"
        ))),
    }
}

async fn a_dropped_define_leaves_all_or_nothing(rig: Arc<Rig>) -> Outcome {
    for polls in 0..=MOST_POLLS {
        let wanted = rig.fresh();
        let xml = rig.xml(&wanted);
        drop(polled(&rig, polls, rig.connection().define(&xml, DefineOptions::default())).await);
        all_or_nothing(&rig, &wanted, polls > 0).await?;
    }
    Ok(())
}

async fn a_dropped_create_leaves_all_or_nothing(rig: Arc<Rig>) -> Outcome {
    for polls in 0..=MOST_POLLS {
        let wanted = rig.fresh();
        let xml = rig.xml(&wanted);
        drop(polled(&rig, polls, rig.connection().create(&xml, CreateOptions::default())).await);
        all_or_nothing(&rig, &wanted, polls > 0).await?;
    }
    Ok(())
}
