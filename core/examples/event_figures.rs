//! Measures the event bus, in process: `cargo run --release --package omnivirt-core --example event_figures`.
//!
//! What it prints is what `SPECIFICATION.md` promises of events. What one thread does alone is measured in its processor
//! time, all else by the clock.

use omnivirt_core::event::{BalloonChange, Cause, Event};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Policy};
use omnivirt_core::{DomainRef, Uuid};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

#[allow(clippy::print_stdout, reason = "this is a command line program")]
fn main() {
    // Before anything else runs that could give memory back late.
    let (bytes, lost) = never_read();
    println!("a subscriber that never reads, after 1,000,000 events: {:.2} MB, {lost} lost", bytes / 1e6);
    for callbacks in [1, 100, 1_000] {
        println!("delivered callbacks/s, {callbacks:>5} that match: {:>6.2} M", throughput(callbacks) / 1e6);
    }
    let inbox = inbox_throughput(1_000);
    println!("the same through an inbox, 1000 that match: {:>6.2} M", inbox / 1e6);
    let (one, many) = (cost_with_others(1), cost_with_others(10_000));
    println!(
        "an event, with 1 registration for another domain: {one:.0} ns, with 10,000: {many:.0} ns ({:+.1} %)",
        (many / one - 1.0) * 100.0
    );
    println!(
        "an event that one stream receives: {:.0} ns; that an expression is evaluated on: {:.0} ns",
        matched("true", false),
        matched("type == 'balloon_change' && body.actual_kib > 5", true)
    );
    let (p50, p99) = latency();
    println!("call to callback: p50 {p50:.1} µs, p99 {p99:.1} µs");
    let (all, last_tenth) = registering();
    println!("registering 10,000 callbacks: {all:.2} ms, the last tenth {last_tenth:.2} µs each");
}

fn domain(number: u128) -> DomainRef {
    DomainRef::new("domain", Uuid::from_u128(number), Some(1))
}

fn emit(bus: &EventBus, domain: &DomainRef) -> Arc<Event> {
    bus.emit(domain.clone(), Cause::guest(), BalloonChange::new(1024))
}

/// Deliveries a second to so many callbacks that all match, with at most 256 events under way.
fn throughput(callbacks: u64) -> f64 {
    let bus = EventBus::new();
    let delivered = Arc::new(AtomicU64::new(0));
    for _ in 0..callbacks {
        let delivered = delivered.clone();
        // Nothing may be lost: every delivery is waited for.
        bus.register(EventFilter::all(), Policy::unbounded(), move |_| {
            delivered.fetch_add(1, Ordering::Relaxed);
        })
        .expect("the bus is open");
    }
    let events = 4_000_000 / callbacks.max(4);
    let domain = domain(1);
    let begun = Instant::now();
    for seq in 1..=events {
        emit(&bus, &domain);
        while seq * callbacks > delivered.load(Ordering::Relaxed) + 256 * callbacks {
            std::thread::yield_now();
        }
    }
    while delivered.load(Ordering::Relaxed) < events * callbacks {
        std::thread::yield_now();
    }
    (events * callbacks) as f64 / begun.elapsed().as_secs_f64()
}

fn inbox_throughput(callbacks: u64) -> f64 {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let delivered = Arc::new(AtomicU64::new(0));
    for _ in 0..callbacks {
        let delivered = delivered.clone();
        let count = move |_: &Delivery| {
            delivered.fetch_add(1, Ordering::Relaxed);
        };
        inbox.register(EventFilter::all(), Policy::default(), count).expect("the bus is open");
    }
    let domain = domain(1);
    let begun = Instant::now();
    for _ in 0..1_000 {
        emit(&bus, &domain);
        inbox.deliver_pending().expect("not in a callback");
    }
    delivered.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

/// Nanoseconds an event, with so many registrations for other domains.
fn cost_with_others(registrations: u128) -> f64 {
    let bus = EventBus::new();
    let streams: Vec<_> = (0..registrations)
        .map(|number| {
            bus.subscribe(EventFilter::of(domain(number + 2)), Policy::default()).expect("the bus is open")
        })
        .collect();
    let domain = domain(1);
    let best = (0..20).map(|_| time_each(50_000, || drop(emit(&bus, &domain)))).fold(f64::MAX, f64::min);
    drop(streams);
    best
}

/// Nanoseconds an event that is received by one stream that is read.
fn matched(expression: &str, with_expression: bool) -> f64 {
    let bus = EventBus::new();
    let filter = if with_expression { EventFilter::all().expression(expression) } else { EventFilter::all() };
    let mut stream = bus.subscribe(filter, Policy::default()).expect("the expression is right");
    let domain = domain(1);
    time_each(200_000, || {
        emit(&bus, &domain);
        assert!(stream.try_recv().is_some());
    })
}

fn time_each(times: u32, mut act: impl FnMut()) -> f64 {
    let begun = cpu_nanoseconds();
    (0..times).for_each(|_| act());
    (cpu_nanoseconds() - begun) / f64::from(times)
}

/// The processor time that this thread has used.
fn cpu_nanoseconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Microseconds from emitting to the callback, with the callback's thread asleep before each.
fn latency() -> (f64, f64) {
    let bus = EventBus::new();
    let (sender, receiver) = channel();
    let tell = move |_: &Delivery| {
        // The last call comes with the end of the bus, when nobody waits for it any more.
        let _ = sender.send(Instant::now());
    };
    bus.register(EventFilter::all(), Policy::default(), tell).expect("the bus is open");
    let domain = domain(1);
    let mut times: Vec<f64> = (0..5_000)
        .map(|_| {
            std::thread::sleep(Duration::from_micros(100));
            let begun = Instant::now();
            emit(&bus, &domain);
            let called = receiver.recv().expect("the callback is called");
            called.duration_since(begun).as_nanos() as f64 / 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Milliseconds for all of 10,000, and microseconds each of the last tenth: the best of ten runs.
fn registering() -> (f64, f64) {
    (0..10).map(|_| register_all()).min_by(|left, right| left.0.total_cmp(&right.0)).expect("there are ten")
}

fn register_all() -> (f64, f64) {
    let bus = EventBus::new();
    let register = |number: u128| {
        bus.register(EventFilter::of(domain(number)), Policy::default(), |_| {}).expect("the bus is open");
    };
    let begun = cpu_nanoseconds();
    (0..9_000).for_each(register);
    let last = cpu_nanoseconds();
    (9_000..10_000).for_each(register);
    let end = cpu_nanoseconds();
    ((end - begun) / 1e6, (end - last) / 1e3 / 1e3)
}

/// Bytes that stay allocated, and how many events were lost.
fn never_read() -> (f64, u64) {
    let bus = EventBus::new();
    let stream = bus.subscribe(EventFilter::all(), Policy::default()).expect("the bus is open");
    let domain = domain(1);
    let before = ALLOCATED.load(Ordering::Relaxed);
    (0..1_000_000).for_each(|_| drop(emit(&bus, &domain)));
    let after = ALLOCATED.load(Ordering::Relaxed);
    (after.saturating_sub(before) as f64, stream.stats().lost)
}

/// The system's allocator, counting what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
