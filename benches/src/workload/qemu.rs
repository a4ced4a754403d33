//! QEMU's guests, which this process looks after itself; the other sides are programs that it starts.

use super::{Template, emit, nanoseconds, status_kib};
use crate::Outcome;
use crate::statistics::quantile;
use nix::time::{ClockId, clock_gettime};
use omnivirt::event::{EventBody, EventKind};
use omnivirt::events::{Delivery, EventFilter, Policy};
use omnivirt::{
    Connection, CreateOptions, DestroyOptions, Domain, DomainFilter, ErrorKind, StatsGroups, StatsOptions,
};
use omnivirt_peers::daemon::Daemon;
use omnivirt_peers::libvirtd;
use rustix::process::{Pid, Signal};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// Runs a mode.
pub(super) fn run(arguments: &[&str]) -> Outcome {
    match *arguments {
        ["libvirt", program, ref rest @ ..] => through_libvirtd(program, rest),
        ["floor", program, ref rest @ ..] => pass_on(Command::new(program).args(rest)),
        [mode, template, ref numbers @ ..] => {
            let template = Template::read(template)?;
            let numbers = numbers.iter().map(|number| number.parse()).collect::<Result<Vec<usize>, _>>()?;
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(here(mode, template, &numbers))
        }
        _ => Err("a mode and a template are needed".into()),
    }
}

