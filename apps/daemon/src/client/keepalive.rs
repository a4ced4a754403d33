//! Time: a client that makes no first call, and one that has gone silent.

use crate::config::Config;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Ask for a sign of life.
    Ping,
    /// The client never made a call.
    NoCall,
    /// The client has gone silent.
    Silent,
}

#[derive(Debug)]
pub(crate) struct Keepalive {
    state: State,
    interval: Duration,
    count: usize,
    heard: Instant,
    /// Set while there is something to wait for.
    sleep: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The first call has yet to come.
    NoCallYet,
    /// The client cannot be asked.
    Off,
    /// So many questions are unanswered.
    Asked(usize),
}

impl Keepalive {
    pub(crate) fn new(config: &Config) -> Self {
        let now = Instant::now();
        let until = now + config.timeouts.first_call.seconds();
        Self {
            state: State::NoCallYet,
            interval: config.keepalive.interval.seconds(),
            count: config.keepalive.count.count(),
            heard: now,
            sleep: Some(Box::pin(tokio::time::sleep_until(until))),
        }
    }

    /// Something came in.
    pub(crate) fn heard(&mut self) {
        match &mut self.state {
            State::Asked(unanswered) => {
                *unanswered = 0;
                self.heard = Instant::now();
            }
            State::NoCallYet | State::Off => {}
        }
    }

    /// The client has made its first call.
    pub(crate) fn called(&mut self) {
        if let State::NoCallYet = self.state {
            self.state = State::Off;
            self.sleep = None;
        }
    }

    /// The client said that it can be asked.
    pub(crate) fn begin(&mut self) {
        if !self.interval.is_zero() && !matches!(self.state, State::Asked(_)) {
            self.state = State::Asked(0);
            self.heard = Instant::now();
            self.sleep = Some(Box::pin(tokio::time::sleep(self.interval)));
        }
    }

    /// What is due next.
    pub(crate) fn poll(&mut self, task: &mut Context<'_>) -> Poll<Due> {
        loop {
            let Some(sleep) = &mut self.sleep else { return Poll::Pending };
            std::task::ready!(sleep.as_mut().poll(task));
            let unanswered = match self.state {
                State::NoCallYet => return Poll::Ready(Due::NoCall),
                State::Off => {
                    self.sleep = None;
                    return Poll::Pending;
                }
                State::Asked(unanswered) => unanswered,
            };
            let past = u32::try_from(unanswered + 1).unwrap_or(u32::MAX);
            let due = self.heard + self.interval.saturating_mul(past);
            if Instant::now() < due {
                sleep.as_mut().reset(due);
                continue;
            }
            if unanswered >= self.count {
                return Poll::Ready(Due::Silent);
            }
            self.state = State::Asked(unanswered + 1);
            sleep.as_mut().reset(due + self.interval);
            return Poll::Ready(Due::Ping);
        }
    }
}
