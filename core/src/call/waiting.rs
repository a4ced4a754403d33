//! What a call waits for, for the error that says that its time has run out.

use parking_lot::Mutex;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

thread_local! {
    /// The notes of the call that is being polled on this thread; none outside of calls.
    static POLLED: Cell<Option<Notes>> = const { Cell::new(None) };
}

/// What one call waits for. Made when something is first noted: most calls wait for nothing.
#[derive(Debug, Default)]
pub(super) struct Notes(Option<Arc<Mutex<List>>>);

#[derive(Debug, Default)]
struct List {
    last: u64,
    waited_for: Vec<(u64, String)>,
}

impl Notes {
    /// Polls something that belongs to the call.
    pub(super) fn during<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let outer = POLLED.replace(Some(std::mem::take(self)));
        let polled = poll();
        *self = POLLED.replace(outer).unwrap_or_default();
        polled
    }

    /// What the call waits for: of several things the one that was noted last, which is most often part of the others.
    pub(super) fn now(&self) -> Option<String> {
        let list = self.0.as_ref()?.lock();
        list.waited_for.last().map(|(_, what)| what.clone())
    }

    /// Those of the call that is being polled.
    fn current() -> Option<Arc<Mutex<List>>> {
        let mut polled = POLLED.take()?;
        let list = polled.0.get_or_insert_default().clone();
        POLLED.set(Some(polled));
        Some(list)
    }
}

/// A note, until it is dropped.
struct Note {
    list: Arc<Mutex<List>>,
    number: u64,
}

impl Note {
    fn new(what: impl FnOnce() -> String) -> Option<Self> {
        let list = Notes::current()?;
        let mut locked = list.lock();
        locked.last += 1;
        let number = locked.last;
        locked.waited_for.push((number, what()));
        drop(locked);
        Some(Self { list, number })
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.list.lock().waited_for.retain(|(number, _)| *number != self.number);
    }
}

/// Does what may take long, and notes what the call waits for meanwhile: if the call's time runs out, its error says so.
/// Costs nothing where there is nothing to wait for. Drivers use it around what others have to do; `what` reads well after
/// "waiting for".
///
/// ```
/// # use omnivirt_core::call::waiting_for;
/// # async fn answer() {}
/// # async fn call() {
/// waiting_for(|| "the hypervisor's answer to 'stop'".to_owned(), answer()).await;
/// # }
/// ```
pub async fn waiting_for<T>(what: impl FnOnce() -> String, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Poll::Ready(done) = poll_fn(|task| Poll::Ready(work.as_mut().poll(task))).await {
        return done;
    }
    let _note = Note::new(what);
    work.await
}

/// Work that a call does in a task of its own, so that it goes on when nobody waits for the call any more: what it notes is
/// what the call waits for.
///
/// ```
/// # use omnivirt_core::call::in_call;
/// # async fn change() {}
/// # async fn call() {
/// let done = tokio::spawn(in_call(change())).await;
/// # }
/// ```
pub fn in_call<T, F: Future<Output = T>>(work: F) -> impl Future<Output = T> + use<T, F> {
    let mut notes = Notes(Notes::current());
    // Boxed, it is moved about as one word: a task's work may be large.
    let mut work = Box::pin(work);
    poll_fn(move |task| notes.during(|| work.as_mut().poll(task)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn a_call_knows_what_it_waits_for_also_in_another_task() {
        let mut notes = Notes::default();
        let mut call = Box::pin(async {
            waiting_for(|| "nothing".to_owned(), ready(())).await;
            let inner = waiting_for(|| "the inner".to_owned(), pending::<()>());
            let outer = tokio::spawn(in_call(inner));
            waiting_for(|| "the outer".to_owned(), outer).await
        });
        assert!(notes.now().is_none());
        for expected in ["the outer", "the inner"] {
            let polled = poll_fn(|task| Poll::Ready(notes.during(|| call.as_mut().poll(task)))).await;
            assert!(polled.is_pending());
            assert_eq!(notes.now().unwrap(), expected);
            tokio::task::yield_now().await;
        }
        drop(call);
        assert_eq!(notes.now().unwrap(), "the inner");
        assert!(POLLED.take().is_none());
    }
}
