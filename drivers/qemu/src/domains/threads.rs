//! The threads of a run that have a name of their own: virtual CPUs and I/O threads, and where they run.

use super::state::{DomainEntry, not_running};
use crate::process::Process;
use crate::qmp::Monitor;
use omnivirt_core::{CpuMap, Error, ErrorKind, Result};
use rustix::process::Pid;
use rustix::thread::CpuSet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The numbers of a run's threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Threads {
    /// By the number of the virtual CPU.
    pub(crate) vcpus: BTreeMap<u32, i32>,
    /// By the id of the I/O thread.
    pub(crate) iothreads: BTreeMap<u32, i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vcpu {
    cpu_index: u32,
    thread_id: i32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Iothread {
    id: String,
    thread_id: i32,
}

impl Threads {
    /// Asks QEMU.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    async fn ask(monitor: &Monitor) -> Result<Self> {
        let (vcpus, iothreads) = futures_util::future::try_join(
            answer::<Vec<Vcpu>>(monitor, "query-cpus-fast"),
            answer::<Vec<Iothread>>(monitor, "query-iothreads"),
        )
        .await?;
        Ok(Self {
            vcpus: vcpus.into_iter().map(|vcpu| (vcpu.cpu_index, vcpu.thread_id)).collect(),
            iothreads: iothreads
                .into_iter()
                .filter_map(|thread| {
                    Some((thread.id.strip_prefix("iothread")?.parse().ok()?, thread.thread_id))
                })
                .collect(),
        })
    }

    /// Whether a thread is one of them.
    pub(crate) fn contains(&self, thread: i32) -> bool {
        self.vcpus.values().chain(self.iothreads.values()).any(|known| *known == thread)
    }
}

/// What QEMU answers to a question, read.
///
/// # Errors
///
/// `HypervisorError`, also for an answer in another form than its documentation says.
pub(crate) async fn answer<T: DeserializeOwned>(monitor: &Monitor, question: &str) -> Result<T> {
    let value = monitor.execute(question, json!({})).await?;
    serde_json::from_value(value).map_err(|error| {
        let message = format!("QEMU answers '{question}' in an unknown form: {error}");
        Error::new(ErrorKind::HypervisorError, message).with_source(error)
    })
}

/// The threads of the domain's run, with its process. QEMU is asked once for each run.
///
/// # Errors
///
/// `InvalidState` if it does not run, `HypervisorError`.
pub(crate) async fn threads(entry: &Arc<DomainEntry>) -> Result<(Arc<Process>, Arc<Threads>)> {
    let (run, process, monitor) = {
        let mut domain = entry.lock()?;
        // Also one that has not begun yet: it is pinned before.
        let run = domain.run.as_deref_mut().ok_or_else(not_running)?;
        if let Some(threads) = &run.known.threads {
            return Ok((run.process.clone(), threads.clone()));
        }
        (run.id, run.process.clone(), run.monitor()?)
    };
    let threads = Arc::new(Threads::ask(&monitor).await?);
    if let Some(known) = entry.lock()?.run.as_deref_mut().filter(|known| known.id == run) {
        known.known.threads = Some(threads.clone());
    }
    Ok((process, threads))
}

/// The CPUs of the host that a thread may run on; none once it has ended.
pub(crate) fn affinity(thread: i32) -> Option<CpuMap> {
    let set = rustix::thread::sched_getaffinity(Pid::from_raw(thread)).ok()?;
    Some(
        (0..CpuSet::MAX_CPU)
            .filter(|cpu| set.is_set(*cpu))
            .filter_map(|cpu| u32::try_from(cpu).ok())
            .collect(),
    )
}

/// Lets a thread run on these CPUs of the host only.
///
/// # Errors
///
/// `System`: what the kernel says.
pub(crate) fn set_affinity(thread: i32, cpus: &CpuMap) -> Result<()> {
    let mut set = CpuSet::new();
    for cpu in cpus.iter().map(|cpu| cpu as usize).filter(|cpu| *cpu < CpuSet::MAX_CPU) {
        set.set(cpu);
    }
    // Without a number it would be the thread that asks.
    let pid = Pid::from_raw(thread).ok_or_else(|| Error::new(ErrorKind::System, "a thread has no number"))?;
    rustix::thread::sched_setaffinity(Some(pid), &set).map_err(|error| {
        Error::new(ErrorKind::System, format!("cannot pin the thread {thread} to CPUs {cpus}: {error}"))
            .with_source(std::io::Error::from(error))
    })
}
