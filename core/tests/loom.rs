//! Every order in which threads can meet at the lane of a registration: the heart of the bus's promises.
//!
//! The lane and what it is made of are included here with loom's locks in place of the real ones.

use std::sync::Arc;

#[path = "../src/events/delivery.rs"]
#[allow(dead_code, unreachable_pub)]
mod delivery;
#[path = "../src/events/lane.rs"]
#[allow(dead_code)]
mod lane;
#[path = "../src/events/policy.rs"]
#[allow(dead_code, unreachable_pub)]
mod policy;
#[path = "../src/events/queue.rs"]
#[allow(dead_code)]
mod queue;

mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering};

    #[derive(Debug)]
    pub(super) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(super) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().expect("no test panics with the lock held")
        }
    }
}

use delivery::Delivery;
use lane::{Lane, Turn};
use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use omnivirt_model::event::{Cause, ControlError, Event};
use omnivirt_model::{Timestamp, Uuid};
use policy::Policy;

fn event(seq: u64) -> Arc<Event> {
    let mut event = Event::new(Uuid::nil(), seq, Timestamp::from_nanoseconds(0), ControlError::new());
    event.cause = Cause::default();
    Arc::new(event)
}

/// A lane with a callback that must not be called twice at once, nor once it was dropped.
struct Called {
    lane: Lane,
    is_inside: AtomicBool,
    is_dropped: AtomicBool,
    calls: AtomicUsize,
}

impl Called {
    fn new(policy: Policy) -> Arc<Self> {
        Arc::new(Self {
            lane: Lane::new(policy),
            is_inside: AtomicBool::new(false),
            is_dropped: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
        })
    }

    fn drop_callback(&self) {
        assert!(!self.is_inside.load(Ordering::SeqCst), "dropped while it runs");
        assert!(!self.is_dropped.swap(true, Ordering::SeqCst), "dropped twice");
    }

    /// What a dispatcher's thread does with a lane that was put in its list.
    fn work_off(&self) {
        let mut batch = Vec::new();
        loop {
            if !self.lane.begin(&mut batch, 1) {
                return;
            }
            let mut delivered = 0;
            for _ in batch.drain(..) {
                if self.lane.is_cancelled() {
                    break;
                }
                assert!(!self.is_dropped.load(Ordering::SeqCst), "called after it was dropped");
                assert!(!self.is_inside.swap(true, Ordering::SeqCst), "called twice at once");
                self.calls.fetch_add(1, Ordering::SeqCst);
                self.is_inside.store(false, Ordering::SeqCst);
                delivered += 1;
            }
            match self.lane.finish_turn(delivered) {
                Turn::Idle => return,
                Turn::Due => {}
                Turn::Last => {
                    self.drop_callback();
                    self.lane.end();
                    return;
                }
            }
        }
    }

    fn cancel(&self) {
        if self.lane.cancel() {
            self.drop_callback();
        }
    }

    fn emit(&self, seq: u64) {
        if self.lane.offer(&event(seq)).schedule {
            self.work_off();
        }
    }
}

#[test]
fn two_emitters_never_run_the_callback_at_once_and_leave_nothing_behind() {
    loom::model(|| {
        let called = Called::new(Policy::unbounded());
        let other = called.clone();
        let emitter = thread::spawn(move || other.emit(1));
        called.emit(2);
        emitter.join().unwrap();
        assert_eq!(called.calls.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn after_the_barrier_nothing_runs_and_the_callback_is_dropped() {
    loom::model(|| {
        let called = Called::new(Policy::drop_oldest());
        let other = called.clone();
        let emitter = thread::spawn(move || {
            other.emit(1);
            other.emit(2);
        });
        called.cancel();
        block_on(std::future::poll_fn(|task| called.lane.poll_over(task)));
        assert!(!called.is_inside.load(Ordering::SeqCst));
        assert!(called.is_dropped.load(Ordering::SeqCst));
        let calls = called.calls.load(Ordering::SeqCst);
        emitter.join().unwrap();
        assert_eq!(called.calls.load(Ordering::SeqCst), calls, "called after the barrier");
    });
}

#[test]
fn the_end_is_waited_for_and_everything_before_it_is_called() {
    loom::model(|| {
        let called = Called::new(Policy::drop_oldest());
        let other = called.clone();
        let emitter = thread::spawn(move || {
            other.emit(1);
            if other.lane.finish(&event(2)).schedule {
                other.work_off();
            }
        });
        block_on(std::future::poll_fn(|task| called.lane.poll_over(task)));
        assert_eq!(called.calls.load(Ordering::SeqCst), 2);
        assert!(called.is_dropped.load(Ordering::SeqCst));
        emitter.join().unwrap();
    });
}

#[test]
fn a_stream_misses_no_wake_up() {
    loom::model(|| {
        let lane = Arc::new(Lane::new(Policy::drop_oldest()));
        let other = lane.clone();
        let emitter = thread::spawn(move || {
            let offered = other.offer(&event(1));
            offered.wake.into_iter().for_each(std::task::Waker::wake);
            let finished = other.finish(&event(2));
            finished.wake.into_iter().for_each(std::task::Waker::wake);
        });
        let mut received = Vec::new();
        while let Some(delivery) = block_on(std::future::poll_fn(|task| lane.poll_next(task))) {
            received.push(delivery.event().map(|event| event.seq));
        }
        assert_eq!(received, [Some(1), Some(2)]);
        emitter.join().unwrap();
    });
}

#[test]
fn a_call_taken_for_an_inbox_is_not_made_after_the_barrier() {
    loom::model(|| {
        let called = Called::new(Policy::drop_oldest());
        assert!(called.lane.offer(&event(1)).schedule);
        let other = called.clone();
        let deliverer = thread::spawn(move || {
            let mut taken: Vec<Delivery> = Vec::new();
            other.lane.take_due(&mut taken);
            if !taken.is_empty() && other.lane.begin_call() {
                assert!(!other.is_dropped.load(Ordering::SeqCst), "called after it was dropped");
                other.calls.fetch_add(1, Ordering::SeqCst);
                if other.lane.finish_call(true) == Turn::Last {
                    other.drop_callback();
                    other.lane.end();
                }
            }
        });
        called.cancel();
        block_on(std::future::poll_fn(|task| called.lane.poll_over(task)));
        assert!(called.is_dropped.load(Ordering::SeqCst));
        let calls = called.calls.load(Ordering::SeqCst);
        deliverer.join().unwrap();
        assert_eq!(called.calls.load(Ordering::SeqCst), calls, "called after the barrier");
    });
}
