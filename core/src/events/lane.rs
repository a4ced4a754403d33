//! Where the events of one registration wait, and the rules of its turns: no two deliveries at the same time, none after
//! it was cancelled, and a way to wait until the one that runs is over.
//!
//! Everything here happens under one short lock that is never held around anything but this. `tests/loom.rs` tries
//! every order in which threads can meet here.

use super::delivery::{Delivery, RegistrationStats};
use super::policy::Policy;
use super::queue::{Pushed, Queue};
use super::sync::{AtomicBool, Mutex, Ordering};
use omnivirt_model::event::Event;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

#[derive(Debug)]
pub(crate) struct Lane {
    state: Mutex<State>,
    /// Set with the lock held; read without it between two calls of a batch.
    is_cancelled: AtomicBool,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// Whether a list of lanes that are due holds this one, or a thread that will look at it again.
    is_scheduled: bool,
    /// Whether a thread is in the callback, or about to drop it.
    is_running: bool,
    /// Nothing runs, and nothing will.
    is_over: bool,
    reader: Option<Waker>,
    waiting_for_end: Vec<Waker>,
    stats: RegistrationStats,
}

/// What the one who offered an event has to do once it holds no locks.
#[derive(Debug, Default)]
pub(crate) struct Offered {
    pub(crate) wake: Option<Waker>,
    /// Put the lane in its list of those that are due.
    pub(crate) schedule: bool,
    /// The policy ended the registration.
    pub(crate) overflowed: bool,
    /// The expression failed on the event.
    pub(crate) problem: Option<String>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing is due.
    Idle,
    /// More is due: put the lane in the list again.
    Due,
    /// There will be no further turn: drop the callback, then call [`Lane::end`].
    Last,
}

impl Lane {
    pub(crate) fn new(policy: Policy) -> Self {
        let state = State {
            queue: Queue::new(policy),
            is_scheduled: false,
            is_running: false,
            is_over: false,
            reader: None,
            waiting_for_end: Vec::new(),
            stats: RegistrationStats::default(),
        };
        Self { state: Mutex::new(state), is_cancelled: AtomicBool::new(false) }
    }

    /// Takes an event in.
    pub(crate) fn offer(&self, event: &Arc<Event>) -> Offered {
        let mut state = self.state.lock();
        match state.queue.push(event) {
            Pushed::Refused => Offered::default(),
            Pushed::Waits => state.announce(),
            Pushed::Overflowed => Offered { overflowed: true, ..state.announce() },
        }
    }

    /// Takes in that the source lost events.
    pub(crate) fn offer_gap(&self, seq: u64) -> Offered {
        let mut state = self.state.lock();
        match state.queue.push_gap(seq) {
            Pushed::Waits => state.announce(),
            Pushed::Refused | Pushed::Overflowed => Offered::default(),
        }
    }

    /// Takes the last event in.
    pub(crate) fn finish(&self, last: &Arc<Event>) -> Offered {
        let mut state = self.state.lock();
        if state.queue.finish(last) { state.announce() } else { Offered::default() }
    }

    /// Counts an event that the expression did not let through.
    pub(crate) fn count_filtered(&self) {
        self.state.lock().stats.filtered += 1;
    }

    /// Counts an event that the expression failed on.
    pub(crate) fn count_failed(&self) {
        self.state.lock().stats.expression_errors += 1;
    }

    /// Begins a turn of at most `most` deliveries. False if the lane was cancelled: nothing may be called.
    pub(crate) fn begin(&self, batch: &mut Vec<Delivery>, most: usize) -> bool {
        let mut state = self.state.lock();
        if self.is_cancelled() {
            state.is_scheduled = false;
            return false;
        }
        state.is_running = true;
        batch.extend(std::iter::from_fn(|| state.queue.pop()).take(most));
        true
    }

    /// Ends a turn in which so many deliveries were made.
    pub(crate) fn finish_turn(&self, delivered: u64) -> Turn {
        let mut state = self.state.lock();
        state.stats.delivered += delivered;
        if self.is_cancelled() || state.queue.is_exhausted() {
            self.is_cancelled.store(true, Ordering::Release);
            return Turn::Last;
        }
        state.is_running = false;
        if state.queue.is_empty() {
            state.is_scheduled = false;
            return Turn::Idle;
        }
        Turn::Due
    }

