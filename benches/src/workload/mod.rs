//! What is measured of ours. Each mode runs in a process of its own, and prints its figures as lines of JSON; what it does
//! is what the mode of the same name in `libvirt/lvbench.c` does.

mod calls;
mod daemon;
mod events;
mod qemu;
mod scale;
mod spawn;

use crate::Outcome;
use nix::sys::time::{TimeVal, TimeValLike};
use omnivirt::{Connection, DefineOptions, Domain};
use std::future::Future;
use std::time::{Duration, Instant};

/// Runs the mode that the arguments name.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["info", seconds] => wait(calls::info(seconds.parse()?)),
        ["document", template, times] => wait(calls::document(Template::read(template)?, times.parse()?)),
        ["open", uri, times] => wait(calls::open(uri, times.parse()?)),
        ["scale", template, count] => wait(scale::scale(Template::read(template)?, count.parse()?)),
        ["lookups", template, few, many] => {
            wait(scale::lookups(Template::read(template)?, [few.parse()?, many.parse()?]))
        }
        ["memory", template, count] => wait(scale::memory(Template::read(template)?, count.parse()?)),
        ["deliveries", callbacks, pairs] => wait(events::deliveries(callbacks.parse()?, pairs.parse()?)),
        ["others", template, count, pairs] => {
            wait(events::others(Template::read(template)?, count.parse()?, pairs.parse()?))
        }
        ["register", count] => wait(events::register(count.parse()?)),
        ["latency", times] => wait(events::latency(times.parse()?)),
        ["backlog", count] => wait(events::backlog(count.parse()?)),
        ["qemu", ref arguments @ ..] => qemu::run(arguments),
        ["daemon", ref arguments @ ..] => daemon::run(arguments),
        ["spawn", times, ref command @ ..] => spawn::spawn(times.parse()?, command),
        _ => Err(format!("no such workload: {}", arguments.join(" ")).into()),
    }
}

fn wait(work: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

async fn connect() -> Outcome<Connection> {
    Ok(omnivirt::connect("test:///default").await?)
}

/// A document with gaps for a name and a UUID.
#[derive(Debug)]
pub(crate) struct Template(String);

impl Template {
    /// Reads it from a file.
    pub(crate) fn read(path: &str) -> Outcome<Self> {
        std::fs::read_to_string(path).map(Self).map_err(|error| format!("{path}: {error}").into())
    }

    /// The document of the domain of that number.
    pub(crate) fn document(&self, number: usize) -> String {
        let uuid = format!("{:08x}-1111-4222-8333-{number:012x}", 0xabc0_0000_usize + number);
        self.0.replace("@NAME@", &format!("dom-{number:06}")).replace("@UUID@", &uuid)
    }
}

async fn define(connection: &Connection, xml: &str) -> Outcome<Domain> {
    Ok(connection.define(xml, DefineOptions::default()).await?)
}

/// Prints a figure.
fn emit(metric: &str, value: f64, unit: &str) {
    println!("{}", serde_json::json!({"m": metric, "v": value, "u": unit}));
}

fn nanoseconds(since: Instant) -> f64 {
    since.elapsed().as_nanos() as f64
}

/// The process's own memory, by the name that `/proc/self/status` gives it, in KiB.
fn status_kib(key: &str) -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let value =
        status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')?.split_whitespace().next());
    Ok(value.ok_or_else(|| format!("/proc/self/status has no {key}"))?.parse()?)
}

/// A time that the kernel told.
pub(crate) fn duration(time: &TimeVal) -> Duration {
    Duration::from_micros(time.num_microseconds().unsigned_abs())
}
