//! The bus's own threads: none unless callbacks are due for one, none after the bus is gone. Alone in its process, which
//! it counts the threads of.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_core::event::{Cause, CloseReason, ControlError};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, EventStream, Inbox, Policy};
use omnivirt_core::{DomainRef, Uuid};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end while it is looked at.
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "omnivirt-events").count()
}

fn emit(bus: &EventBus) {
    bus.emit(DomainRef::new("web", Uuid::nil(), None), Cause::guest(), ControlError::new());
}

#[test]
fn there_are_none_unless_they_are_needed() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    let inbox = bus.inbox();
    inbox.register(EventFilter::all(), Policy::default(), |_: &Delivery| {}).unwrap();
    emit(&bus);
    assert!(stream.try_recv().is_some());
    assert_eq!(inbox.deliver_pending().unwrap(), 1);
    let (sender, called) = channel();
    bus.register(EventFilter::all(), Policy::default(), move |_| sender.send(()).unwrap()).unwrap();
    assert_eq!(threads(), 0);
    emit(&bus);
    called.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(threads(), 1);
    drop(bus.close(CloseReason::Client));
    drop((inbox, bus));
    let deadline = Instant::now() + Duration::from_secs(60);
    while threads() > 0 {
        assert!(Instant::now() < deadline, "threads outlive the bus");
        std::thread::yield_now();
    }
}

#[test]
fn everything_can_be_sent_and_shared_as_programs_expect() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send>(_: T) {}
    shared::<EventBus>();
    shared::<Inbox>();
    shared::<EventStream>();
    shared::<Delivery>();
    let bus = EventBus::new();
    sent(bus.subscribe(EventFilter::all(), Policy::default()).unwrap().recv());
    sent(bus.deregister(0.into()));
    sent(bus.close(CloseReason::Client));
}
