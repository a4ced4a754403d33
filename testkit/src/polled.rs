//! Futures that are polled a few times and then dropped.

use crate::rig::Rig;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future so many times, each time it asks to be; none if it was not ready by then.
struct Polled<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Polled<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match self.future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Polls a call so many times and drops it. None if it was not ready by then.
pub(crate) async fn polled<F: Future>(rig: &Rig, polls: usize, future: F) -> Option<F::Output> {
    rig.drive(Polled { future: Box::pin(future), left: polls }).await
}
