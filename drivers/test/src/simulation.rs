//! Latency and faults: the same around every call.

use crate::host::Host;
use omnivirt_core::layer::{Layer, Subject};
use omnivirt_core::*;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Makes the calls of a connection wait, and some of them fail.
#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) host: Arc<Host>,
    /// How long every call waits first.
    pub(crate) latency: Duration,
    pub(crate) faults: Arc<Faults>,
}

impl Layer for Simulation {
    fn around<'a, T: Send + 'a>(
        &'a self,
        cx: &'a CallCx,
        subject: Option<&'a dyn Subject>,
        call: CallFuture<'a, T>,
    ) -> CallFuture<'a, T> {
        // Who steers the host is not subject to it: time has to be told to go on.
        let steers = cx.call().accessor == calls::CONNECTION_ADVANCE_TIME.accessor;
        // Listening is no question to the host.
        let latency = if cx.call().procedures.is_empty() { Duration::ZERO } else { self.latency };
        if steers || latency.is_zero() && !self.faults.any.load(Ordering::Relaxed) {
            return call;
        }
        Box::pin(async move {
            self.host.clock.sleep(latency).await;
            let fault = self.faults.draw(cx.call(), subject);
            self.host.clock.sleep(fault.delay).await;
            match fault.error {
                Some(error) => Err(error),
                None => call.await,
            }
        })
    }
}

/// The rules by which calls fail or wait. What they hit depends on the seed and on the calls of the same name made
/// before, not on what goes on beside.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    any: AtomicBool,
    drawing: Mutex<Drawing>,
}

#[derive(Debug, Default)]
struct Drawing {
    seed: u64,
    rules: Vec<Rule>,
    /// How often each call was made.
    made: HashMap<&'static str, u64>,
}

#[derive(Debug)]
struct Rule {
    rule: FaultRule,
    error: Option<ErrorKind>,
    hits: u32,
}

/// What becomes of one call.
#[derive(Debug, Default)]
struct Fault {
    delay: Duration,
    error: Option<Error>,
}

/// A rule hits this many of a million calls where it names no number.
const ALL: u32 = 1_000_000;

impl Faults {
    /// Puts these rules in the place of those before.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a call or an error kind that there is not, and for more than a million of a million.
    pub(crate) fn set(&self, rules: &[FaultRule], seed: u64) -> Result<()> {
        let rules = rules.iter().map(Rule::of).collect::<Result<Vec<_>>>()?;
        let any = !rules.is_empty();
        *self.drawing.lock() = Drawing { seed, rules, made: HashMap::new() };
        self.any.store(any, Ordering::Relaxed);
        Ok(())
    }

    /// Draws what becomes of a call.
    fn draw(&self, call: &'static CallDescription, subject: Option<&dyn Subject>) -> Fault {
        let mut drawing = self.drawing.lock();
        let Drawing { seed, rules, made } = &mut *drawing;
        let made = made.entry(call.title).or_default();
        *made += 1;
        let Some(rule) = rules.iter_mut().find(|rule| rule.fits(call, subject)) else {
            return Fault::default();
        };
        if draw(*seed, call.title, *made) % u64::from(ALL) >= u64::from(rule.rule.per_million.unwrap_or(ALL))
        {
            return Fault::default();
        }
        rule.hits += 1;
        let error = rule.error.map(|kind| {
            Error::new(kind, "the simulator was asked to let this call fail").with_context("fault", rule.hits)
        });
        Fault { delay: Duration::from_millis(rule.rule.delay_ms), error }
    }
}

impl Rule {
    fn of(rule: &FaultRule) -> Result<Self> {
        let refuse =
            |message: String, hint| Err(Error::new(ErrorKind::InvalidArgument, message).with_hint(hint));
        if !rule.call.is_empty() && !calls::ALL.iter().any(|call| call.title == rule.call) {
            return refuse(format!("there is no call '{}'", rule.call), "name a call as in Domain::start");
        }
        if rule.per_million.is_some_and(|hit| hit > ALL) {
            return refuse(
                "more than 1000000 of a million calls cannot be hit".into(),
                "name a number up to 1000000",
            );
        }
        let error = match rule.error.as_deref().map(str::parse::<ErrorKind>) {
            Some(Ok(kind)) => Some(kind),
            Some(Err(error)) => return refuse(error.to_string(), "name an error kind as in resource_busy"),
            None => None,
        };
        Ok(Self { rule: rule.clone(), error, hits: 0 })
    }

    fn fits(&self, call: &CallDescription, subject: Option<&dyn Subject>) -> bool {
        let of_domain = |name: &str| match subject.map(Subject::object) {
            Some(ObjectRef::Domain(domain)) => *domain.name == *name,
            Some(ObjectRef::Snapshot(snapshot)) => *snapshot.domain.name == *name,
            Some(ObjectRef::Checkpoint(checkpoint)) => *checkpoint.domain.name == *name,
            _ => false,
        };
        (self.rule.call.is_empty() || self.rule.call == call.title)
            && self.rule.times.is_none_or(|times| self.hits < times)
            && self.rule.domain.as_deref().is_none_or(of_domain)
    }
}

/// A number that looks random and depends on nothing but the arguments.
fn draw(seed: u64, call: &str, made: u64) -> u64 {
    mix(call.bytes().fold(mix(seed), |state, byte| mix(state ^ u64::from(byte))) ^ made)
}

/// Spreads the bits, as `SplitMix64` does.
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
