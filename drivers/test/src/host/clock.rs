//! The time of a simulated host: that of the computer, or one that goes on only when it is told to.

use omnivirt_core::{Error, ErrorKind, Result, Timestamp};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::oneshot;

/// What happens when its time has come.
type Action = Box<dyn FnOnce() + Send>;

/// Tells the time, waits, and lets things happen later.
#[derive(Debug)]
pub(crate) enum Clock {
    /// The time of the computer.
    Real,
    /// A time that goes on only when it is told to.
    Virtual(Mutex<VirtualTime>),
}

pub(crate) struct VirtualTime {
    now: Timestamp,
    /// What is due, in its order; the number keeps apart what is due at the same time.
    due: BTreeMap<(Timestamp, u64), Action>,
    scheduled: u64,
}

impl Clock {
    /// A clock that goes by itself, or one that is told to go on.
    pub(crate) fn new(is_virtual: bool) -> Self {
        if is_virtual {
            Self::Virtual(Mutex::new(VirtualTime {
                now: Timestamp::now(),
                due: BTreeMap::new(),
                scheduled: 0,
            }))
        } else {
            Self::Real
        }
    }

    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(_))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Real => Timestamp::now(),
            Self::Virtual(time) => time.lock().now,
        }
    }

    /// What time it was a few milliseconds ago at most: for numbers that are asked for so often that reading the exact time
    /// would cost more than all the rest.
    pub(crate) fn lately(&self) -> Timestamp {
        match self {
            #[cfg(target_os = "linux")]
            Self::Real => {
                let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
                Timestamp::from_nanoseconds(
                    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec),
                )
            }
            _ => self.now(),
        }
    }

    /// Waits for so long; not at all if it is zero.
    pub(crate) async fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        match self {
            Self::Real => tokio::time::sleep(duration).await,
            Self::Virtual(time) => {
                let (wake, woken) = oneshot::channel();
                // Nobody may wait any more when the time has come.
                time.lock().schedule(duration, Box::new(|| wake.send(()).unwrap_or_default()));
                // The action is dropped unused only together with the clock.
                woken.await.unwrap_or_default();
            }
        }
    }

    /// Has something happen after so long. It must not wait, and locks what it needs itself.
    ///
    /// # Errors
    ///
    /// `Internal` if nothing here could wait for that: real time needs a tokio runtime.
    pub(crate) fn schedule(&self, after: Duration, action: impl FnOnce() + Send + 'static) -> Result<()> {
        match self {
            Self::Real => {
                let runtime = tokio::runtime::Handle::try_current().map_err(|error| {
                    Error::new(
                        ErrorKind::Internal,
                        "something has to happen later, and no tokio runtime is here to wait for it",
                    )
                    .with_hint("call from inside a tokio runtime, or open the connection with time=virtual")
                    .with_source(error)
                })?;
                runtime.spawn(async move {
                    tokio::time::sleep(after).await;
                    action();
                });
            }
            Self::Virtual(time) => time.lock().schedule(after, Box::new(action)),
        }
        Ok(())
    }

    /// Moves a virtual clock on. What is due on the way happens in order, each at its time. Says what time it is then.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the clock goes by itself.
    pub(crate) async fn advance(&self, by: Duration) -> Result<Timestamp> {
        let Self::Virtual(time) = self else {
            return Err(Error::new(ErrorKind::InvalidState, "the time of this host goes on by itself")
                .with_hint("open the connection with time=virtual"));
        };
        let target = time.lock().now.saturating_add(by);
        loop {
            let Some(action) = time.lock().take_due(target) else { return Ok(target) };
            action();
            // A call that was woken goes on before what is due later happens.
            tokio::task::yield_now().await;
        }
    }
}

impl VirtualTime {
    fn schedule(&mut self, after: Duration, action: Action) {
        self.scheduled += 1;
        self.due.insert((self.now.saturating_add(after), self.scheduled), action);
    }

    /// What is due next until `target`, at which the clock then stands; at `target` when nothing is.
    fn take_due(&mut self, target: Timestamp) -> Option<Action> {
        match self.due.first_entry() {
            Some(first) if first.key().0 <= target => {
                self.now = self.now.max(first.key().0);
                Some(first.remove())
            }
            _ => {
                self.now = self.now.max(target);
                None
            }
        }
    }
}

impl std::fmt::Debug for VirtualTime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VirtualTime")
            .field("now", &self.now)
            .field("due", &self.due.len())
            .finish_non_exhaustive()
    }
}
