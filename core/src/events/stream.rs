//! Deliveries as a stream, for any executor: it needs wakers and nothing else.

use super::bus::Inner;
use super::delivery::{Delivery, RegistrationId, RegistrationStats};
use super::registration::Registration;
use super::snapshot::Contained;
use futures_core::Stream;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

/// The deliveries of one registration. It ends when the connection is closed, the policy closes it or it is
/// deregistered by its id; dropping it deregisters it.
#[derive(Debug)]
pub struct EventStream {
    registration: Arc<Registration>,
    bus: Weak<Inner>,
    /// After a snapshot: what it told already.
    contained: Option<Contained>,
}

impl EventStream {
    pub(super) fn new(registration: Arc<Registration>, bus: Weak<Inner>) -> Self {
        Self { registration, bus, contained: None }
    }

    pub(super) fn begin_after(&mut self, contained: Contained) {
        self.contained = Some(contained);
    }

    /// Names the registration.
    #[must_use]
    pub fn id(&self) -> RegistrationId {
        self.registration.id()
    }

    /// What has become of its events.
    #[must_use]
    pub fn stats(&self) -> RegistrationStats {
        self.registration.stats()
    }

    /// The next delivery; none at the end. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<Delivery> {
        std::future::poll_fn(|task| self.poll_delivery(task)).await
    }

    /// The next delivery, if one is due.
    pub fn try_recv(&mut self) -> Option<Delivery> {
        while let Some(delivery) = self.registration.lane.try_next() {
            if let Some(delivery) = self.not_contained(delivery) {
                return Some(delivery);
            }
        }
        None
    }

    fn poll_delivery(&mut self, task: &mut Context<'_>) -> Poll<Option<Delivery>> {
        loop {
            match self.registration.lane.poll_next(task) {
                Poll::Ready(Some(delivery)) => {
                    if let Some(delivery) = self.not_contained(delivery) {
                        return Poll::Ready(Some(delivery));
                    }
                }
                other => return other,
            }
        }
    }

    fn not_contained(&mut self, delivery: Delivery) -> Option<Delivery> {
        match &self.contained {
            None => Some(delivery),
            Some(contained) if contained.is_past(&delivery) => {
                self.contained = None;
                Some(delivery)
            }
            Some(contained) => contained.rest_of(delivery),
        }
    }
}

impl Stream for EventStream {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.poll_delivery(task)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let Some(bus) = self.bus.upgrade() {
            bus.forget(self.registration.id());
        }
        self.registration.cancel();
    }
}