/// Runs a program whose figures are passed on as they are.
fn pass_on(command: &mut Command) -> Outcome {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// The same through a libvirtd of its own.
fn through_libvirtd(program: &str, rest: &[&str]) -> Outcome {
    let daemon = libvirtd::start()?;
    ask_libvirtd(&daemon, program, rest)?;
    if let ["capabilities", template, _] = *rest {
        let successor = libvirtd::start_after(&daemon)?;
        ask_libvirtd(&successor, program, &["capabilities", template, "1"])?;
    }
    Ok(())
}

fn ask_libvirtd(daemon: &Daemon, program: &str, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(program);
    command.args(arguments).env("QEMU_URI", daemon.uri("qemu", "/system"));
    let pid = std::fs::read_to_string(daemon.folder().join("libvirtd.pid")).unwrap_or_default();
    // Its number inside its own namespace is another: what counts is the one here.
    command.env("DAEMON_PID", outer_pid(daemon.pid(), pid.trim()).unwrap_or_default());
    pass_on(&mut command)
}

/// The number here of the process that has another in the namespace of the one that started it.
fn outer_pid(parent: u32, inner: &str) -> Option<String> {
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut all = processes.filter_map(|process| {
        let status = std::fs::read_to_string(process.path().join("status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let numbers: Vec<&str> = field("NSpid:")?.split_whitespace().collect();
        let is_it = numbers.len() > 1 && numbers.last() == Some(&inner) && field("Name:") == Some("libvirtd");
        is_it.then(|| (field("Pid:").unwrap_or_default().to_owned(), numbers.len()))
    });
    // The newest: another test's libvirtd may run too.
    let found = all.by_ref().filter(|(pid, _)| pid.parse::<u32>().is_ok_and(|pid| pid > parent)).last();
    found.map(|(pid, _)| pid)
}

async fn here(mode: &str, template: Template, numbers: &[usize]) -> Outcome {
    if mode == "capabilities" {
        return capabilities().await;
    }
    let root = tempfile::tempdir()?;
    let uri = format!("qemu:///embed?root={}", root.path().display());
    let rig = Rig { connection: omnivirt::connect(&uri).await?, template, root };
    let done = match (mode, numbers) {
        ("cycle", &[times]) => rig.cycle(times).await,
        ("starts", &[count, at_once]) => rig.starts(count, at_once).await,
        ("memory", &[count]) => rig.memory(count).await,
        ("guests", &[count]) => rig.guests(count).await,
        ("events", &[times]) => rig.events(times).await,
        ("bystander", &[count]) => rig.bystander(count).await,
        ("stopped", &[times]) => rig.stopped(times).await,
        _ => Err(format!("no such workload of QEMU's: {mode}").into()),
    };
    for domain in rig.connection.list_domains(DomainFilter::default()).await? {
        domain.destroy(DestroyOptions::default()).await?;
    }
    done
}

/// From nothing to the host's capabilities: the first time ever, and when QEMU has been asked before.
async fn capabilities() -> Outcome {
    let root = tempfile::tempdir()?;
    let uri = format!("qemu:///embed?root={}", root.path().display());
    for metric in ["cold", "warm"] {
        let begun = Instant::now();
        let connection = omnivirt::connect(&uri).await?;
        connection.capabilities().await?;
        emit(metric, nanoseconds(begun) / 1e6, "ms");
        connection.close().await?;
    }
    Ok(())
}

/// A root of guests.
#[derive(Debug)]
struct Rig {
    connection: Connection,
    template: Template,
    root: TempDir,
}

impl Rig {
    async fn create(&self, number: usize, paused: bool) -> Outcome<Domain> {
        let options = CreateOptions::default().paused(paused);
        Ok(self.connection.create(&self.template.document(number), options).await?)
    }

    /// From the call to a guest that runs, and to one that has gone.
    async fn cycle(&self, times: usize) -> Outcome {
        let (mut starts, mut destroys) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let begun = Instant::now();
            let domain = self.create(0, false).await?;
            starts.push(nanoseconds(begun) / 1e6);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let begun = Instant::now();
            domain.destroy(DestroyOptions::default()).await?;
            destroys.push(nanoseconds(begun) / 1e6);
        }
        emit("start", quantile(starts, 0.5), "ms");
        emit("destroy", quantile(destroys, 0.5), "ms");
        Ok(())
    }

    /// Many, so many at a time.
    async fn create_all(&self, numbers: std::ops::Range<usize>, at_once: usize) -> Outcome<Vec<Domain>> {
        let permits = Arc::new(Semaphore::new(at_once));
        let tasks: Vec<_> = numbers
            .map(|number| {
                let (connection, permits) = (self.connection.clone(), permits.clone());
                let xml = self.template.document(number);
                tokio::spawn(async move {
                    let _permit = permits.acquire().await;
                    connection.create(&xml, CreateOptions::default().paused(true)).await
                })
            })
            .collect();
        let mut domains = Vec::new();
        for task in tasks {
            domains.push(task.await??);
        }
        Ok(domains)
    }

    async fn starts(&self, count: usize, at_once: usize) -> Outcome {
        let begun = Instant::now();
        self.create_all(0..count, at_once).await?;
        emit("all", nanoseconds(begun) / 1e6, "ms");
        Ok(())
    }

    /// What a guest costs in the process that looks after it.
    async fn memory(&self, count: usize) -> Outcome {
        // What the first of all costs is no guest's.
        self.create_all(count..count + 2, 2).await?;
        let before = status_kib("VmRSS")?;
        self.create_all(0..count, 4).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        emit("per_guest", (status_kib("VmRSS")? - before) / count as f64, "KiB");
        Ok(())
    }

    async fn guests(&self, count: usize) -> Outcome {
        self.create_all(0..count, 4).await?;
        let (mut lists, mut stats) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let begun = Instant::now();
            let domains = self.connection.list_domains(DomainFilter::default()).await?;
            lists.push(nanoseconds(begun) / 1e3);
            if domains.len() != count {
                return Err(format!("{} guests are listed, and not {count}", domains.len()).into());
            }
            let begun = Instant::now();
            let (groups, filter, options) =
                (StatsGroups::default(), DomainFilter::default(), StatsOptions::default());
            match self.connection.domain_stats(&[], groups, filter, options).await {
                Ok(_) => stats.push(nanoseconds(begun) / 1e3),
                Err(error) if error.kind() == ErrorKind::Unsupported => {}
                Err(error) => return Err(error.into()),
            }
        }
        emit("list", quantile(lists, 0.5), "us");
        if !stats.is_empty() {
            emit("stats", quantile(stats, 0.5), "us");
        }
        Ok(())
    }

    /// From QEMU's own time of an event to the callback.
    async fn events(&self, times: usize) -> Outcome {
        let domain = self.create(0, false).await?;
        let (sender, seen) = channel();
        let filter = EventFilter::all().kinds([EventKind::Lifecycle, EventKind::MonitorEvent]);
        // QEMU's own words are told to those who ask for those of one guest.
        let filter = filter.object(domain.reference().clone());
        self.connection
            .on_event(filter, Policy::unbounded(), move |delivery| {
                let Delivery::Event(event) = delivery else { return };
                let now = clock_gettime(ClockId::CLOCK_REALTIME).map(Duration::from).unwrap_or_default();
                let told = match &event.body {
                    EventBody::MonitorEvent(event) if ["STOP", "RESUME"].contains(&&*event.event) => {
                        let micros = u64::from(event.microseconds);
                        Some(Duration::new(event.seconds.unsigned_abs(), 0) + Duration::from_micros(micros))
                    }
                    EventBody::Lifecycle(_) => None,
                    _ => return,
                };
                // The receiver may have seen enough.
                let _ = sender.send((now, told));
            })
            .await?;
        let mut latencies = Vec::new();
        for round in 0..times + 10 {
            if round % 2 == 0 {
                domain.suspend().await?
            } else {
                domain.resume().await?
            }
            let (mut called, mut happened) = (None, None);
            while called.is_none() || happened.is_none() {
                match seen.recv_timeout(Duration::from_secs(5))? {
                    (_, Some(told)) => happened = Some(told),
                    (now, None) => called = Some(now),
                }
            }
            if let (Some(called), Some(happened)) = (called, happened) {
                latencies.push(called.saturating_sub(happened).as_nanos() as f64 / 1e3);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        emit("p50", quantile(latencies.split_off(10), 0.5), "us");
        Ok(())
    }

    /// Microseconds of a call on a guest, and of one that QEMU has to answer; until `is_over`.
    async fn calls(
        &self,
        domain: &Domain,
        mut is_over: impl FnMut(usize) -> bool,
    ) -> Outcome<(f64, f64, usize)> {
        let (mut infos, mut pairs) = (Vec::new(), Vec::new());
        while !is_over(infos.len()) {
            let begun = Instant::now();
            domain.info().await?;
            infos.push(nanoseconds(begun) / 1e3);
            let begun = Instant::now();
            domain.suspend().await?;
            domain.resume().await?;
            pairs.push(nanoseconds(begun) / 1e3);
        }
        let count = infos.len();
        Ok((quantile(infos, 0.5), quantile(pairs, 0.5), count))
    }

    /// Calls on one guest while others are destroyed.
    async fn bystander(&self, others: usize) -> Outcome {
        let domain = self.create(others, false).await?;
        let guests = self.create_all(0..others, 4).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (info, pair, _) = self.calls(&domain, |calls| calls >= 500).await?;
        let ends: Vec<_> = guests
            .into_iter()
            .map(|guest| tokio::spawn(async move { guest.destroy(DestroyOptions::default()).await }))
            .collect();
        let begun = Instant::now();
        let is_over = |_| ends.iter().all(tokio::task::JoinHandle::is_finished);
        let (info_during, pair_during, calls) = self.calls(&domain, is_over).await?;
        emit("destroy_all", nanoseconds(begun) / 1e6, "ms");
        for end in ends {
            end.await??;
        }
        emit("info_idle", info, "us");
        emit("info_during", info_during, "us");
        emit("info_growth", info_during / info, "x");
        emit("monitor_idle", pair, "us");
        emit("monitor_during", pair_during, "us");
        emit("monitor_growth", pair_during / pair, "x");
        emit("calls_during", calls as f64, "n");
        Ok(())
    }

    /// Calls on one guest while another's QEMU is stopped and has calls waiting.
    async fn stopped(&self, times: usize) -> Outcome {
        let (domain, other) = (self.create(0, false).await?, self.create(1, false).await?);
        let pid = pid_of(self.root.path(), other.reference().id.unwrap_or_default())?;
        let (mut infos, mut pairs) = (Vec::new(), Vec::new());
        // Taking turns, so that what the machine does besides hits both.
        for _ in 0..15 {
            // Also without its being stopped it uses no CPU.
            other.suspend().await?;
            let (info, pair, _) = self.calls(&domain, |calls| calls >= times).await?;
            other.resume().await?;
            rustix::process::kill_process(pid, Signal::STOP)?;
            let waiting: Vec<_> = (0..10)
                .map(|_| {
                    let other = other.clone();
                    tokio::spawn(async move { other.suspend().await })
                })
                .collect();
            let during = self.calls(&domain, |calls| calls >= times).await;
            rustix::process::kill_process(pid, Signal::CONT)?;
            for call in waiting {
                // The first stops it, and to the others it says that it is stopped.
                let _ = call.await?;
            }
            other.resume().await?;
            let (info_during, pair_during, _) = during?;
            infos.push(info_during / info);
            pairs.push(pair_during / pair);
        }
        emit("info_growth", quantile(infos, 0.5), "x");
        emit("monitor_growth", quantile(pairs, 0.5), "x");
        Ok(())
    }
}

/// The QEMU of a run.
fn pid_of(root: &Path, run: u32) -> Outcome<Pid> {
    let text = std::fs::read_to_string(root.join(format!("run/{run}.kept/run.json")))?;
    let record: serde_json::Value = serde_json::from_str(&text)?;
    let pid = record["process"]["pid"].as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    Ok(pid.ok_or("the run has no process")?)
}
