//! Waiting until a registration's last call is over, without waiting for oneself.

use super::delivery::RegistrationId;
use super::registration::{self, Registration};
use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// Which registration's callback waits for the end of which other's. Of the whole process: callbacks of different
/// connections can wait for each other too.
static WAITING: LazyLock<Mutex<HashMap<RegistrationId, RegistrationId>>> = LazyLock::new(Mutex::default);

/// Ends when no call of a cancelled registration runs any more. At once from inside its own callback.
pub(super) async fn wait_for(registration: &Registration) -> Result<()> {
    let mut waits = None;
    poll_fn(|task| {
        let inside = registration::current();
        if inside == Some(registration.id()) {
            return Poll::Ready(Ok(()));
        }
        if registration.lane.poll_over(task).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if let (Some(inside), None) = (inside, &waits) {
            match Waits::begin(inside, registration.id()) {
                Ok(begun) => waits = Some(begun),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Pending
    })
    .await
}

/// Ends when none of them runs any more, save for the one whose callback it is polled in.
pub(super) async fn wait_for_all(registrations: Vec<Arc<Registration>>) {
    for registration in registrations {
        poll_fn(|task| {
            if registration::current() == Some(registration.id()) {
                Poll::Ready(())
            } else {
                registration.lane.poll_over(task)
            }
        })
        .await;
    }
}

/// The mark that one callback waits for another's end.
struct Waits(RegistrationId);

impl Waits {
    fn begin(inside: RegistrationId, target: RegistrationId) -> Result<Self> {
        let mut waiting = WAITING.lock();
        let mut next = target;
        while let Some(after) = waiting.get(&next) {
            if *after == inside {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    "two event callbacks wait for each other's end",
                )
                .with_context("registration", target)
                .with_hint("it is deregistered, and the call of it that runs is its last"));
            }
            next = *after;
        }
        waiting.insert(inside, target);
        Ok(Self(inside))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        WAITING.lock().remove(&self.0);
    }
}

/// Runs a future to its end on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}
