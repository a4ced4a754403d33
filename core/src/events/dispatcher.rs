//! The threads that call callbacks: none before the first event is due for one, one while callbacks return soon, more
//! while some are stuck, none again once all has been quiet.

use super::delivery::Delivery;
use super::lane::Turn;
use super::registration::Registration;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How long those that are due wait behind a callback before another thread takes over.
const HAND_OVER_AFTER: Duration = Duration::from_millis(2);
/// How long a thread stays without anything to do.
const IDLE_LIMIT: Duration = Duration::from_secs(5);
/// The most threads: so many callbacks can be stuck at once before they delay others.
const MOST_THREADS: usize = 256;
/// How many deliveries one registration gets before the next has its turn.
const TURN: usize = 64;
/// After how many sleeps a thread that runs out of work first lets others run and looks again, where that was in vain the
/// last time. Where events follow each other closely, sleeping and being woken would cost more than all the rest; where
/// they do not, an event would have to wait until the others have had their turn.
const SLEEPS_AFTER_VAIN_LOOK: u32 = 128;

#[derive(Debug, Default)]
pub(super) struct Dispatcher {
    pool: Mutex<Pool>,
    work: Condvar,
}

#[derive(Debug, Default)]
struct Pool {
    due: VecDeque<Arc<Registration>>,
    threads: usize,
    /// How many threads work off `due`; each may be stuck in a callback.
    busy: usize,
    /// Whether a thread that is not busy will look at `due` without being woken.
    looks: bool,
    watch: Watch,
    /// How often a registration was taken from `due`: it stands still while all busy threads are stuck.
    taken: u64,
    is_closed: bool,
}

/// Whether a thread watches over the busy ones, to take over when they are stuck.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Watch {
    #[default]
    Nobody,
    Wanted,
    Somebody,
}

impl Dispatcher {
    /// Has the registrations called, each of which was not due before.
    pub(super) fn schedule(self: &Arc<Self>, registrations: impl IntoIterator<Item = Arc<Registration>>) {
        let mut pool = self.pool.lock();
        pool.due.extend(registrations);
        if pool.due.is_empty() {
            return;
        }
        if pool.busy > 0 {
            self.have_watched(pool);
        } else if !pool.looks {
            self.rouse(pool);
        }
    }

    /// Ends the threads once nothing is due any more.
    pub(super) fn close(&self) {
        self.pool.lock().is_closed = true;
        self.work.notify_all();
    }

    /// Makes sure that a thread watches, if it is not so already.
    fn have_watched(self: &Arc<Self>, mut pool: MutexGuard<'_, Pool>) {
        if pool.watch == Watch::Nobody && pool.busy < MOST_THREADS {
            pool.watch = Watch::Wanted;
            self.rouse(pool);
        }
    }

    /// Has a thread that is not busy look at the pool; a new one, should there be none.
    fn rouse(self: &Arc<Self>, mut pool: MutexGuard<'_, Pool>) {
        if pool.threads > pool.busy {
            drop(pool);
            self.work.notify_one();
            return;
        }
        pool.threads += 1;
        let is_last = pool.threads == MOST_THREADS;
        drop(pool);
        if is_last {
            tracing::warn!(
                threads = MOST_THREADS,
                "so many event callbacks are stuck that they begin to delay others"
            );
        }
        let dispatcher = self.clone();
        let spawned =
            std::thread::Builder::new().name("omnivirt-events".to_owned()).spawn(move || dispatcher.serve());
        if let Err(error) = spawned {
            // The next event tries again.
            tracing::error!(%error, "cannot start a thread for event callbacks");
            let mut pool = self.pool.lock();
            pool.threads -= 1;
            if pool.watch == Watch::Wanted {
                pool.watch = Watch::Nobody;
            }
        }
    }

    /// A thread's life.
    fn serve(self: &Arc<Self>) {
        let mut batch = Vec::with_capacity(TURN);
        let mut sleeps = 0;
        let mut pool = self.pool.lock();
        loop {
            if pool.busy == 0 && !pool.due.is_empty() {
                pool = self.work_off(pool, &mut batch);
            } else if pool.watch == Watch::Wanted {
                pool.watch = Watch::Somebody;
                pool = self.watch(pool, &mut batch);
            } else if pool.is_closed {
                break;
            } else if sleeps == 0 && pool.busy == 0 && !pool.looks {
                pool.looks = true;
                MutexGuard::unlocked(&mut pool, || (0..2).for_each(|_| std::thread::yield_now()));
                pool.looks = false;
                if pool.busy > 0 || pool.due.is_empty() {
                    sleeps = SLEEPS_AFTER_VAIN_LOOK;
                }
            } else {
                sleeps = sleeps.saturating_sub(1);
                let waited = self.work.wait_for(&mut pool, IDLE_LIMIT);
                let is_needed = pool.watch == Watch::Wanted || (pool.busy == 0 && !pool.due.is_empty());
                if waited.timed_out() && !is_needed {
                    break;
                }
            }
        }
        pool.threads -= 1;
    }

    /// Waits beside the busy threads, and takes over when they get nowhere.
    fn watch<'a>(
        self: &'a Arc<Self>,
        mut pool: MutexGuard<'a, Pool>,
        batch: &mut Vec<Delivery>,
    ) -> MutexGuard<'a, Pool> {
        loop {
            let before = pool.taken;
            let timed_out = self.work.wait_for(&mut pool, HAND_OVER_AFTER).timed_out();
            let is_idle = pool.due.is_empty();
            if is_idle && (timed_out || pool.is_closed) {
                pool.watch = Watch::Nobody;
                return pool;
            }
            if !is_idle && (pool.busy == 0 || (timed_out && pool.taken == before)) {
                pool.watch = Watch::Nobody;
                return self.work_off(pool, batch);
            }
        }
    }

    /// Works off what is due.
    fn work_off<'a>(
        self: &'a Arc<Self>,
        mut pool: MutexGuard<'a, Pool>,
        batch: &mut Vec<Delivery>,
    ) -> MutexGuard<'a, Pool> {
        pool.busy += 1;
        while let Some(registration) = pool.due.pop_front() {
            pool.taken += 1;
            if pool.due.is_empty() {
                drop(pool);
            } else {
                // Whatever is due now must not depend on this callback's return.
                self.have_watched(pool);
            }
            let turn = registration.take_turn(batch, TURN);
            pool = self.pool.lock();
            if turn == Turn::Due {
                pool.due.push_back(registration);
            }
        }
        pool.busy -= 1;
        pool
    }
}