    /// Takes all that is due, for one who then makes the calls one by one with [`Lane::begin_call`].
    pub(crate) fn take_due(&self, into: &mut Vec<Delivery>) {
        let mut state = self.state.lock();
        state.is_scheduled = false;
        into.extend(std::iter::from_fn(|| state.queue.pop()));
    }

    /// Whether a call of what was taken may be made; it then runs until [`Lane::finish_call`].
    pub(crate) fn begin_call(&self) -> bool {
        let mut state = self.state.lock();
        state.is_running = !self.is_cancelled();
        state.is_running
    }

    /// Ends a call; `is_last_taken` says that nothing taken is left.
    pub(crate) fn finish_call(&self, is_last_taken: bool) -> Turn {
        let mut state = self.state.lock();
        state.stats.delivered += 1;
        if self.is_cancelled() || (is_last_taken && state.queue.is_exhausted()) {
            self.is_cancelled.store(true, Ordering::Release);
            return Turn::Last;
        }
        state.is_running = false;
        Turn::Idle
    }

    /// After the last turn, with the callback dropped: lets those go who wait for it.
    pub(crate) fn end(&self) {
        let waiting = {
            let mut state = self.state.lock();
            state.is_running = false;
            state.is_over = true;
            std::mem::take(&mut state.waiting_for_end)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Lets no further call begin. True if none runs: the callback can be dropped at once.
    pub(crate) fn cancel(&self) -> bool {
        let (dropped, reader, is_over, waiting) = {
            let mut state = self.state.lock();
            self.is_cancelled.store(true, Ordering::Release);
            state.is_over |= !state.is_running;
            let waiting = if state.is_over { std::mem::take(&mut state.waiting_for_end) } else { Vec::new() };
            (state.queue.clear(), state.reader.take(), state.is_over, waiting)
        };
        drop(dropped);
        waiting.into_iter().chain(reader).for_each(Waker::wake);
        is_over
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }

    /// Ready when nothing runs and nothing will.
    pub(crate) fn poll_over(&self, task: &mut Context<'_>) -> Poll<()> {
        // Wakers are an executor's code: they are cloned and dropped without the lock.
        let waker = task.waker().clone();
        let mut state = self.state.lock();
        if state.is_over {
            return Poll::Ready(());
        }
        state.waiting_for_end.push(waker);
        Poll::Pending
    }

    /// The next delivery for the one reader of a stream.
    pub(crate) fn poll_next(&self, task: &mut Context<'_>) -> Poll<Option<Delivery>> {
        let now = self.state.lock().poll_next();
        if now.is_ready() {
            return now;
        }
        // Wakers are an executor's code: they are cloned and dropped without the lock.
        let waker = task.waker().clone();
        let _former = {
            let mut state = self.state.lock();
            if let Poll::Ready(next) = state.poll_next() {
                return Poll::Ready(next);
            }
            state.reader.replace(waker)
        };
        Poll::Pending
    }

    /// The next delivery, if one is due.
    pub(crate) fn try_next(&self) -> Option<Delivery> {
        self.state.lock().next()
    }

    pub(crate) fn stats(&self) -> RegistrationStats {
        let state = self.state.lock();
        RegistrationStats {
            lost: state.queue.lost,
            coalesced: state.queue.coalesced,
            queued: state.queue.len(),
            ..state.stats
        }
    }
}

impl State {
    fn announce(&mut self) -> Offered {
        let schedule = !self.is_scheduled;
        self.is_scheduled = true;
        Offered { wake: self.reader.take(), schedule, overflowed: false, problem: None }
    }

    fn poll_next(&mut self) -> Poll<Option<Delivery>> {
        match self.next() {
            None if !self.queue.is_exhausted() => Poll::Pending,
            next => Poll::Ready(next),
        }
    }

    fn next(&mut self) -> Option<Delivery> {
        self.is_scheduled = false;
        let next = self.queue.pop()?;
        self.stats.delivered += 1;
        Some(next)
    }
}
