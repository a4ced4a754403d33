//! Where QEMU's threads run: on which of the host's CPUs, and in which part of the run's control group.

use crate::process::Group;
use crate::qmp::Monitor;
use omnivirt_core::domain::Domain;
use omnivirt_core::{CpuMap, Error, ErrorKind, Result};
use rustix::process::Pid;
use rustix::thread::CpuSet;
use serde_json::{Value, json};

/// The host's CPUs on which QEMU itself runs, if the document names any.
pub(super) fn of_emulator(domain: &Domain) -> Option<&CpuMap> {
    let pin = domain.cpu_tune.as_ref().and_then(|tune| tune.emulator_pin.as_ref()).map(|pin| &pin.cpuset);
    pin.or_else(|| domain.vcpu.as_ref().and_then(|vcpu| vcpu.cpuset.as_ref()))
}

/// Those CPUs, as the kernel takes them.
///
/// # Errors
///
/// `ConfigUnsupported` if the host has none of them.
pub(super) fn set_of(cpus: &CpuMap, asked: &str) -> Result<CpuSet> {
    let may = own_cpus()?;
    let mut set = CpuSet::new();
    for cpu in cpus.iter() {
        let place = usize::try_from(cpu).unwrap_or(usize::MAX);
        if place < CpuSet::MAX_CPU && may.is_set(place) {
            set.set(place);
        }
    }
    if set.count() > 0 {
        return Ok(set);
    }
    let message = format!(
        "the host does not permit {asked}: it has none of the CPUs {cpus}, or this process may not use them"
    );
    Err(Error::new(ErrorKind::ConfigUnsupported, message).with_hint("name CPUs that the host has"))
}

/// The numbers of a domain's threads for input and output.
pub(super) fn io_threads(domain: &Domain) -> Vec<u32> {
    match domain.iothreads.is_empty() {
        true => (1..=domain.iothread_count.unwrap_or(0)).collect(),
        false => domain.iothreads.iter().map(|thread| thread.id).collect(),
    }
}

/// A thread of QEMU, and where it is to be.
struct Thread {
    number: i32,
    part: String,
    cpus: Option<CpuSet>,
}

/// Puts QEMU's threads where the document wants them.
///
/// # Errors
///
/// `ConfigUnsupported` names what the host does not permit, `HypervisorError`.
pub(in crate::domains) async fn place(
    monitor: &Monitor,
    domain: &Domain,
    group: Group,
    process: i32,
) -> Result<()> {
    let tune = domain.cpu_tune.as_ref();
    let is_pinned = of_emulator(domain).is_some()
        || tune.is_some_and(|tune| !tune.vcpu_pins.is_empty() || !tune.iothread_pins.is_empty());
    if group.is_empty() && !is_pinned {
        return Ok(());
    }
    let mut threads = Vec::new();
    let own = own_cpus()?;
    let answer = monitor.execute("query-cpus-fast", json!({})).await?;
    for thread in answer.as_array().into_iter().flatten() {
        let (Some(index), Some(number)) = (thread["cpu-index"].as_i64(), thread_number(thread)) else {
            continue;
        };
        let pin = tune.and_then(|tune| tune.vcpu_pins.iter().find(|pin| i64::from(pin.vcpu) == index));
        let cpus = match (pin, domain.vcpu.as_ref().and_then(|vcpu| vcpu.cpuset.as_ref())) {
            (Some(pin), _) => set_of(&pin.cpuset, &format!("<vcpupin vcpu='{index}'>"))?,
            (None, Some(cpus)) => set_of(cpus, "<vcpu cpuset=…>")?,
            // It is not where QEMU itself is.
            (None, None) => own,
        };
        threads.push(Thread { number, part: format!("vcpu{index}"), cpus: Some(cpus) });
    }
    if !io_threads(domain).is_empty() {
        let answer = monitor.execute("query-iothreads", json!({})).await?;
        for thread in answer.as_array().into_iter().flatten() {
            let (Some(id), Some(number)) = (thread["id"].as_str(), thread_number(thread)) else { continue };
            let index = id.strip_prefix("iothread").and_then(|index| index.parse::<u32>().ok());
            let pin = tune
                .and_then(|tune| tune.iothread_pins.iter().find(|pin| Some(pin.iothread) == index))
                .map(|pin| set_of(&pin.cpuset, &format!("<iothreadpin iothread='{}'>", pin.iothread)));
            threads.push(Thread { number, part: id.to_owned(), cpus: pin.transpose()? });
        }
    }
    crate::blocking(move || {
        for number in numbers_of(process)? {
            if threads.iter().all(|thread| thread.number != number) {
                group.place_thread("emulator", number)?;
            }
        }
        threads.iter().try_for_each(|thread| thread.place(&group))
    })
    .await
}

impl Thread {
    fn place(&self, group: &Group) -> Result<()> {
        group.place_thread(&self.part, self.number)?;
        let (Some(cpus), Some(thread)) = (&self.cpus, Pid::from_raw(self.number)) else { return Ok(()) };
        rustix::thread::sched_setaffinity(Some(thread), cpus).map_err(|error| {
            let message = format!("the host does not let {} run where the document says: {error}", self.part);
            Error::new(ErrorKind::ConfigUnsupported, message).with_source(std::io::Error::from(error))
        })
    }
}

fn own_cpus() -> Result<CpuSet> {
    rustix::thread::sched_getaffinity(None).map_err(|error| {
        Error::new(ErrorKind::System, format!("cannot ask for this process's CPUs: {error}"))
            .with_source(std::io::Error::from(error))
    })
}

fn thread_number(answer: &Value) -> Option<i32> {
    answer["thread-id"].as_i64().and_then(|number| i32::try_from(number).ok())
}

/// The threads of a process.
fn numbers_of(process: i32) -> Result<Vec<i32>> {
    let path = format!("/proc/{process}/task");
    let entries = std::fs::read_dir(&path)
        .map_err(|error| crate::host::failed("list the threads in", path.as_ref(), error))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
}
