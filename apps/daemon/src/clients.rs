//! How many clients there are, and who of them has yet to show that it is one.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long a client that has made no call is spared when others wait for its place. One that means to call does so as soon
/// as it has connected; and a thousand that do not must not keep another waiting for long.
const SPARED: Duration = Duration::from_millis(50);

/// Counts clients.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    all: AtomicUsize,
    /// By number, which rises: the first is the oldest.
    anonymous: Mutex<BTreeMap<u64, Anonymous>>,
    changed: Notify,
    came_or_went: Notify,
}

#[derive(Debug)]
struct Anonymous {
    since: Instant,
    end: Arc<Notify>,
}

/// One client, for as long as it is there.
#[derive(Debug)]
pub(crate) struct Place {
    clients: Arc<Clients>,
    number: u64,
    end: Arc<Notify>,
}

impl Clients {
    /// Waits until there is room for another client that nobody knows yet, if need be in the place of one that has been
    /// silent for long.
    pub(crate) async fn wait_for_room(&self, most_anonymous: usize) {
        loop {
            let spared_for = {
                let mut anonymous = self.anonymous.lock();
                if anonymous.len() < most_anonymous {
                    return;
                }
                let Some(oldest) = anonymous.first_entry() else { return };
                let spared_for = SPARED.saturating_sub(oldest.get().since.elapsed());
                if spared_for.is_zero() {
                    oldest.remove().end.notify_one();
                    return;
                }
                spared_for
            };
            let _ = tokio::time::timeout(spared_for, self.changed.notified()).await;
        }
    }

    /// Takes a client in; none if there are too many.
    pub(crate) fn take_in(self: &Arc<Self>, number: u64, most: usize) -> Option<Place> {
        if self.all.fetch_add(1, Ordering::Relaxed) >= most {
            self.all.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.came_or_went.notify_waiters();
        let end = Arc::new(Notify::new());
        self.anonymous.lock().insert(number, Anonymous { since: Instant::now(), end: end.clone() });
        Some(Place { clients: self.clone(), number, end })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }

    /// Waits until there has been no client for so long.
    pub(crate) async fn none_for(&self, time: Duration) {
        loop {
            let change = self.came_or_went.notified();
            if self.count() > 0 {
                change.await;
            } else if tokio::time::timeout(time, change).await.is_err() {
                return;
            }
        }
    }
}

impl Place {
    /// The client has shown that it is one.
    pub(crate) fn known(&self) {
        self.clients.anonymous.lock().remove(&self.number);
        self.clients.changed.notify_one();
    }

    /// Told when the client has to make room for others.
    pub(crate) fn end(&self) -> Arc<Notify> {
        self.end.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.known();
        self.clients.all.fetch_sub(1, Ordering::Relaxed);
        self.clients.came_or_went.notify_waiters();
    }
}
