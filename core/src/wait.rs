//! Waiting until something is so, without asking again and again.
//!
//! The condition is looked at once on the state, and then on each event after that state: a domain that gets there
//! between the two is not missed.

use crate::error::{Error, Result};
use crate::events::{Delivery, EventFilter, Policy};
use crate::handle::Domain;
use omnivirt_model::event::{EventBody, GuestChannelState, LifecycleChange};
use omnivirt_model::{DomainState, ErrorKind};
use std::time::Duration;

/// What to wait for.
///
/// ```
/// use omnivirt_core::{DomainState, wait::Condition};
///
/// assert_eq!("running".parse(), Ok(Condition::State(DomainState::Running)));
/// assert_eq!("gone".parse(), Ok(Condition::Gone));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The domain is in this state.
    State(DomainState),
    /// The domain's guest agent has connected. It must do so while being waited for, unless the driver says so before.
    AgentConnected,
    /// A job on the domain ends, or none runs.
    JobEnded,
    /// There is no such domain any more.
    Gone,
}

impl Condition {
    /// The words that [`Condition`] is parsed from, apart from the states.
    pub const WORDS: [&'static str; 3] = ["agent", "job-ended", "gone"];
}

impl std::str::FromStr for Condition {
    type Err = omnivirt_model::check::UnknownName;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text {
            "agent" => Ok(Self::AgentConnected),
            "job-ended" => Ok(Self::JobEnded),
            "gone" => Ok(Self::Gone),
            state => state.parse().map(Self::State),
        }
    }
}

impl Domain {
    /// Waits until the condition holds.
    ///
    /// # Errors
    ///
    /// `Timeout` when the time is over, `NotFound` if the domain is not there, or goes away while something else than
    /// [`Condition::Gone`] is waited for, `ConnectionClosed` if the connection ends first.
    pub async fn wait_until(&self, condition: Condition, timeout: Duration) -> Result<()> {
        let waiting = self.wait(condition);
        tokio::time::timeout(timeout, waiting)
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Timeout, format!("it did not come about within {timeout:?}")))
            })
            .map_err(|error| error.with_context("domain", self.name()))
    }

    async fn wait(&self, condition: Condition) -> Result<()> {
        // Room for a burst: what is lost would only be noticed at the next event.
        let policy = Policy::default();
        loop {
            let filter = EventFilter::of(self.reference().clone());
            let mut watch = self.connection().snapshot_then_stream(filter, policy).await?;
            let now = watch.state.iter().find(|now| now.domain.uuid == self.uuid());
            if self.holds_now(condition, now.map(|now| now.state.state)).await? {
                return Ok(());
            }
            loop {
                match watch.stream.recv().await {
                    Some(Delivery::Event(event)) => {
                        if self.holds_after(condition, &event.body).await? {
                            return Ok(());
                        }
                    }
                    // What was missed may have been it: look at the state afresh.
                    Some(Delivery::Gap(_)) => break,
                    None => {
                        return Err(Error::new(
                            ErrorKind::ConnectionClosed,
                            "the connection ended while waiting",
                        ));
                    }
                }
            }
        }
    }

    async fn holds_now(&self, condition: Condition, state: Option<DomainState>) -> Result<bool> {
        let Some(state) = state else {
            return if condition == Condition::Gone { Ok(true) } else { Err(not_found()) };
        };
        match condition {
            Condition::State(wanted) => Ok(wanted == state),
            Condition::Gone | Condition::AgentConnected => Ok(false),
            Condition::JobEnded => self.no_job_runs().await,
        }
    }

    async fn holds_after(&self, condition: Condition, event: &EventBody) -> Result<bool> {
        match event {
            EventBody::ConnectionClosed(_) => {
                Err(Error::new(ErrorKind::ConnectionClosed, "the connection ended while waiting"))
            }
            EventBody::AgentLifecycle(agent) => {
                Ok(condition == Condition::AgentConnected && agent.state == GuestChannelState::Connected)
            }
            EventBody::JobCompleted(_) => Ok(condition == Condition::JobEnded),
            EventBody::Lifecycle(lifecycle) => self.holds_after_change(condition, &lifecycle.change).await,
            _ => Ok(false),
        }
    }

    /// A change of life says what the domain came from; what it is in now is asked for, once per change.
    async fn holds_after_change(&self, condition: Condition, change: &LifecycleChange) -> Result<bool> {
        match self.state().await {
            Ok(now) => match condition {
                Condition::State(wanted) => Ok(now.state == wanted),
                Condition::JobEnded => self.no_job_runs().await,
                Condition::AgentConnected | Condition::Gone => Ok(false),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let stopped = matches!(change, LifecycleChange::Stopped(_));
                match condition {
                    Condition::Gone => Ok(true),
                    // A transient domain is gone as soon as it has stopped.
                    Condition::State(DomainState::Shutoff) if stopped => Ok(true),
                    Condition::JobEnded => Ok(true),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn no_job_runs(&self) -> Result<bool> {
        match self.job_info(omnivirt_model::JobInfoOptions::default()).await {
            Ok(info) => Ok(info.status == omnivirt_model::JobStatus::None),
            Err(error) if error.kind() == ErrorKind::InvalidState => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such domain")
}
