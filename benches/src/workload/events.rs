//! Events of a domain that is suspended and resumed.

use super::{Template, connect, define, emit, nanoseconds, status_kib};
use crate::Outcome;
use crate::statistics::quantile;
use nix::time::{ClockId, clock_gettime};
use omnivirt::event::EventKind;
use omnivirt::events::{Delivery, EventFilter, Policy};
use omnivirt::{Connection, Domain};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Counts the events that callbacks receive.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn callback(&self) -> impl FnMut(&Delivery) + Send + 'static {
        let count = self.0.clone();
        move |delivery| {
            // The reader of a queue without end has no gaps, and one would be no delivery.
            if matches!(delivery, Delivery::Event(_)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until so many have been received; fails if none comes for five seconds.
    fn wait(&self, wanted: usize) -> Outcome {
        let (mut before, mut since) = (self.now(), Instant::now());
        while self.now() < wanted {
            std::thread::sleep(Duration::from_micros(50));
            if self.now() != before {
                (before, since) = (self.now(), Instant::now());
            } else if since.elapsed() > Duration::from_secs(5) {
                return Err(format!("{before} of {wanted} callbacks came").into());
            }
        }
        Ok(())
    }
}

fn lifecycle() -> EventFilter {
    EventFilter::all().kinds([EventKind::Lifecycle])
}

async fn suspend_and_resume(domain: &Domain) -> Outcome {
    domain.suspend().await?;
    Ok(domain.resume().await?)
}

async fn with_test_domain() -> Outcome<(Connection, Domain)> {
    let connection = connect().await?;
    let domain = connection.domain_by_name("test").await?;
    Ok((connection, domain))
}

/// The CPU time of this process.
fn cpu() -> Outcome<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// Every event goes to every callback. As with libvirt, nothing is let fall however far the callbacks are behind.
pub(super) async fn deliveries(callbacks: usize, pairs: usize) -> Outcome {
    let (connection, domain) = with_test_domain().await?;
    let counter = Counter::default();
    for _ in 0..callbacks {
        connection.on_event(lifecycle(), Policy::unbounded(), counter.callback()).await?;
    }
    for _ in 0..20 {
        suspend_and_resume(&domain).await?;
    }
    counter.wait(40 * callbacks)?;
    let (begun, cpu_before) = (Instant::now(), cpu()?);
    for _ in 0..pairs {
        suspend_and_resume(&domain).await?;
    }
    let expected = 2 * pairs * callbacks;
    counter.wait(40 * callbacks + expected)?;
    emit("callbacks_per_s", expected as f64 / begun.elapsed().as_secs_f64(), "1/s");
    emit("cpu_per_event", (cpu()? - cpu_before).as_secs_f64() * 1e6 / (2 * pairs) as f64, "us");
    Ok(())
}

/// An event that one registration receives, without and with others that wait for other domains: the CPU of one that a
/// callback gets; the time of one that a stream gets, where no second thread comes in between.
pub(super) async fn others(template: Template, count: usize, pairs: usize) -> Outcome {
    let (connection, domain) = with_test_domain().await?;
    let mut others = Vec::with_capacity(count);
    for number in 0..count {
        others.push(define(&connection, &template.document(number)).await?);
    }
    let counter = Counter::default();
    let (mut alone, mut among, mut growths) = (Vec::new(), Vec::new(), Vec::new());
    // The others come and go several times, so that what the machine does besides hits both.
    for _ in 0..5 {
        let (one, one_read) = event_costs(&connection, &domain, pairs).await?;
        let mut registrations = Vec::with_capacity(count);
        for other in &others {
            let filter = lifecycle().object(other.reference().clone());
            registrations.push(connection.on_event(filter, Policy::unbounded(), counter.callback()).await?);
        }
        let (many, many_read) = event_costs(&connection, &domain, pairs).await?;
        for registration in registrations {
            connection.event_deregister(registration).await?;
        }
        alone.push(one);
        among.push(many);
        growths.push(many_read / one_read);
    }
    emit("cpu_one", quantile(alone, 0.5), "us");
    emit("cpu_many", quantile(among, 0.5), "us");
    emit("growth", quantile(growths, 0.5), "x");
    Ok(())
}

/// Microseconds of CPU for an event that a callback gets, and of time for one that a stream gets.
async fn event_costs(connection: &Connection, domain: &Domain, pairs: usize) -> Outcome<(f64, f64)> {
    let filter = || lifecycle().object(domain.reference().clone());
    let events = (2 * pairs) as f64;
    let counter = Counter::default();
    let registration = connection.on_event(filter(), Policy::unbounded(), counter.callback()).await?;
    let before = cpu()?;
    for _ in 0..pairs {
        suspend_and_resume(domain).await?;
    }
    counter.wait(2 * pairs)?;
    let called = (cpu()? - before).as_secs_f64() * 1e6 / events;
    connection.event_deregister(registration).await?;
    let mut stream = connection.subscribe(filter(), Policy::default()).await?;
    let begun = Instant::now();
    for _ in 0..pairs {
        suspend_and_resume(domain).await?;
        while stream.try_recv().is_some() {}
    }
    Ok((called, nanoseconds(begun) / 1e3 / events))
}

/// Registrations for everything.
pub(super) async fn register(count: usize) -> Outcome {
    let connection = connect().await?;
    let counter = Counter::default();
    let tenth = count / 10;
    let begun = Instant::now();
    let (mut first_tenth, mut last_tenth) = (0.0, begun);
    for number in 0..count {
        if number == tenth {
            first_tenth = nanoseconds(begun);
        }
        if number == count - tenth {
            last_tenth = Instant::now();
        }
        connection.on_event(lifecycle(), Policy::default(), counter.callback()).await?;
    }
    let (all, last_tenth) = (nanoseconds(begun), nanoseconds(last_tenth));
    emit("register_all", all / 1e6, "ms");
    emit("register_growth", last_tenth / first_tenth, "x");
    Ok(())
}

/// From the call to the callback, with the caller blocked until it has come.
pub(super) async fn latency(times: usize) -> Outcome {
    let (connection, domain) = with_test_domain().await?;
    let (sender, receiver) = channel();
    let stamp = move |_: &Delivery| {
        // Nobody listens any more when the connection's end is told.
        let _ = sender.send(Instant::now());
    };
    connection.on_event(lifecycle(), Policy::default(), stamp).await?;
    let mut latencies = Vec::new();
    for number in 0..20 + times {
        let begun = Instant::now();
        if number % 2 == 0 {
            domain.suspend().await?;
        } else {
            domain.resume().await?;
        }
        let called = receiver.recv_timeout(Duration::from_secs(5))?;
        latencies.push(called.duration_since(begun).as_nanos() as f64 / 1e3);
        std::thread::sleep(Duration::from_micros(100));
    }
    let latencies = latencies.split_off(20);
    emit("p50", quantile(latencies.clone(), 0.5), "us");
    emit("p99", quantile(latencies, 0.99), "us");
    Ok(())
}

/// What waits for a reader that never reads, and whether it is told what it lost when it reads at last.
pub(super) async fn backlog(count: usize) -> Outcome {
    let (connection, domain) = with_test_domain().await?;
    let mut stream = connection.subscribe(lifecycle(), Policy::default()).await?;
    let before = status_kib("VmRSS")?;
    for _ in 0..count / 2 {
        suspend_and_resume(&domain).await?;
    }
    emit("growth", status_kib("VmRSS")? - before, "KiB");
    let (mut received, mut told) = (0, 0);
    while let Some(delivery) = stream.try_recv() {
        match delivery {
            Delivery::Event(_) => received += 1,
            Delivery::Gap(gap) => told += gap.lost,
        }
    }
    emit("received", f64::from(received), "events");
    emit("lost", told as f64, "events");
    emit("told", told as f64 / (count as f64 - f64::from(received)), "x");
    Ok(())
}
